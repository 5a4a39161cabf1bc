// What `prisma migrate deploy` and the checks of `prisma migrate dev` ask of the schema engine. Its
// program is not in npm's package; the same engine as WebAssembly is.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const require = createRequire(process.env.MODULES + '/');
const { PrismaPg } = require('@prisma/adapter-pg');
const { bindMigrationAwareSqlAdapterFactory } = require('@prisma/driver-adapter-utils');

async function load(folder) {
  const glue = await import(folder + 'schema_engine_bg.js');
  const module = new WebAssembly.Module(readFileSync(folder + 'schema_engine_bg.wasm'));
  const instance = new WebAssembly.Instance(module, { './schema_engine_bg.js': glue });
  glue.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return glue.SchemaEngine;
}

/// As the command lists them: every folder, in the order of its language.
function listed(base) {
  const folders = readdirSync(base, { withFileTypes: true }).filter((one) => one.isDirectory());
  return folders.map((one) => one.name).sort((a, b) => a.localeCompare(b)).map((path) => {
    const file = join(base, path, 'migration.sql');
    const content = existsSync(file) ? { tag: 'ok', value: readFileSync(file, 'utf8') }
      : { tag: 'error', value: 'no migration.sql' };
    return { path, migrationFile: { path: 'migration.sql', content } };
  });
}

const SchemaEngine = await load(process.env.MODULES + '/@prisma/schema-engine-wasm/');
const base = resolve('prisma/migrations');
const { PGHOST: host, PGUSER: user, PGPASSWORD: password, PGDATABASE: database } = process.env;
const pg = new PrismaPg({ host, port: +process.env.PGPORT, user, password, database });
const engine = await SchemaEngine.new(
  { datamodels: [['prisma/schema.prisma', readFileSync('prisma/schema.prisma', 'utf8')]] },
  () => {}, bindMigrationAwareSqlAdapterFactory(pg));
const migrationsList = {
  baseDir: base, shadowDbInitScript: '', migrationDirectories: listed(base),
  lockfile: { path: 'migration_lock.toml', content: readFileSync(join(base, 'migration_lock.toml'), 'utf8') },
};
const filters = { externalTables: [], externalEnums: [] };
try {
  const history = await engine.diagnoseMigrationHistory(
    { migrationsList, filters, optInToShadowDatabase: false });
  for (const name of history.editedMigrationNames) console.log(`edited: ${name}`);
  if (history.history) console.log(`history: ${history.history.diagnostic}`);
  await engine.applyMigrations({ migrationsList, filters });
} catch (error) {
  console.log(`error: ${String(error.message).split('\n')[0]}`);
  process.exitCode = 1;
}
process.exit();
