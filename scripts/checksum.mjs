// SPDX-License-Identifier: MIT
// Computes the checksum of what `schemagate inspect TARGET --checksum --format json` lists, from docs/checksum.md alone:
//   node scripts/checksum.mjs FILE
// prints the sum, and fails when the document names another or an object has another fingerprint.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const sha256 = text => createHash('sha256').update(text, 'utf8').digest('hex');
const framed = (...texts) => texts.map(text => `${Buffer.byteLength(text)}:${text},`).join('');
const byBytes = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));

function fingerprint({ kind, name, properties }) {
  const sorted = Object.entries(properties).sort(([a], [b]) => byBytes(a, b));
  return sha256(framed('schemagate/object/v1', kind, name) + sorted.map(pair => framed(...pair)).join(''));
}

function root(leaves) {
  if (leaves.length < 2) return leaves[0] ?? '';
  let left = 1;
  while (left * 2 < leaves.length) left *= 2;
  return sha256(framed('schemagate/node/v1', root(leaves.slice(0, left)), root(leaves.slice(left))));
}

const document = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const objects = document.objects.toSorted((a, b) => byBytes(a.kind, b.kind) || byBytes(a.name, b.name));
const leaves = objects.map(fingerprint);
const checksum = `sg1:${sha256(framed('schemagate/schema/v1', root(leaves)))}`;
const wrong = objects.filter((object, i) => object.fingerprint !== leaves[i]);
for (const { kind, name } of wrong) console.error(`another fingerprint: ${kind} ${name}`);
if (checksum !== document.checksum) console.error(`the document names ${document.checksum}`);
console.log(checksum);
process.exitCode = wrong.length > 0 || checksum !== document.checksum ? 1 : 0;
