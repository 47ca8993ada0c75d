#!/usr/bin/env bash
# Checks the units with systemd's own tools, without a running systemd:
#   check.sh [PROGRAM]    with a built `laqun`, also that every system call it makes is one the unit allows
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
program=$(realpath "${1:-/bin/true}")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# `verify` wants the program to exist; everything else is as it will be installed.
cp laqun.socket "$work/"
sed "s|^ExecStart=/usr/bin/laqun|ExecStart=$program|; /^Documentation=man:/d" laqun.service >"$work/laqun.service"
SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no "$work/laqun.service" "$work/laqun.socket"
mkdir "$work/laqun.service.d"
cp laqun.service.d/postgresql.conf "$work/laqun.service.d/"
SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no "$work/laqun.service"
echo 'the units are well formed'

# 10 is an unprotected service; above 2.0 somebody has taken a protection away.
systemd-analyze security --offline=true --no-pager --threshold=20 "$work/laqun.service" | tail -1

if [ "$program" != "$(realpath /bin/true)" ]; then
  allowed() {
    systemd-analyze syscall-filter "$1" | sed -n 's/^ *\([@a-z0-9_-]*\)$/\1/p' | while read -r name; do
      case $name in @*) [ "$name" = "$1" ] || allowed "$name" ;; ?*) echo "$name" ;; esac
    done
  }
  { allowed @privileged; allowed @resources; } | sort -u >"$work/refused"
  allowed @system-service | sort -u | comm -23 - "$work/refused" >"$work/allowed"
  # The whole life of a server with the sample in it: start, a call, an answer, the end.
  # Not as root, who the server is not either: SQLite gives files away only then.
  as=()
  if [ "$(id -u)" -eq 0 ]; then
    as=(runuser -u nobody --)
    chown nobody "$work"
  fi
  cp "$program" "$work/laqun"
  (cd "$work" && timeout 60 "${as[@]}" strace -f -qq -o trace ./laqun demo --once --json >/dev/null)
  sed -n 's/^[0-9]* *\([a-z0-9_]*\)(.*/\1/p' "$work/trace" | sort -u >"$work/made"
  comm -23 "$work/made" "$work/allowed" >"$work/over"
  if [ -s "$work/over" ]; then
    echo "the unit refuses these system calls, and laqun makes them: $(tr '\n' ' ' <"$work/over")" >&2
    exit 1
  fi
  echo "$(wc -l <"$work/made") kinds of system calls made, all of them allowed"
fi
