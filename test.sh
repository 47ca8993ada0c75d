#!/usr/bin/env bash
# The one test command: installs what the tests need, starts PostgreSQL, checks and tests the whole workspace.
# On a bare Debian 12 it wants root (or sudo without a password) and the Rust toolchain.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: ./test.sh [--quick] [--full] [--durable] [-- ARGUMENT FOR cargo test...]
  --quick    do not look for Debian packages or clients again if an earlier run installed them
  --full     the long tests too (LAQUN_TEST_FULL=1); implies --durable
  --durable  a second PostgreSQL with fsync=on (LAQUN_TEST_POSTGRES_DURABLE)
TEXT
}

quick='' full='' durable=''
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=1 ;;
    --full) full=1 durable=1 ;;
    --durable) durable=1 ;;
    --)
      shift
      break
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    *)
      usage >&2
      exit 2
      ;;
  esac
  shift
done

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$root"
setup=$root/tests/setup
work=$root/tests/.work
mkdir -p "$work"

if ! command -v cargo >/dev/null 2>&1 && [ -f "$HOME/.cargo/env" ]; then
  # shellcheck source=/dev/null
  . "$HOME/.cargo/env"
fi
for tool in cargo rustfmt cargo-clippy; do
  command -v "$tool" >/dev/null 2>&1 || {
    echo "$tool is missing: install the Rust toolchain with rustfmt and clippy" >&2
    exit 1
  }
done

clusters=()
cleanup() {
  local status=$? dir
  trap - EXIT INT TERM
  for dir in "${clusters[@]}"; do "$setup/postgres.sh" stop "$dir" || true; done
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

failed=()
# stage NAME COMMAND...: runs it, says how long it took, remembers a failure.
stage() {
  local name=$1 begun=$SECONDS status=0
  shift
  echo "==> $name"
  "$@" </dev/null || status=$?
  if [ "$status" -eq 0 ]; then
    echo "<== $name: ok, $((SECONDS - begun)) s"
  else
    echo "<== $name: FAILED ($status), $((SECONDS - begun)) s"
    failed+=("$name")
  fi
  return 0
}
# The same for what the later stages cannot do without.
needed() {
  stage "$@"
  if [ ${#failed[@]} -gt 0 ]; then exit 1; fi
}
# postgres NAME FSYNC: starts a cluster and leaves its connection string in $connection.
postgres() {
  local begun=$SECONDS dir
  echo "==> $1"
  # Not under TMPDIR: the user postgres must be able to go in, and a socket's path is short.
  dir=$(mktemp -d /tmp/laqun-pg.XXXXXX)
  chmod 755 "$dir"
  clusters+=("$dir")
  connection=$("$setup/postgres.sh" start "$dir" "$2") || exit 1
  echo "<== $1: $connection, $((SECONDS - begun)) s"
}

if [ -n "$quick" ] && [ -f "$work/packages.stamp" ]; then
  echo '==> Debian packages: not checked (--quick)'
else
  needed 'Debian packages' "$setup/packages.sh"
  touch "$work/packages.stamp"
fi
if [ -n "$quick" ] && [ -f "$work/clients/browser.stamp" ] && [ -f "$work/clients/python.stamp" ]; then
  echo '==> Clients: not checked (--quick)'
else
  needed 'Clients' "$setup/clients.sh" "$work/clients"
fi
postgres 'PostgreSQL' off
export LAQUN_TEST_POSTGRES=$connection LAQUN_TEST_REQUIRE_POSTGRES=1 LAQUN_TEST_CLIENTS=$work/clients
if [ -n "$durable" ]; then
  postgres 'PostgreSQL with fsync' on
  export LAQUN_TEST_POSTGRES_DURABLE=$connection
fi
[ -z "$full" ] || export LAQUN_TEST_FULL=1

locked=()
if [ -n "${CI:-}" ]; then
  locked=(--locked)
  export CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0
fi

scripts=(test.sh .ci/run tests/setup/*.sh tests/clients/run tests/clients/*.sh docs/samples/*.sh)
scripts+=(fuzz/run.sh ops/*.sh ops/*/*.sh)
if compgen -G 'bench/*.sh' >/dev/null; then scripts+=(bench/*.sh); fi
stage 'shell scripts' shellcheck "${scripts[@]}"
stage 'format' cargo fmt --all --check
stage 'clippy' cargo clippy "${locked[@]}" --workspace --all-targets -- -D warnings
stage 'clippy, with traces' cargo clippy "${locked[@]}" -p laqun --all-targets --features otlp -- -D warnings
stage 'documentation' env RUSTDOCFLAGS=-Dwarnings cargo doc "${locked[@]}" --workspace --no-deps
stage 'tests' env RUST_BACKTRACE=1 cargo test "${locked[@]}" --workspace "$@"
# The program is built once more for it.
[ -z "$full" ] || stage 'traces' cargo test "${locked[@]}" -p laqun --features otlp --test it observe::traces
stage 'fuzzing' fuzz/run.sh
stage 'packaging' ops/check.sh "${CARGO_TARGET_DIR:-target}/debug/laqun"

if [ ${#failed[@]} -gt 0 ]; then
  echo "FAILED after $SECONDS s: ${failed[*]}"
  exit 1
fi
echo "all passed in $SECONDS s"
