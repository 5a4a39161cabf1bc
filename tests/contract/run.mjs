// SPDX-License-Identifier: MIT
// The contract test: node tests/contract/run.mjs BUILD_FOLDER. A mock server made from GitHub's own
// description must accept every request that the program makes: those of the hidden test
// "[contract]", whose answers are read as well, and those that all tests with FakeGitHub sent.
// GraphQL queries are held against GitHub's GraphQL schema.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { prepared } from "./description.mjs";
import { operations, refused } from "./operations.mjs";

const build = process.argv[2];
const deps = resolve(".deps/contract");
const scratch = mkdtempSync(join(tmpdir(), "schemagate-contract-"));
const problems = [];
const say = (text) => console.log(`contract: ${text}`);

function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

async function startMock(file) {
  const port = await freePort();
  const log = [];
  const mock = spawn(process.execPath,
    [join(deps, "node_modules/@stoplight/prism-cli/dist/index.js"), "mock", "-h", "127.0.0.1",
      "-p", String(port), "--errors", file],
    { env: { PATH: process.env.PATH, SCARF_ANALYTICS: "false" }, stdio: ["ignore", "pipe", "pipe"] });
  mock.stdout.on("data", (data) => log.push(data));
  mock.stderr.on("data", (data) => log.push(data));
  const url = `http://127.0.0.1:${port}`;
  for (let i = 0; i < 600; ++i) {
    if (mock.exitCode !== null) break;
    try {
      await ask(url, { method: "GET", target: "/" });
      return { mock, url };
    } catch {
      await new Promise((done) => setTimeout(done, 100));
    }
  }
  throw new Error(`the mock server did not start:\n${log.join("")}`);
}

/// Runs a test binary; a failed test is a problem of its own.
function run(binary, filter, env) {
  const path = join(build, binary);
  if (!existsSync(path)) throw new Error(`${path} is not built`);
  const result = spawnSync(path, [...(filter ? [filter] : []), "--allow-running-no-tests"],
    { env: { ...process.env, ...env }, encoding: "utf8", maxBuffer: 1 << 28 });
  const summary = (result.stdout ?? "").trim().split("\n").at(-1);
  say(`${binary} ${filter}: ${summary}`);
  if (result.status !== 0) problems.push(`${binary} ${filter}\n${result.stdout}${result.stderr}`);
}

/// Each over a connection of its own: the mock server closes those that are idle.
function ask(url, { method, target, body, headers }) {
  return new Promise((done, fail) => {
    const sent = request(url + target, { method, headers, agent: false }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => done({ status: answer.statusCode, text: Buffer.concat(parts).toString() }));
    });
    sent.on("error", fail);
    sent.end(body || undefined);
  });
}

function patternOf(operation) {
  const [method, path] = operation.split(" ");
  const tail = path.endsWith("/{ref}") ? path.replace(/\{ref\}$/, "@") : path;
  return { operation, method, pattern: new RegExp(
    `^${tail.replaceAll(/\{[^}]+\}/g, "[^/]+").replace("@", ".+")}$`) };
}

async function replay(url, requests) {
  const patterns = operations.map(patternOf);
  const asked = new Set();
  let count = 0;
  for (const one of requests) {
    const path = one.target.split("?")[0];
    const match = patterns.find(({ method, pattern }) => method === one.method && pattern.test(path));
    if (match) asked.add(match.operation);
    const { status, text } = await ask(url, one);
    ++count;
    if (status >= 400) {
      problems.push(`${status} for ${one.method} ${one.target}\n${one.body}\n${text}`);
    }
  }
  for (const operation of operations) {
    if (!asked.has(operation)) problems.push(`no test with FakeGitHub asks for ${operation}`);
  }
  say(`${count} requests of ${asked.size} operations were sent again`);
}

async function control(url) {
  for (const [method, path, body, why] of refused) {
    const { status } = await ask(url, { method, target: `/repos/acme/shop${path}`,
      body: body && JSON.stringify(body),
      headers: { accept: "application/vnd.github+json", "content-type": "application/json" } });
    if (status < 400) problems.push(`the mock server accepts ${why}: the test proves nothing`);
  }
  say(`${refused.length} wrong requests are refused`);
}

function validateGraphql(queries) {
  const require = createRequire(join(deps, "node_modules/"));
  const { buildSchema, parse, validate } = require("graphql");
  // The published schema defines some fields twice.
  const schema = buildSchema(readFileSync(join(deps, "schema.graphql"), "utf8"),
    { assumeValidSDL: true });
  for (const query of queries) {
    for (const error of validate(schema, parse(query))) {
      problems.push(`GraphQL: ${error.message}\n${query}`);
    }
  }
  if (!validate(schema, parse("query{viewer{password}}")).length) {
    problems.push("GraphQL: a field that does not exist is accepted: the test proves nothing");
  }
  if (!queries.size) problems.push("no test with FakeGitHub sends a GraphQL query");
  say(`${queries.size} GraphQL queries are valid`);
}

/// What the tests sent to FakeGitHub, each request once.
function recorded(file) {
  const all = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  const sent = [...new Set(all)].map((line) => JSON.parse(line));
  const isGraphql = ({ target }) => target.endsWith("/graphql");
  return { rest: sent.filter((one) => !isGraphql(one)),
    queries: new Set(sent.filter(isGraphql).map(({ body }) => JSON.parse(body).query)) };
}

let server;
try {
  const description = JSON.parse(readFileSync(join(deps, "api.github.com.json"), "utf8"));
  const file = join(scratch, "description.json");
  writeFileSync(file, JSON.stringify(prepared(description, operations)));
  server = await startMock(file);
  await control(server.url);
  run("program_test", "[contract]", { SCHEMAGATE_CONTRACT_URL: server.url,
    SCHEMAGATE_WEBHOOK_EXAMPLES: join(deps, "webhooks-examples.json") });
  const sent = join(scratch, "requests");
  run("github_test", "", { SCHEMAGATE_REQUESTS: sent });
  run("program_test", "[github]", { SCHEMAGATE_REQUESTS: sent });
  const { rest, queries } = recorded(sent);
  await replay(server.url, rest);
  validateGraphql(queries);
} catch (error) {
  problems.push(error.stack);
} finally {
  server?.mock.kill("SIGKILL");
  rmSync(scratch, { recursive: true });
}
for (const problem of problems) console.error(`contract: ${problem}`);
say(problems.length ? `${problems.length} problems` : "passed");
process.exitCode = problems.length ? 1 : 0;
