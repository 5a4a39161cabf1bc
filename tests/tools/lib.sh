# What the scripts of this folder share. A script runs one tool of migrations, in the folder of a
# repository: `here` says whether the tool is installed, `version` prints its version, `up` runs
# what is pending, `down` takes the last one back. PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE
# name the server, which listens at a unix socket; $tools is where install-deps put the tools.
set -euo pipefail

tools=${TOOLS:?}
modules=$tools/node_modules

# For tools that only speak TCP: sets $port to one of 127.0.0.1 that leads to the server, for as long
# as this script lives.
listen() {
  coproc forward { exec node "$(dirname "${BASH_SOURCE[0]}")/forward.mjs" "$PGHOST/.s.PGSQL.$PGPORT"; }
  forward_pid=$!
  trap 'kill "$forward_pid" 2> /dev/null || true' EXIT
  read -r port <&"${forward[0]}"
}
