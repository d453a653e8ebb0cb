#!/bin/sh
# Brings the firmware onto a board: ./flash.sh --board esp32 --port /dev/ttyUSB0 --identity identity.json
# All of it is in host/flash/; this finds Node.js and the packages. It works from any folder.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)

if ! command -v node >/dev/null 2>&1; then
  echo "flash failed: Node.js is not in PATH; get version 20.19 or newer from https://nodejs.org/" >&2
  exit 1
fi
if ! node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)'; then
  echo "flash failed: Node.js is $(node --version), 20.19 or newer is needed" >&2
  exit 1
fi
if [ ! -d "$root/node_modules/esbuild" ]; then
  echo "flash failed: the packages are not installed; run: npm ci --prefix '$root'" >&2
  exit 1
fi

exec node --import "$root/host/loader/register.mjs" "$root/host/flash/cli.ts" "$@"
