#!/usr/bin/env bash
# Checks the units with systemd's own tools, without a running systemd, and the backup's script with a stand-in for laqun:
#   check.sh [PROGRAM]    with a built `laqun`, also that every system call it makes is one the unit allows
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
program=$(realpath "${1:-/bin/true}")

work=$(mktemp -d)
server=''
finish() {
  local status=$?
  # To the program itself, which who traces it follows.
  [ -z "$server" ] || kill -KILL "$server" 2>/dev/null || true
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT
fail() {
  echo "$1" >&2
  exit 1
}

# `verify` wants the programs to exist; everything else is as it will be installed.
cp laqun.socket laqun-backup.timer "$work/"
sed "s|^ExecStart=/usr/bin/laqun|ExecStart=$program|; /^Documentation=man:/d" laqun.service >"$work/laqun.service"
sed "s|^ExecStart=/usr/lib/laqun/|ExecStart=$PWD/|; /^Documentation=man:/d" laqun-backup.service >"$work/laqun-backup.service"
SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no "$work"/laqun.{service,socket} "$work"/laqun-backup.{service,timer}
echo 'the units are well formed'

# 10 is an unprotected service; above 2.0 somebody has taken a protection away.
for unit in laqun laqun-backup; do
  systemd-analyze security --offline=true --no-pager --threshold=20 "$work/$unit.service" | tail -1
done

# A backup of a month ago is removed after a new one, and only then. $SPOIL names the step that fails.
mkdir "$work/stand-in"
cat >"$work/stand-in/laqun" <<'SH'
#!/bin/sh
for last; do :; done
case " $* " in *' --verify '*) step=verify ;; *) step=backup ;; esac
[ "$SPOIL" != "$step" ] || exit 1
mkdir -p "$last"
SH
chmod 755 "$work/stand-in/laqun"
for spoil in backup verify none; do
  folder=$work/backups-$spoil
  mkdir -p "$folder/2026-01-01T030000" "$folder/mine"
  touch "$folder/2026-01-01T030000/manifest.json"
  touch -d '30 days ago' "$folder/2026-01-01T030000" "$folder/mine"
  status=0
  SPOIL=$spoil PATH=$work/stand-in:$PATH ./laqun-backup.sh "$folder" || status=$?
  [ -d "$folder/mine" ] || fail 'laqun-backup.sh removes what is no backup'
  if [ "$spoil" = none ]; then
    [ "$status" -eq 0 ] || fail 'laqun-backup.sh fails'
    [ ! -e "$folder/2026-01-01T030000" ] || fail 'laqun-backup.sh keeps what is too old'
    compgen -G "$folder/20*" >/dev/null || fail 'laqun-backup.sh removes the new backup'
  else
    [ "$status" -ne 0 ] || fail "laqun-backup.sh is content when $spoil fails"
    [ -e "$folder/2026-01-01T030000/manifest.json" ] || fail "laqun-backup.sh removes an old backup although $spoil failed"
  fi
done
echo 'the backup keeps the old ones until there is a new one'

if [ "$program" != "$(realpath /bin/true)" ]; then
  allowed() {
    systemd-analyze syscall-filter "$1" | sed -n 's/^ *\([@a-z0-9_-]*\)$/\1/p' | while read -r name; do
      case $name in @*) [ "$name" = "$1" ] || allowed "$name" ;; ?*) echo "$name" ;; esac
    done
  }
  { allowed @privileged; allowed @resources; } | sort -u >"$work/refused"
  allowed @system-service | sort -u | comm -23 - "$work/refused" >"$work/allowed"
  # Not as root, who the server is not either: SQLite gives files away only then.
  as=()
  if [ "$(id -u)" -eq 0 ]; then
    as=(runuser -u nobody --)
    chown nobody "$work"
  fi
  cp "$program" "$work/laqun"
  touch "$work/laqun.toml"
  cd "$work"
  traced() {
    local trace=$1
    shift
    timeout 120 "${as[@]}" strace -f -qq -o "$trace" ./laqun --config laqun.toml "$@"
  }
  # The sample's tenant and app are made by it.
  "${as[@]}" ./laqun demo --once --json --data data --listen 127.0.0.1:0 >/dev/null
  # The whole life of a server: start, settings read again, a call and its answer, a backup beside it, the end.
  mkfifo said
  traced trace-serve serve --json --log-format json --listen 127.0.0.1:0 --ops-listen 127.0.0.1:0 >said 2>log &
  job=$!
  exec 3<said
  read -r -t 60 line <&3 || fail "the server does not start: $(cat log)"
  # strace writes who called first of all: the program.
  server=$(sed -n '1s/ .*//p' trace-serve)
  address=$(sed -n 's/.*"listening":"\([^"]*\)".*/\1/p' <<<"$line")
  kill -HUP "$server"
  for _ in $(seq 600); do
    if grep -q 'the settings were read again' log; then break; fi
    sleep 0.1
  done
  grep -q 'the settings were read again' log || fail "the server does not read its settings again: $(cat log)"
  ./laqun call alibaba.lyservice.group.group.communication --url "http://$address" \
    'service_communication_request={"case_id":"124","staff_id":"123","outer_type":"111"}' >answer || fail "no answer: $(cat answer log)"
  grep -q group_link answer
  traced trace-backup backup backup >/dev/null
  traced trace-verify backup --verify backup >/dev/null
  kill -TERM "$server"
  wait "$job" || fail "the server does not end well: $(cat log)"
  server=''
  cat trace-* | sed -n 's/^[0-9]* *\([a-z0-9_]*\)(.*/\1/p' | sort -u >made
  comm -23 made allowed >over
  if [ -s over ]; then
    fail "the units refuse these system calls, and laqun makes them: $(tr '\n' ' ' <over)"
  fi
  echo "$(wc -l <made) kinds of system calls made by serve and backup, all of them allowed"
fi
