#!/usr/bin/env bash
# Installs the public TOP clients of tests/clients into a work folder (default tests/.work/clients).
#   clients.sh [DIR]
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
from=$here/../clients
mkdir -p "${1:-$here/../.work/clients}"
dir=$(cd "${1:-$here/../.work/clients}" && pwd)

# A Python without ensurepip (a bare Debian one) makes no environment; Debian's own has it once python3-venv is there.
python=python3
"$python" -c 'import venv, ensurepip' >/dev/null 2>&1 || python=/usr/bin/python3

# Each part is made anew when its pinned list, its language's version or its place changes.
fresh() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

want=$(cat "$from/package-lock.json" "$from/.npmrc" <(node --version) | sha256sum)
if fresh "$dir/npm.stamp" "$want"; then
  echo 'npm clients: present'
else
  rm -rf "$dir/npm" "$dir/npm.stamp"
  mkdir -p "$dir/npm"
  cp "$from/package.json" "$from/package-lock.json" "$from/.npmrc" "$dir/npm/"
  (cd "$dir/npm" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error </dev/null)
  printf '%s\n' "$want" >"$dir/npm.stamp"
fi

want=$(cat "$from/requirements.txt" <("$python" --version) <(printf '%s' "$dir") | sha256sum)
if fresh "$dir/python.stamp" "$want"; then
  echo 'Python clients: present'
else
  rm -rf "$dir/python" "$dir/python.stamp"
  "$python" -m venv "$dir/python"
  "$dir/python/bin/python" -m pip --disable-pip-version-check install --quiet --no-input \
    --require-hashes -r "$from/requirements.txt" </dev/null
  printf '%s\n' "$want" >"$dir/python.stamp"
fi
