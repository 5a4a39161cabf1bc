// Prints the SQL of all TypeORM migrations, first to last, without a database:
//   node print-typeorm.cjs src/migrations
// A connection that writes down what it is given stands in for the server. TypeORM's own query
// runner speaks to it, so both queryRunner.query and createTable, addColumn and their like work;
// the latter know the tables that earlier migrations made with createTable, others have no
// columns. With TypeScript: node --import tsx print-typeorm.cjs src/migrations
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { DataSource, Table } = require('typeorm');
const { escapeLiteral } = require('pg');

function literal(value) {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof Date) return escapeLiteral(value.toISOString());
  return escapeLiteral(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

const connection = {
  on() {},
  removeListener() {},
  async query(sql, values) {
    const whole = values?.length
      ? sql.replace(/\$(\d+)/g, (mark, n) => (n <= values.length ? literal(values[n - 1]) : mark))
      : sql;
    console.log(whole.trimEnd().replace(/;?$/, ';'));
    return { command: '', rows: [], rowCount: 0 };
  },
};

function printing_runner() {
  const source = new DataSource({ type: 'postgres', logging: false });
  source.driver.master = { connect: (done) => done(undefined, connection, () => {}) };
  source.driver.database = 'x';
  source.driver.schema = source.driver.searchSchema = 'public';
  source.driver.version = '17.0';
  const runner = source.createQueryRunner();
  const create = runner.createTable;
  runner.createTable = async (table, ...rest) => {
    await create.call(runner, table, ...rest);
    runner.loadedTables.push(table.clone());
  };
  const names = (table) => [table.name, `public.${table.name}`, table.name.replace(/^public\./, '')];
  const table_of = (name) => runner.loadedTables.find((table) => names(table).includes(name));
  runner.getCachedTable = async (name) => {
    if (!table_of(name)) runner.loadedTables.push(new Table({ name }));
    return table_of(name);
  };
  runner.getTable = async (name) => table_of(name);
  return runner;
}

async function migrations_of(folder) {
  const found = [];
  for (const file of fs.readdirSync(folder)) {
    if (!/\.([cm]?js|ts)$/.test(file) || file.endsWith('.d.ts')) continue;
    const loaded = await import(pathToFileURL(path.resolve(folder, file)));
    const all = [loaded, ...Object.values(loaded), ...Object.values(loaded.default ?? {})];
    const classes = new Set(all.filter((one) => typeof one === 'function' && one.prototype?.up));
    for (const Migration of classes) {
      const migration = new Migration();
      const stamp = Number((migration.name ?? Migration.name).slice(-13));
      found.push({ file: path.join(folder, file), stamp, migration });
    }
  }
  return found.sort((one, two) => one.stamp - two.stamp);
}

async function main(folder) {
  const runner = printing_runner();
  for (const { file, migration } of await migrations_of(folder)) {
    console.log(`-- ${file}`);
    const inside = migration.transaction !== false;
    if (inside) await runner.startTransaction();
    await migration.up(runner);
    if (inside) await runner.commitTransaction();
  }
}

main(process.argv[2] || 'migrations').then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});
