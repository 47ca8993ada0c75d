#!/usr/bin/env bash
# A million groups beside ten thousand: bench/results/million.json, and with it bench/RESULTS.md and its chart.
#   bench/million.sh [--groups 1000000] [--beside 10000] [--seconds 3] [--rounds 5] [--connections 32]
#                    [--engines "sqlite postgres"]     PostgreSQL gets SQLite's rows, so sqlite is always the first
# Fills both, then in every round starts a server on each and loads one after the other: the bare server, warm clicks on
# groups at random, cold clicks; before that lists and backup, meanwhile start-up and memory. The small data is a fresh copy in every round, since
# cold clicks make it grow. Needs what run.sh needs, and 15 GB in BENCH_TMP for a million.

# shellcheck disable=SC2034,SC2154 # what measure.sh shares
set -euo pipefail
name=million
# shellcheck source=/dev/null
source "$(dirname "${BASH_SOURCE[0]}")/measure.sh"

groups=1000000 beside=10000 seconds=3 rounds=5 connections=32 engines='sqlite postgres'
while [ $# -gt 0 ]; do
  [ $# -ge 2 ] || usage 7
  case $1 in
    --groups) groups=$2 ;;
    --beside) beside=$2 ;;
    --seconds) seconds=$2 ;;
    --rounds) rounds=$2 ;;
    --connections) connections=$2 ;;
    --engines) engines=$2 ;;
    *) usage 7 ;;
  esac
  shift 2
done

begin
start_hello
declare -A of=([small]=$beside [large]=$groups)
since() { awk -v from="$1" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.3f", to - from }'; }
note() { sample "{\"engine\":\"$engine\",\"size\":${of[$size]},\"work\":\"$1\",$2}"; }

# Which data: `flags SIZE NAME` leaves the folder and flags of laqun in $data, NAME being `kept` or `round`.
flags() {
  data=("$scratch/$engine-$1-$2")
  [ "$engine" = sqlite ] ||
    data+=(--database-url "$cluster_url/${1}_$2" --master-key-file "$scratch/sqlite-$1-kept/master.key")
}
sql() { psql --quiet --no-psqlrc --tuples-only --no-align "$cluster_url/postgres" -c "$1"; }

fill() {
  local begun=$EPOCHREALTIME
  flags "$size" kept
  if [ "$engine" = sqlite ]; then
    seed "${data[@]}"
    "$target/bench-data" --data "${data[@]}" fill --groups "${of[$size]}"
    note fill "\"seconds\":$(since "$begun")"
    note size "\"bytes\":$(stat -c %s "${data[0]}/laqun.db")"
  else
    sql "CREATE DATABASE ${size}_kept"
    mkdir -p "${data[0]}"
    "$target/bench-data" --data "${data[@]}" copy --from "$scratch/sqlite-$size-kept/laqun.db"
    note copy "\"seconds\":$(since "$begun")"
    note size "\"bytes\":$(sql "SELECT pg_database_size('${size}_kept')")"
  fi
}

# A group that calls made and a group that was filled are the same but for ids, names and times.
compare() {
  local number=$((beside / 2)) case staff qr cid made filled
  flags small kept
  start_laqun "${data[@]}"
  local call=("$bin" call --url "http://127.0.0.1:$laqun_port" alibaba.lyservice.group.group.communication)
  "$bin" ticket add "real-$engine" --title "洗碗机安装后漏水 $number" --description 昨天装的，今天开机后门下面漏水。 \
    --status in_progress --priority high --assignee "agent-$(((number + 67) % 200))" \
    --customer "fill-customer-$((number / 5))" --data "${data[@]}" >/dev/null
  for case in "real-$engine" "fill-$number"; do
    for staff in $((number % 200)) $(((number + 133) % 200)); do
      "${call[@]}" "service_communication_request={\"case_id\":\"$case\",\"staff_id\":\"agent-$staff\",\"outer_type\":\"111\",\"tenant_id\":200110004}" \
        >"$scratch/answer"
      grep -q '"success":true' "$scratch/answer"
    done
    # The token opens the customer's page.
    qr=$(jq -r '.. | .group_qr_code? // empty' "$scratch/answer")
    curl -sf -o /dev/null "${qr%/qr.png}"
    curl -sf -o /dev/null "$qr"
    cid=$("$bin" group list --case-id "$case" --json --data "${data[@]}" | jq -r .open_conversation_id)
    "$bin" group show "$cid" --json --data "${data[@]}" |
      sed -E "s/$case/CASE/g; s/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]+/UUID/g; s/(cid|chat|lq)[A-Za-z0-9_=-]{20,}/ID/g; s/20[0-9]{2}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+(Z|\+08:00)?/TIME/g" |
      jq 'walk(if type == "array" then sort_by(tostring) else . end)' >"$scratch/show-$case"
  done
  stop "$laqun_pid"
  made=$scratch/show-real-$engine filled=$scratch/show-fill-$number
  diff "$made" "$filled" >&2 || {
    echo "a filled group is not what calls make" >&2
    exit 1
  }
  [ "$(jq '.members | length' "$filled")" = 4 ]
  echo "a filled group is what calls make: $(jq -c '[(.members | length), (.timeline | length)]' "$filled") members and lines"
}

declare -A port pid asked
# up SIZE NAME: starts a server there, and measures from its start to its first answer to a signed call
up() {
  local first
  size=$1
  flags "$1" "$2"
  "$target/bench-sign" --now "$(date +%s)" --host laqun --filled "fill-:${of[$1]}" --count 1 --out "$scratch/first"
  launch_laqun "${data[@]}"
  first=$("$target/bench-first" "127.0.0.1:$laqun_port" "$scratch/first" "$laqun_begun")
  sleep 1
  port[$1]=$laqun_port pid[$1]=$laqun_pid asked[$1]=0
  note start "\"first_ms\":$first,\"idle_mb\":$(megabytes "$laqun_pid" VmRSS),\"round\":$round"
}
cold_run=0
# clicks KIND SIZE: loads that server
clicks() {
  local records=(--now "$(date +%s)" --host "127.0.0.1:${port[$2]}")
  size=$2
  if [ "$1" = warm ]; then
    "$target/bench-sign" "${records[@]}" --filled "fill-:${of[$2]}" --count 20000 --out "$scratch/warm"
    load warm "${port[$2]}" "${pid[$2]}" "$database" "$connections" "$seconds" cycle "$scratch/warm"
  else
    cold_run=$((cold_run + 1))
    "$target/bench-sign" "${records[@]}" --cold "cold-$cold_run-" --count $((seconds * 16000)) --parts 2 --out "$scratch/cold"
    load cold "${port[$2]}" "${pid[$2]}" "$database" "$connections" "$seconds" once "$scratch/cold" ||
      echo 'warning: the signed requests ran out before the time' >&2
  fi
  asked[$2]=$((asked[$2] + calls))
  note "$1" "\"connections\":$connections,\"round\":$round,$measured"
}

rounds_of_clicks() {
  local round size
  for round in $(seq 1 "$rounds"); do
    if [ "$engine" = sqlite ]; then
      cp -a "$scratch/sqlite-small-kept" "$scratch/sqlite-small-round"
    else
      sql 'CREATE DATABASE small_round TEMPLATE small_kept'
      mkdir -p "$scratch/postgres-small-round"
    fi
    up small round
    up large kept
    load hello "$hello_port" "$hello_pid" '' "$connections" "$seconds" cycle "$scratch/hello-records"
    sample "{\"engine\":\"$engine\",\"work\":\"hello\",\"connections\":$connections,\"round\":$round,$measured}"
    for kind in warm cold; do
      # Who goes first changes, so that a drift of the machine falls on both.
      if [ $((round % 2)) = 1 ]; then clicks $kind small && clicks $kind large; else clicks $kind large && clicks $kind small; fi
    done
    size=large
    if [ "$round" = "$rounds" ]; then
      while [ "${asked[large]}" -lt 100000 ]; do
        load warm "${port[large]}" "${pid[large]}" "$database" "$connections" "$seconds" cycle "$scratch/warm"
        asked[large]=$((asked[large] + calls))
      done
    fi
    note memory "\"round\":$round,\"calls\":${asked[large]},\"resident_mb\":$(megabytes "${pid[large]}" VmRSS),\"peak_mb\":$(megabytes "${pid[large]}" VmHWM)"
    stop "${pid[small]}"
    stop "${pid[large]}"
    rm -rf "$scratch/$engine-small-round"
    [ "$engine" = sqlite ] || sql 'DROP DATABASE small_round'
  done
}

lists() {
  local run line begun
  for run in 1 2 3 4 5; do
    for size in small large; do
      flags "$size" kept
      begun=$EPOCHREALTIME
      "$bin" group list --limit 100 --json --data "${data[@]}" >/dev/null 2>&1
      note command "\"filter\":\"none\",\"round\":$run,\"ms\":$(since "$begun" | awk '{ print $1 * 1000 }')"
    done
  done
  for size in small large; do
    flags "$size" kept
    "$target/bench-data" --data "${data[@]}" list --groups "${of[$size]}" >"$scratch/lists"
    while read -r line; do note list "${line:1:-1}"; done <"$scratch/lists"
  done
}

backups() {
  local begun
  "$bin" backup --help >/dev/null 2>&1 || {
    echo 'warning: this laqun has no backup yet' >&2
    return 0
  }
  for size in small large; do
    flags "$size" kept
    start_laqun "${data[@]}"
    begun=$EPOCHREALTIME
    "$bin" backup "$scratch/backup" --data "${data[@]}" >"$scratch/backup.log"
    note backup "\"seconds\":$(since "$begun"),\"bytes\":$(du -sb "$scratch/backup" | cut -f1),\"server_mb\":$(megabytes "$laqun_pid" VmHWM)"
    rm -rf "$scratch/backup"
    stop "$laqun_pid"
  done
}

"$target/bench-sign" --now "$(date +%s)" --host "127.0.0.1:$hello_port" --out "$scratch/hello-records"
[ "$engines" = sqlite ] || start_cluster
for engine in $engines; do
  for size in small large; do fill; done
done
for engine in $engines; do
  database=''
  [ "$engine" = sqlite ] || database=$cluster_pid
  compare
  # Before cold clicks, which add groups of one caller.
  lists
  backups
  rounds_of_clicks
done
finish "$rounds alternating rounds of $seconds s with a fresh server each, $connections callers, wrk with 2 threads on the same cores; warm clicks on 20,000 groups at random; every answer checked"
