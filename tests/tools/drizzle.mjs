// The folder whose journal is here is migrated as drizzle-kit does.
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';

const require = createRequire(process.env.MODULES + '/');
const { drizzle } = require('drizzle-orm/node-postgres');
const { migrate } = require('drizzle-orm/node-postgres/migrator');
const { Client } = require('pg');

const client = new Client();
await client.connect();
try {
  await migrate(drizzle(client), { migrationsFolder: existsSync('drizzle') ? 'drizzle' : 'supabase/migrations' });
} catch (error) {
  console.log(`error: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
await client.end();
