#!/usr/bin/env bash
# Exports connection records with a token and curl.
#
#   export LEDGER_TOKEN=… LEDGER_URL=https://ledger.example.com LEDGER_PROJECT=…
#   ./export_with_token.sh connections.xlsx start_time=2020-04-13T01:59Z user_name=jy01@local.com
#
# The project must need no percent-encoding, as those of the vendor do not.
set -euo pipefail

output=$1
shift
query=()
for pair in "$@"; do query+=(--data-urlencode "$pair"); done

trap 'rm -f -- "$output.part"' EXIT
# The token comes from standard input (-H @-): on the command line everybody on the machine could read it. curl fails
# where the service refuses, with its message, and where a transfer breaks off; then no file gets its name.
if ! curl --silent --show-error --fail-with-body --get "${query[@]}" --header @- --output "$output.part" \
  "$LEDGER_URL/v2/$LEDGER_PROJECT/connections/desktops/export" <<<"X-Auth-Token: $LEDGER_TOKEN"; then
  [[ ! -s $output.part ]] || { head -c 2000 "$output.part" >&2; echo >&2; }
  exit 1
fi
mv -- "$output.part" "$output"
