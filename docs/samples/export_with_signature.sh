#!/usr/bin/env bash
# Exports connection records with an access key: signs the request (SDK-HMAC-SHA256) with openssl and sends it with curl.
#
#   export HUAWEICLOUD_SDK_AK=… HUAWEICLOUD_SDK_SK=… LEDGER_URL=https://ledger.example.com LEDGER_PROJECT=…
#   ./export_with_signature.sh connections.xlsx start_time=2020-04-13T01:59Z user_name=jy01@local.com
set -euo pipefail
export LC_ALL=C # Texts are bytes.

output=$1
shift

# Percent-encodes all but A-Z a-z 0-9 - _ . ~
encode() {
  local text=$1 encoded="" character i
  for ((i = 0; i < ${#text}; i++)); do
    character=${text:i:1}
    case $character in
      [A-Za-z0-9_.~-]) ;;
      *) printf -v character '%%%02X' "$(($(printf '%d' "'$character") & 255))" ;;
    esac
    encoded+=$character
  done
  printf %s "$encoded"
}

sha256() { openssl dgst -sha256 -r | cut -d ' ' -f 1; }

# padded KEY BYTE: the key, each byte of it and of what fills it up to 64 xored with BYTE.
padded() {
  local key=$1 escapes="" code i
  for ((i = 0; i < 64; i++)); do
    code=0
    if ((i < ${#key})); then printf -v code '%d' "'${key:i:1}"; fi
    printf -v code '\\x%02x' "$(((code & 255) ^ $2))"
    escapes+=$code
  done
  printf %b "$escapes"
}

# hmac KEY TEXT: HMAC-SHA256 (RFC 2104) for a key of at most 64 bytes. `openssl dgst -hmac` would do it too, but
# show the key to everybody on the machine, in the list of processes.
hmac() {
  { padded "$1" 0x5c && { padded "$1" 0x36 && printf %s "$2"; } | openssl dgst -sha256 -binary; } | sha256
}

# The request, in its canonical form: the query sorted, the path with a slash at its end.
pairs=()
for pair in "$@"; do pairs+=("$(encode "${pair%%=*}")=$(encode "${pair#*=}")"); done
query=""
if [[ ${#pairs[@]} -gt 0 ]]; then query=$(printf '%s\n' "${pairs[@]}" | sort | paste -sd '&' -); fi
path=/v2/$(encode "$LEDGER_PROJECT")/connections/desktops/export
host=${LEDGER_URL#*://}
host=${host%%/*}
date=$(date -u +%Y%m%dT%H%M%SZ)
signed="host;x-project-id;x-sdk-date"
canonical="GET
$path/
$query
host:$host
x-project-id:$LEDGER_PROJECT
x-sdk-date:$date

$signed
$(printf '' | sha256)"

signature=$(hmac "$HUAWEICLOUD_SDK_SK" "SDK-HMAC-SHA256
$date
$(printf %s "$canonical" | sha256)")

trap 'rm -f -- "$output.part"' EXIT
# curl fails where the service refuses, with its message, and where a transfer breaks off; then no file gets its name.
if ! curl --silent --show-error --fail-with-body --globoff --output "$output.part" \
  --header "Host: $host" --header "X-Project-Id: $LEDGER_PROJECT" --header "X-Sdk-Date: $date" \
  --header "Authorization: SDK-HMAC-SHA256 Access=$HUAWEICLOUD_SDK_AK, SignedHeaders=$signed, Signature=$signature" \
  "${LEDGER_URL%/}$path${query:+?$query}"; then
  [[ ! -s $output.part ]] || { head -c 2000 "$output.part" >&2; echo >&2; }
  exit 1
fi
mv -- "$output.part" "$output"
