// Prints the SQL of all migrations of node-pg-migrate, first to last, without a database:
//   node print-node-pg-migrate.mjs migrations
// A client that writes down what it is given stands in for the server; node-pg-migrate itself
// chooses the files, their order and their transactions.
import process from 'node:process';
import { runner } from 'node-pg-migrate';

const client = {
  async connect() {},
  async end() {},
  async query(query) {
    const sql = (query.text ?? query).trim();
    if (!/pgmigrations/.test(sql)) console.log(sql.replace(/;?$/, ';'));
    return { rows: [], rowCount: 0 };
  },
};
const silent = { info() {}, warn() {}, debug() {}, error: console.error };
const named = { ...silent, info: (text) => {
  const file = /^### MIGRATION (.+?) \(UP\) ###/.exec(text)?.[1];
  if (file) console.log(`-- ${file}`);
} };

await runner({
  dbClient: client,
  dir: process.argv[2] || 'migrations',
  direction: 'up',
  migrationsTable: 'pgmigrations',
  noLock: true,
  count: Infinity,
  logger: named,
});
process.exit(0);
