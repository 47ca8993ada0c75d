#!/usr/bin/env bash
# Runs the final image's files without Docker, in a chroot and as the image's user: check.sh PROGRAM
# Also reads the Dockerfile with hadolint if that is installed. Needs root.
set -euo pipefail
docker=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$(realpath "$1")

if command -v hadolint >/dev/null 2>&1; then
  hadolint "$docker/Dockerfile"
  echo 'hadolint finds nothing'
else
  echo 'hadolint is not installed: the Dockerfile was not linted'
fi

image=$(mktemp -d)
server=''
finish() {
  local status=$?
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  wait || true
  rm -rf "$image"
  exit "$status"
}
trap finish EXIT
"$docker/closure.sh" "$program" "$image"
chmod 755 "$image"
echo "$(find "$image" -type f | wc -l) files, $(du -sm "$image" | cut -f1) MB, of which the program $(du -m "$program" | cut -f1) MB"

# The environment is the image's own and nothing else.
mapfile -t environment < <(sed -n 's/^\(ENV\|   \) *\(LAQUN_[A-Z_]*=[^ ]*\).*/\2/p' "$docker/Dockerfile")
case "${environment[*]}" in
  *LAQUN_OPS_LISTEN*)
    echo 'the image opens the listener of operations for everybody who runs it' >&2
    exit 1
    ;;
esac
inside() {
  env -i "${environment[@]}" "$@"
}
as=("$(command -v chroot)" --userspec=65532:65532 "$image")

inside "${as[@]}" /usr/bin/laqun --version
inside "${as[@]}" /usr/bin/laqun demo --once --json --data /data/demo --listen 127.0.0.1:0 >"$image/answer"
grep -q '"group_link"' "$image/answer"
echo 'the sample call is answered'

# The server as CMD starts it, but for the ports, and the health check as HEALTHCHECK asks it.
environment+=(LAQUN_LISTEN=0.0.0.0:17700 LAQUN_OPS_LISTEN=127.0.0.1:17701 LAQUN_PUBLIC_URL=https://laqun.example.com)
if inside "${as[@]}" /usr/bin/laqun healthcheck 2>/dev/null; then
  echo 'the health check is content with a server that is not there' >&2
  exit 1
fi
# Not by way of `inside`: the process is to be the program itself, so that it can be ended.
env -i "${environment[@]}" "${as[@]}" /usr/bin/laqun serve >"$image/log" 2>&1 &
server=$!
found=''
for _ in $(seq 100); do
  if inside "${as[@]}" /usr/bin/laqun healthcheck 2>/dev/null; then
    found=1
    break
  fi
  kill -0 "$server" 2>/dev/null || break
  sleep 0.1
done
if [ -z "$found" ]; then
  echo 'the server is not found by the health check; it says:' >&2
  cat "$image/log" >&2
  false
fi
echo 'the health check finds the server'
