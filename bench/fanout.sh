#!/usr/bin/env bash
# Measures open pages: bench/results/fanout.json, and with it bench/RESULTS.md.
#   bench/fanout.sh [--rounds 5] [--seconds 10] [--groups 200] [--pages 10] [--rate 1200] [--idle 5000] [--engines "sqlite postgres"]
# In every round messages go to GROUPS groups with PAGES open pages each, first at RATE messages a second, then as fast as 64
# writers get their answers; each message is committed and synced before its answer. Then IDLE pages are opened, two a
# group, to a server of their own, over WebSocket and as server-sent events, and the server's memory is read before and after.
# Latency runs from when a message was to be sent until a page has it. BENCH_TMP (default /var/tmp) must be on a disk.

# shellcheck disable=SC2034,SC2154 # what measure.sh shares
set -euo pipefail
name=fanout
# shellcheck source=/dev/null
source "$(dirname "${BASH_SOURCE[0]}")/measure.sh"

rounds=5 seconds=10 groups=200 pages=10 rate=1200 idle=5000 engines='sqlite postgres'
while [ $# -gt 0 ]; do
  [ $# -ge 2 ] || usage 7
  case $1 in
    --rounds) rounds=$2 ;;
    --seconds) seconds=$2 ;;
    --groups) groups=$2 ;;
    --pages) pages=$2 ;;
    --rate) rate=$2 ;;
    --idle) idle=$2 ;;
    --engines) engines=$2 ;;
    *) usage 7 ;;
  esac
  shift 2
done
ulimit -n "$(ulimit -Hn)"
export LAQUN_CHAT_MESSAGES_PER_10_SECONDS=0

begin
run=0
# fanout GROUPS PAGES WORK [FLAGS]: the load program; leaves what it prints in $measured
fanout() {
  run=$((run + 1))
  measured=$("$target/bench-fanout" "127.0.0.1:$laqun_port" --now "$(date +%s)" --prefix "fan-$$-$run-" \
    --groups "$1" --pages "$2" "${@:3}")
}
# server ENGINE: a fresh one; $flags are kept for the next start
server() {
  flags=()
  if [ "$1" = postgres ]; then
    start_cluster
    openssl rand -hex 32 >"$scratch/master.key"
    chmod 600 "$scratch/master.key"
    flags=(--database-url "$cluster_url/postgres" --master-key-file "$scratch/master.key")
  fi
  rm -rf "${scratch:?}/$1"
  seed "$scratch/$1" "${flags[@]}"
  start_laqun "$scratch/$1" "${flags[@]}"
}

for engine in $engines; do
  server "$engine"
  for round in $(seq 1 "$rounds"); do
    for offered in "$rate" 0; do
      server_ticks=$(ticks "$laqun_pid")
      fanout "$groups" "$pages" deliver --rate "$offered" --seconds "$seconds" --writers 64
      server_ticks=$(($(ticks "$laqun_pid") - server_ticks))
      sample "{\"engine\":\"$engine\",\"work\":\"deliver\",\"round\":$round,\"groups\":$groups,\"pages\":$pages,\"offered\":$offered,$measured,\"server_s\":$(awk -v t="$server_ticks" -v h="$hertz" 'BEGIN { printf "%.2f", t / h }'),\"resident_mb\":$(megabytes "$laqun_pid" VmRSS)}"
    done
  done
  stop "$laqun_pid"
  [ "$engine" != postgres ] || stop_cluster
done
for transport in websocket sse; do
  server sqlite
  fanout $((idle / 2)) 2 idle --pid "$laqun_pid" --transport "$transport"
  sample "{\"engine\":\"sqlite\",\"work\":\"idle\",\"transport\":\"$transport\",$measured}"
  stop "$laqun_pid"
done
finish "$rounds rounds of $seconds s, $groups groups with $pages open pages, load program on the same cores; every page checks the numbers of what it is told; idle pages in groups of two, memory read 20 s after the last was opened"
