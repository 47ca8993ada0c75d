#!/usr/bin/env bash
# Installs what the tests drive from outside into a work folder (default tests/.work/clients): the public TOP clients
# of tests/clients, and for tests/browser the library that drives Chromium.
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

# npm_packages FROM NAME: what FROM/package-lock.json pins, into $dir/NAME. Chromium is Debian's: no script runs, so
# no browser is downloaded.
npm_packages() {
  local list=$1 name=$2 want
  want=$(cat "$list/package-lock.json" "$from/.npmrc" <(node --version) | sha256sum)
  if fresh "$dir/$name.stamp" "$want"; then
    echo "npm packages, $name: present"
    return
  fi
  rm -rf "${dir:?}/$name" "$dir/$name.stamp"
  mkdir -p "$dir/$name"
  cp "$list/package.json" "$list/package-lock.json" "$from/.npmrc" "$dir/$name/"
  (cd "$dir/$name" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error </dev/null)
  printf '%s\n' "$want" >"$dir/$name.stamp"
}
npm_packages "$from" npm
npm_packages "$here/../browser" browser

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
