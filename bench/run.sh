#!/usr/bin/env bash
# Measures laqun beside a bare axum server on this machine: bench/results/run.json, and with it bench/RESULTS.md.
#   bench/run.sh [--seconds 3] [--rounds 5] [--connections "32 64"] [--engines "sqlite postgres"] [--sign hmac-sha256]
# In every round the same requests go to the bare server and, as warm and cold clicks, to laqun, one after the other.
# Each request is signed beforehand and used within minutes; every answer is checked. Needs wrk and PostgreSQL
# (tests/setup/packages.sh bench). BENCH_TMP (default /var/tmp) must be on a disk, not in memory.

# shellcheck disable=SC2034,SC2154 # what measure.sh shares
set -euo pipefail
name=run
# shellcheck source=/dev/null
source "$(dirname "${BASH_SOURCE[0]}")/measure.sh"

seconds=3 rounds=5 connections='32 64' engines='sqlite postgres' sign=hmac-sha256
while [ $# -gt 0 ]; do
  [ $# -ge 2 ] || usage 6
  case $1 in
    --seconds) seconds=$2 ;;
    --rounds) rounds=$2 ;;
    --connections) connections=$2 ;;
    --engines) engines=$2 ;;
    --sign) sign=$2 ;;
    *) usage 6 ;;
  esac
  shift 2
done

begin
start_hello
cold_count=$((seconds * 8000)) cold_run=0
# once KIND PORT PID DATABASE_PID CONNECTIONS: one load; more cold records are signed when they ran out.
once() {
  local records=(--now "$(date +%s)" --host "127.0.0.1:$2" --sign-method "$sign")
  if [ "$1" != cold ]; then
    "$target/bench-sign" "${records[@]}" --case warm --out "$scratch/warm"
    load "$1" "$2" "$3" "$4" "$5" "$seconds" cycle "$scratch/warm"
    return
  fi
  while :; do
    cold_run=$((cold_run + 1))
    "$target/bench-sign" "${records[@]}" --count "$cold_count" --cold "cold-$$-$cold_run-" --parts 2 --out "$scratch/cold"
    if load cold "$2" "$3" "$4" "$5" "$seconds" once "$scratch/cold"; then return; fi
    cold_count=$((cold_count * 2))
  done
}

for engine in $engines; do
  flags=() database=''
  if [ "$engine" = postgres ]; then
    start_cluster
    database=$cluster_pid
    openssl rand -hex 32 >"$scratch/master.key"
    chmod 600 "$scratch/master.key"
    flags=(--database-url "$cluster_url/postgres" --master-key-file "$scratch/master.key")
  fi
  seed "$scratch/$engine" "${flags[@]}"
  start_laqun "$scratch/$engine" "${flags[@]}"
  for count in $connections; do
    for round in $(seq 1 "$rounds"); do
      for kind in hello warm cold; do
        if [ "$kind" = hello ]; then
          once hello "$hello_port" "$hello_pid" '' "$count"
        else
          once "$kind" "$laqun_port" "$laqun_pid" "$database" "$count"
        fi
        sample "{\"engine\":\"$engine\",\"connections\":$count,\"round\":$round,\"work\":\"$kind\",$measured}"
      done
    done
  done
  stop "$laqun_pid"
  [ "$engine" != postgres ] || stop_cluster
done
finish "$rounds alternating rounds of $seconds s, wrk with 2 threads on the same cores; $sign, no gzip; every answer checked"
