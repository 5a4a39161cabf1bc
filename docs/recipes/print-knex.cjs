// Prints the SQL of all Knex migrations, first to last, without a database:
//   node print-knex.cjs migrations
// A connection that writes down what it is given stands in for the server. Each file stands in the
// transaction that Knex gives it; questions ("is there a table …?") are answered with "no".
// With TypeScript: node --import tsx print-knex.cjs migrations
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { escapeLiteral } = require('pg');

const knex = require('knex')({ client: 'pg', version: '17', ...settings() });

/** What a knexfile says about names and transactions also counts here. */
function settings() {
  const file = ['knexfile.js', 'knexfile.cjs'].find((name) => fs.existsSync(name));
  if (!file) return {};
  const all = require(path.resolve(file));
  const chosen = all[process.env.NODE_ENV || 'development'] || all;
  const { searchPath, migrations, wrapIdentifier, postProcessResponse } = chosen;
  return { searchPath, migrations, wrapIdentifier, postProcessResponse };
}

function literal(value) {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof Date) return escapeLiteral(value.toISOString());
  if (Buffer.isBuffer(value)) return escapeLiteral('\\x' + value.toString('hex'));
  return escapeLiteral(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

const connection = {
  __knexUid: 'printer',
  query(query, done) {
    const { text, values } = query;
    const whole = values?.length
      ? text.replace(/\$(\d+)/g, (mark, n) => (n <= values.length ? literal(values[n - 1]) : mark))
      : text;
    console.log(whole.trimEnd().replace(/;?$/, ';'));
    done(null, { rows: [], rowCount: 0, fields: [], command: '' });
  },
};
knex.client.acquireConnection = async () => connection;
knex.client.releaseConnection = async () => {};

async function main(folder) {
  const files = fs.readdirSync(folder).filter((name) => /\.([cm]?js|ts)$/.test(name) && !name.endsWith('.d.ts'));
  for (const file of files.sort()) {
    const loaded = await import(pathToFileURL(path.resolve(folder, file)));
    const migration = loaded.up ? loaded : loaded.default;
    const alone = migration.config?.transaction === false ||
      (knex.client.config.migrations?.disableTransactions && !migration.config?.transaction);
    console.log(`-- ${path.join(folder, file)}`);
    if (alone) await migration.up(knex);
    else await knex.transaction((transaction) => migration.up(transaction));
  }
}

main(process.argv[2] || 'migrations').then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});
