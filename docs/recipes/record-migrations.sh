#!/bin/sh
# Runs a tool's own migrations on an empty server that is started for it, and prints the SQL that
# the server was sent. Works with every tool, questions and all, where the job has PostgreSQL:
#   sh record-migrations.sh npx knex migrate:latest
#   sh record-migrations.sh bin/rails db:migrate
# The tool finds the server in DATABASE_URL and in PGHOST, PGPORT, PGUSER and PGDATABASE.
# What the tool writes about itself, and what it only reads of the catalogs, is not printed.
set -eu
own='knex_migrations|schema_migrations|ar_internal_metadata|django_migrations|SequelizeMeta|"migrations"|pgmigrations'
home=$(mktemp -d)
bin=$(dirname "$(command -v initdb || find /usr/lib/postgresql -name initdb | sort -V | tail -n 1)")
trap '"$bin/pg_ctl" -D "$home/data" -m immediate stop > "$home/stop.log" 2>&1 || true; rm -rf "$home"' EXIT
# Tools of some languages speak TCP only: the port is one that hardly anyone else has.
export PGPORT=$((20000 + $$ % 20000)) PGHOST=127.0.0.1 PGUSER=postgres PGDATABASE=app
export DATABASE_URL="postgresql://$PGUSER@$PGHOST:$PGPORT/$PGDATABASE"
"$bin/initdb" -D "$home/data" -U "$PGUSER" -A trust -E UTF8 --no-sync > "$home/initdb.log"
cat >> "$home/data/postgresql.conf" <<END
listen_addresses = '$PGHOST'
port = $PGPORT
unix_socket_directories = '$home'
fsync = off
log_line_prefix = ''
END
start() { "$bin/pg_ctl" -D "$home/data" -w -l "$1" start > "$home/pg_ctl.log"; }
start "$home/quiet.log"
psql -qXd postgres -c "CREATE DATABASE $PGDATABASE"
"$bin/pg_ctl" -D "$home/data" -w stop > "$home/pg_ctl.log"
echo "log_statement = 'all'" >> "$home/data/postgresql.conf"
start "$home/sent.log"
"$@" >&2
"$bin/pg_ctl" -D "$home/data" -w -m immediate stop > "$home/pg_ctl.log"
awk -v own="$own" '
  # "DETAIL:  parameters: $1 = ..., $2 = ..." of the statement before it.
  function bound(sql, list,   n, count, name) {
    for (count = 0; match(list, /\$[0-9]+ = /); ++count) {
      list = substr(list, RSTART + RLENGTH)
      values[count + 1] = match(list, /, \$[0-9]+ = /) ? substr(list, 1, RSTART - 1) : list
    }
    for (n = count; n > 0; --n)
      while ((name = index(sql, "$" n)) > 0)
        sql = substr(sql, 1, name - 1) values[n] substr(sql, name + length("$" n))
    return sql
  }
  function asks(sql) {
    sql = tolower(sql)
    return sql ~ /^show / ||
           (sql ~ /^(select|with)[ \n]/ && sql ~ /pg_|information_schema|version\(\)|::reg|current_/)
  }
  function print_statement() {
    sub(/^[ \n]+/, "", statement)
    sub(/[; \n]*$/, "", statement)
    if (statement != "" && statement !~ own && !asks(statement)) print statement ";"
    statement = ""
  }
  /^LOG:  (statement|execute [^:]*): / {
    print_statement()
    sub(/^LOG:  (statement|execute [^:]*): /, "")
    statement = $0
    inside = 1
    next
  }
  /^DETAIL:  [Pp]arameters: / { statement = bound(statement, $0); inside = 0; next }
  /^\t/ { if (inside) statement = statement "\n" substr($0, 2); next }
  { inside = 0 }
  END { print_statement() }' "$home/sent.log"
