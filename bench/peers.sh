#!/usr/bin/env bash
# laqun beside two chat servers on equal work: bench/results/peers.json, and with it bench/RESULTS.md and its chart.
#   bench/peers.sh [--seconds 4] [--synapse-seconds 8] [--rounds 5] [--connections 16]
# One operation is a room (or group), a room with four members, or the same with a first message; bench-peer does all of
# them, one server after the other in every round, and the others rest. Needs ejabberd, python3-venv and what run.sh needs
# (tests/setup/packages.sh bench peers); installs Synapse into BENCH_SYNAPSE (default bench/.work/synapse) if it is not there.

# shellcheck disable=SC2034,SC2154 # what measure.sh shares
set -euo pipefail
name=peers
# shellcheck source=/dev/null
source "$(dirname "${BASH_SOURCE[0]}")/measure.sh"

seconds=4 synapse_seconds=8 rounds=5 connections=16
while [ $# -gt 0 ]; do
  [ $# -ge 2 ] || usage 6
  case $1 in
    --seconds) seconds=$2 ;;
    --synapse-seconds) synapse_seconds=$2 ;;
    --rounds) rounds=$2 ;;
    --connections) connections=$2 ;;
    *) usage 6 ;;
  esac
  shift 2
done
command -v ejabberdctl >/dev/null || {
  echo 'ejabberd is missing: tests/setup/packages.sh bench peers' >&2
  exit 1
}
synapse=${BENCH_SYNAPSE:-$root/bench/.work/synapse}
if [ ! -x "$synapse/bin/python" ] || ! "$synapse/bin/python" -c 'import synapse, psycopg2' 2>/dev/null; then
  mkdir -p "$synapse"
  python3 -m venv "$synapse"
  "$synapse/bin/pip" install --quiet matrix-synapse psycopg2-binary
fi

begin

# ejabberd as Debian has it: Mnesia on disk, rooms persistent, their messages archived. It begins every round empty: each
# room stays a process of its own there, and what earlier rounds left would weigh on it.
start_ejabberd() {
  local dir=$scratch/ejabberd
  ejabberd_port=$(free_port)
  rm -rf "$dir"
  mkdir -p "$dir/logs" "$dir/spool"
  cp /etc/ejabberd/inetrc "$dir/"
  cat >"$dir/ejabberdctl.cfg" <<CFG
INET_DIST_INTERFACE=127.0.0.1
ERL_DIST_PORT=$(free_port)
ERLANG_NODE=laqunbench@localhost
CFG
  cat >"$dir/ejabberd.yml" <<YML
hosts: [localhost]
loglevel: warning
listen:
  - {port: $ejabberd_port, ip: "127.0.0.1", module: ejabberd_http, request_handlers: {/api: mod_http_api}}
acl: {loopback: {ip: 127.0.0.0/8}, admin: {user: admin@localhost}}
access_rules: {muc_admin: {allow: admin}, muc: {allow: all}}
api_permissions:
  bench: {who: {access: {allow: {acl: loopback}}}, what: "*"}
modules:
  mod_admin_extra: {}
  mod_mam: {default: always, db_type: mnesia}
  mod_muc: {host: "conference.localhost", access: muc, access_admin: muc_admin, access_create: muc, access_persistent: muc, access_mam: muc}
  mod_muc_admin: {}
YML
  chown -R ejabberd "$dir" 2>/dev/null || true
  local as=()
  [ "$(id -u)" -ne 0 ] || as=(runuser -u ejabberd --)
  "${as[@]}" ejabberdctl --config-dir "$dir" --logs "$dir/logs" --spool "$dir/spool" foreground >"$dir.log" 2>&1 &
  pids+=("$!")
  wait_for "$ejabberd_port" "$!" "$dir.log"
  ejabberd_pid=''
  local stat
  for stat in /proc/[0-9]*; do
    if grep -qa beam.smp "$stat/comm" 2>/dev/null && grep -qaF "$dir/spool" "$stat/cmdline"; then ejabberd_pid=${stat#/proc/}; fi
  done
  pids+=("$ejabberd_pid")
}
stop_ejabberd() {
  archived=$((archived + $(stat -c %s "$scratch/ejabberd/spool/archive_msg.DAT")))
  # Its data is thrown away: nothing has to be put in order.
  kill -9 "$ejabberd_pid" 2>/dev/null || true
  stop "$ejabberd_pid"
}
archived=0

# Synapse as its manual says for production: PostgreSQL, psycopg2, a database of locale C. Rate limits lifted.
start_synapse() {
  local dir=$scratch/synapse
  synapse_port=$(free_port)
  mkdir -p "$dir"
  psql --quiet --no-psqlrc "$cluster_url/postgres" \
    -c "CREATE DATABASE synapse ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
  (cd "$dir" && "$synapse/bin/python" -m synapse.app.homeserver --server-name localhost --config-path hs.yaml \
    --generate-config --report-stats=no) >"$dir.log" 2>&1
  sed -i 's/level: INFO/level: WARNING/' "$dir/localhost.log.config"
  local address=${cluster_url#*@}
  cat >"$dir/over.yaml" <<YML
listeners:
  - {bind_addresses: ['127.0.0.1'], port: $synapse_port, type: http, tls: false, resources: [{names: [client], compress: false}]}
database:
  name: psycopg2
  args: {user: app, dbname: synapse, host: ${address%:*}, port: ${address#*:}, cp_min: 5, cp_max: 10}
trusted_key_servers: []
suppress_key_server_warning: true
enable_registration: true
enable_registration_without_verification: true
presence: {enabled: false}
bcrypt_rounds: 4
rc_message: &free {per_second: 100000, burst_count: 100000}
rc_registration: *free
rc_room_creation: *free
rc_invites: {per_room: *free, per_user: *free, per_issuer: *free}
rc_login: {address: *free, account: *free, failed_attempts: *free}
YML
  (cd "$dir" && exec "$synapse/bin/python" -m synapse.app.homeserver -c hs.yaml -c over.yaml) >>"$dir.log" 2>&1 &
  synapse_pid=$!
  pids+=("$synapse_pid")
  wait_for "$synapse_port" "$synapse_pid" "$dir.log"
}

start_cluster
key=$scratch/lq-sqlite/master.key
declare -A port pid next=([sqlite]=0 [postgres]=0)
for engine in sqlite postgres; do
  flags=()
  if [ "$engine" = postgres ]; then
    psql --quiet --no-psqlrc "$cluster_url/postgres" -c 'CREATE DATABASE laqun'
    flags=(--database-url "$cluster_url/laqun" --master-key-file "$key")
  fi
  seed "$scratch/lq-$engine" "${flags[@]}"
  # More tickets than the load can make groups of; those with members have an assignee and a customer.
  tickets=$((2 * rounds * (seconds + 2) * 6000))
  [ "$engine" = sqlite ] || tickets=$((tickets / 3))
  "$target/bench-data" --data "$scratch/lq-$engine" "${flags[@]}" fill --tickets-only --prefix tick- --groups "$tickets"
  start_laqun "$scratch/lq-$engine" "${flags[@]}"
  port[$engine]=$laqun_port pid[$engine]=$laqun_pid
done
start_synapse

# rest PID: until it does next to nothing; what was under way when the window closed goes on for a while.
rest() {
  local before after
  for _ in $(seq 1 40); do
    before=$(ticks "$1")
    sleep 0.5
    after=$(ticks "$1")
    [ $((after - before)) -gt 3 ] || return 0
  done
}
# operate SERVER WORK SECONDS SETTLE [FLAGS]
operate() {
  local server=$1 work=$2 answer
  answer=$("$target/bench-peer" --work "$work" --seconds "$3" --settle "$4" --connections "$connections" --now "$(date +%s)" "${@:5}")
  sample "{\"server\":\"$server\",\"work\":\"$work\",\"connections\":$connections,\"round\":$round,${answer:1:-1}}"
}
for round in $(seq 1 "$rounds"); do
  start_ejabberd
  for work in bare members message; do
    for engine in sqlite postgres; do
      flags=(--target laqun --address "127.0.0.1:${port[$engine]}" --server "${pid[$engine]}")
      prepare=$(((seconds + 2) * 16000))
      [ "$engine" = sqlite ] || flags+=(--database "$cluster_pid")
      if [ "$work" != bare ]; then
        operate "laqun-$engine" "$work" "$seconds" 1 "${flags[@]}" --prefix tick- --from "${next[$engine]}" --prepare $((prepare / 2))
        next[$engine]=$(tail -n 1 "$samples" | jq .next)
      else
        operate "laqun-$engine" "$work" "$seconds" 1 "${flags[@]}" --prefix "bare-$round-" --prepare "$prepare"
      fi
      rest "${pid[$engine]}"
    done
    operate ejabberd "$work" "$seconds" 1 --target ejabberd --address "127.0.0.1:$ejabberd_port" --server "$ejabberd_pid" --prefix "$work-$round-"
    rest "$ejabberd_pid"
    operate synapse "$work" "$synapse_seconds" 4 --target synapse --address "127.0.0.1:$synapse_port" --server "$synapse_pid" \
      --database "$cluster_pid" --prefix "$work.$round."
    rest "$synapse_pid"
  done
  stop_ejabberd
done

# The evidence that the peers did what they answered.
echo "ejabberd's archive, all rounds: $archived bytes of messages"
echo "Synapse: $(psql --quiet --no-psqlrc -tA "$cluster_url/synapse" -c "SELECT 'rooms ' || (SELECT COUNT(*) FROM rooms) || ', invitations ' || (SELECT COUNT(*) FROM room_memberships WHERE membership = 'invite') || ', messages ' || (SELECT COUNT(*) FROM events WHERE type = 'm.room.message')")"
programs="$programs, Synapse $("$synapse/bin/python" -c 'import importlib.metadata as m; print(m.version("matrix-synapse"))') on PostgreSQL (fsync=on, synchronous_commit=on), ejabberd $(dpkg-query -W -f '${Version}' ejabberd) on Mnesia (written to disk in the background, no sync per room)"
finish "$rounds alternating rounds of $seconds s ($synapse_seconds s on Synapse), $connections connections, one load program for all on the same cores; every answer checked"
