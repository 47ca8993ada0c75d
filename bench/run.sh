#!/usr/bin/env bash
# Measures laqun beside a bare axum server on this machine and writes the tables of bench/RESULTS.md.
#   bench/run.sh [--seconds 3] [--rounds 5] [--connections "32 64"] [--engines "sqlite postgres"] [--sign hmac-sha256]
#                [--out FILE]
# In every round the same requests go to the bare server and, as warm and cold clicks, to laqun, one after the other.
# Each request is signed beforehand and used within minutes; every answer is checked. Needs wrk and PostgreSQL
# (tests/setup/packages.sh bench). BENCH_TMP (default /var/tmp) must be on a disk, not in memory.
set -euo pipefail
export LC_ALL=C

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
seconds=3 rounds=5 connections='32 64' engines='sqlite postgres' sign=hmac-sha256 out=$root/bench/RESULTS.md
while [ $# -gt 0 ]; do
  [ $# -ge 2 ] || {
    sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
  }
  case $1 in
    --seconds) seconds=$2 ;;
    --rounds) rounds=$2 ;;
    --connections) connections=$2 ;;
    --engines) engines=$2 ;;
    --sign) sign=$2 ;;
    --out) out=$2 ;;
    *)
      echo "unknown option $1" >&2
      exit 2
      ;;
  esac
  shift 2
done

command -v wrk >/dev/null || {
  echo 'wrk is missing: tests/setup/packages.sh bench' >&2
  exit 1
}

cd "$root"
target=${CARGO_TARGET_DIR:-$root/target}/release
cargo build --locked --release -p laqun -p laqun-bench

scratch=$(mktemp -d "${BENCH_TMP:-/var/tmp}/laqun-bench.XXXXXX")
chmod 755 "$scratch"
case $(stat -f -c %T "$scratch") in
  tmpfs | ramfs) echo "warning: $scratch is in memory; durable writes cost nothing there" >&2 ;;
esac
pids=() cluster=''
cleanup() {
  local status=$? pid
  trap - EXIT INT TERM
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  [ -z "$cluster" ] || "$root/tests/setup/postgres.sh" stop "$cluster" || true
  rm -rf "$scratch"
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

free_port() {
  local port
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    port=$((20000 + RANDOM % 12000))
    if ! (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
  exit 1
}
# wait_for PORT PID LOG
wait_for() {
  for _ in $(seq 1 200); do
    if (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return 0; fi
    kill -0 "$2" 2>/dev/null || break
    sleep 0.05
  done
  echo "no server on port $1; its log:" >&2
  tail -n 20 "$3" >&2
  exit 1
}

# Processor ticks: of one process, and of a process with all its children (PostgreSQL's backends).
ticks() { awk '{ sub(/^.*\) /, ""); print $12 + $13 }' "/proc/$1/stat"; }
tree_ticks() {
  cat /proc/[0-9]*/stat 2>/dev/null |
    awk -v parent="$1" '{ pid = $1; sub(/^.*\) /, "")
      if (pid == parent) sum += $12 + $13 + $14 + $15
      else if ($2 == parent) sum += $12 + $13 } END { print sum + 0 }'
}
megabytes() { awk -v field="$2:" '$1 == field { printf "%.1f", $2 / 1024 }' "/proc/$1/status"; }
hertz=$(getconf CLK_TCK)

# median / range of the numbers on standard input
median() { sort -n | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
range() { sort -n | awk '{ v[NR] = $1 } END { printf "%s–%s", v[1], v[NR] }'; }

cold_count=$((seconds * 8000)) cold_run=0
# load KIND PORT CONNECTIONS: leaves the line of replay.lua in $measured; asks for more cold records when they ran out.
load() {
  local kind=$1 port=$2 count=$3 expected='"success":true' mode=cycle file=$scratch/warm
  local records=(--now "$(date +%s)" --host "127.0.0.1:$port" --sign-method "$sign")
  [ "$kind" != hello ] || expected=hello
  while :; do
    if [ "$kind" = cold ]; then
      mode=once file=$scratch/cold cold_run=$((cold_run + 1))
      "$target/bench-sign" "${records[@]}" --count "$cold_count" --cold "cold-$$-$cold_run-" --parts 2 --out "$file"
    else
      "$target/bench-sign" "${records[@]}" --case warm --out "$file"
    fi
    measure_begin
    wrk --threads 2 --connections "$count" --duration "${seconds}s" --timeout 10s --latency \
      --script "$root/bench/replay.lua" "http://127.0.0.1:$port" -- "$mode" "$file" "$expected" >"$scratch/wrk.log" 2>&1 || {
      cat "$scratch/wrk.log" >&2
      exit 1
    }
    measure_end
    grep '^a bad answer' "$scratch/wrk.log" >&2 || true
    measured=$(sed -n 's/^result //p' "$scratch/wrk.log")
    if [ "$kind" = cold ] && [ "${measured##* }" -gt 0 ]; then
      cold_count=$((cold_count * 2))
      continue
    fi
    return 0
  done
}
server_pid='' database_pid=''
measure_begin() {
  server_before=$(ticks "$server_pid")
  [ -z "$database_pid" ] || database_before=$(tree_ticks "$database_pid")
}
measure_end() {
  server_cpu=$(($(ticks "$server_pid") - server_before))
  database_cpu=0
  [ -z "$database_pid" ] || database_cpu=$(($(tree_ticks "$database_pid") - database_before))
}

# start_laqun ENGINE: leaves $laqun_port and $laqun_pid. `demo --once` makes the sample app, `serve` goes on with it.
start_laqun() {
  local data=$scratch/data-$1 log=$scratch/laqun-$1.log database=()
  mkdir -p "$data"
  database_pid=''
  if [ "$1" = postgres ]; then
    cluster=$(mktemp -d "${BENCH_TMP:-/var/tmp}/laqun-pg.XXXXXX")
    chmod 755 "$cluster"
    local connection
    connection=$("$root/tests/setup/postgres.sh" start "$cluster" on)
    database_pid=$(head -n 1 "$cluster/data/postmaster.pid")
    database=(--database-url "$(sed -E 's/host=(\S+) port=(\S+) user=(\S+) dbname=(\S+)/postgres:\/\/\3@\1:\2\/\4/' <<<"$connection")")
    openssl rand -hex 32 >"$scratch/master.key"
    chmod 600 "$scratch/master.key"
    database+=(--master-key-file "$scratch/master.key")
  fi
  laqun_port=$(free_port)
  timeout 60 "$target/laqun" demo --once --json --listen "127.0.0.1:$laqun_port" --data "$data" "${database[@]}" >"$log" 2>&1 || {
    cat "$log" >&2
    exit 1
  }
  "$target/laqun" serve --listen "127.0.0.1:$laqun_port" --data "$data" "${database[@]}" >"$log" 2>&1 &
  laqun_pid=$!
  pids+=("$laqun_pid")
  wait_for "$laqun_port" "$laqun_pid" "$log"
}

stop_laqun() {
  kill "$laqun_pid"
  for _ in $(seq 1 100); do
    kill -0 "$laqun_pid" 2>/dev/null || break
    sleep 0.1
  done
  kill -9 "$laqun_pid" 2>/dev/null && echo 'warning: laqun did not stop within 10 s' >&2
  wait "$laqun_pid" 2>/dev/null || true
  pids=("$hello_pid")
}

hello_port=$(free_port)
"$target/bench-hello" "127.0.0.1:$hello_port" >"$scratch/hello.log" 2>&1 &
hello_pid=$!
pids+=("$hello_pid")
wait_for "$hello_port" "$hello_pid" "$scratch/hello.log"

results=$scratch/results
: >"$results"
load_before=$(cut -d' ' -f1-3 /proc/loadavg)
for engine in $engines; do
  start_laqun "$engine"
  for count in $connections; do
    for round in $(seq 1 "$rounds"); do
      for kind in hello warm cold; do
        if [ "$kind" = hello ]; then
          server_pid=$hello_pid port=$hello_port
        else
          server_pid=$laqun_pid port=$laqun_port
        fi
        load "$kind" "$port" "$count"
        # shellcheck disable=SC2086
        set -- $measured
        memory=$(megabytes "$server_pid" VmRSS)
        # engine connections kind requests/s p50 p99 server-µs database-µs memory bad
        awk -v engine="$engine" -v count="$count" -v kind="$kind" -v n="$1" -v us="$2" -v p50="$3" -v p99="$4" -v bad="$(($5 + $6))" \
          -v server="$server_cpu" -v database="$database_cpu" -v hertz="$hertz" -v memory="$memory" 'BEGIN {
            printf "%s %s %s %.0f %.2f %.2f %.1f %.1f %s %d\n", engine, count, kind, n * 1e6 / us, p50 / 1000, p99 / 1000,
              server / hertz * 1e6 / n, database / hertz * 1e6 / n, memory, bad }' | tee -a "$results" |
          awk -v round="$round" '{ print "round " round ": " $0 }'
      done
    done
  done
  stop_laqun
  if [ -n "$cluster" ]; then
    "$root/tests/setup/postgres.sh" stop "$cluster"
    cluster='' database_pid=''
  fi
done

column() { awk -v e="$1" -v c="$2" -v k="$3" -v f="$4" '$1 == e && $2 == c && $3 == k { print $f }' "$results"; }
# Each round's figure divided by the hello of the same round.
ratios() {
  awk -v e="$1" -v c="$2" -v k="$3" '$1 == e && $2 == c { if ($3 == "hello") hello = $4; if ($3 == k) printf "%.3f\n", $4 / hello }' "$results"
}
table() {
  echo "Measured $(date -u '+%Y-%m-%d %H:%M') UTC at $(git describe --always --dirty 2>/dev/null || echo 'an unknown commit')."
  echo
  echo "| machine | |"
  echo "| --- | --- |"
  echo "| processor | $(nproc) × $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1) |"
  echo "| memory | $(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo) |"
  echo "| system | Linux $(uname -r), $(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release), data on $(stat -f -c %T "$scratch") |"
  echo "| programs | $(rustc --version | cut -d' ' -f1,2), $(wrk --version 2>&1 | head -n 1 | cut -d' ' -f1,2 || true), PostgreSQL 15 with fsync=on, release build |"
  echo "| load before | $load_before (1, 5, 15 minutes) |"
  echo "| method | $rounds alternating rounds of $seconds s, wrk with 2 threads on the same cores; $sign, no gzip; every answer checked |"
  local engine count kind
  for engine in $engines; do
    echo
    echo "### $engine"
    echo
    echo '| callers | work | requests/s, median (range) | ÷ hello | p50 ms | p99 ms | server CPU µs/request | database CPU µs/request | resident MB | bad answers |'
    echo '| --: | --- | --: | --: | --: | --: | --: | --: | --: | --: |'
    for count in $connections; do
      for kind in hello warm cold; do
        printf '| %s | %s | %s (%s) | %s | %s | %s | %s | %s | %s | %s |\n' "$count" "$kind" \
          "$(column "$engine" "$count" "$kind" 4 | median)" "$(column "$engine" "$count" "$kind" 4 | range)" \
          "$(ratios "$engine" "$count" "$kind" | median)" \
          "$(column "$engine" "$count" "$kind" 5 | median)" "$(column "$engine" "$count" "$kind" 6 | median)" \
          "$(column "$engine" "$count" "$kind" 7 | median)" \
          "$(if [ "$engine" = postgres ] && [ "$kind" != hello ]; then column "$engine" "$count" "$kind" 8 | median; else echo –; fi)" \
          "$(column "$engine" "$count" "$kind" 9 | tail -n 1)" \
          "$(column "$engine" "$count" "$kind" 10 | awk '{ sum += $1 } END { print sum + 0 }')"
      done
    done
  done
}

table >"$scratch/table"
[ -f "$out" ] || printf '# Measurements\n\n<!-- bench:begin -->\n<!-- bench:end -->\n' >"$out"
awk -v table="$scratch/table" '
  /<!-- bench:begin -->/ { print; print ""; while ((getline line < table) > 0) print line; print ""; skip = 1; next }
  /<!-- bench:end -->/ { skip = 0 }
  !skip' "$out" >"$scratch/new"
cp "$scratch/new" "$out"
echo "wrote $out"
if [ "$(awk '{ sum += $10 } END { print sum + 0 }' "$results")" -gt 0 ]; then
  echo 'some answers were not a success: these figures do not count' >&2
  exit 1
fi
