// Prints the SQL of all Sequelize migrations, first to last, without a database:
//   node print-sequelize.cjs migrations
// A connection that writes down what it is given stands in for the server. Sequelize opens no
// transaction by itself; those of a migration's own are printed.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const Sequelize = require('sequelize');
const { escapeLiteral } = require('pg');

const sequelize = new Sequelize.Sequelize('x', 'x', 'x', { dialect: 'postgres', logging: false, databaseVersion: '17.0.0' });
function literal(value) {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof Date) return escapeLiteral(value.toISOString());
  return escapeLiteral(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

const connection = {
  uuid: 'printer',
  query(sql, ...rest) {
    const done = rest.pop();
    const values = rest.pop();
    const whole = values?.length
      ? sql.replace(/\$(\d+)/g, (mark, n) => (n <= values.length ? literal(values[n - 1]) : mark))
      : sql;
    console.log(whole.trimEnd().replace(/;?$/, ';'));
    done(null, { rows: [], rowCount: 0, fields: [], command: '' });
  },
};
sequelize.connectionManager.getConnection = async () => connection;
sequelize.connectionManager.releaseConnection = async () => {};
sequelize.connectionManager._refreshDynamicOIDs = async () => {};

async function main(folder) {
  const files = fs.readdirSync(folder).filter((name) => /^(?!.*\.d\.ts$).*\.(cjs|js|cts|ts)$/.test(name));
  for (const file of files.sort()) {
    const loaded = await import(pathToFileURL(path.resolve(folder, file)));
    const migration = loaded.up ? loaded : loaded.default;
    console.log(`-- ${path.join(folder, file)}`);
    await migration.up(sequelize.getQueryInterface(), Sequelize);
  }
}

main(process.argv[2] || 'migrations').then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});
