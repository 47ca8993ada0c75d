# shellcheck shell=bash disable=SC2034,SC2154 # shared with the scripts that source it
# What the measuring scripts share; sourced by run.sh, million.sh and peers.sh, which set $name before.
# BENCH_TMP (default /var/tmp) holds everything temporary: one folder, removed at the end. It must be on a disk.
export LC_ALL=C
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit
target=${CARGO_TARGET_DIR:-$root/target}/release
bin=$target/laqun
hertz=$(getconf CLK_TCK)
invocation="bench/$name.sh${*:+ $*}"
out=$root/bench/results/$name.json

# usage LINE: the comment at the head of the script, down to that line
usage() {
  sed -n "2,${1}s/^# \{0,1\}//p" "$root/bench/$name.sh" >&2
  exit 2
}

for tool in wrk jq openssl; do
  command -v "$tool" >/dev/null || {
    echo "$tool is missing: tests/setup/packages.sh bench" >&2
    exit 1
  }
done

scratch='' pids=() clusters=()
begin() {
  # BENCH_BUILT=1: what is in the target folder is meant to be measured as it is.
  [ -n "${BENCH_BUILT:-}" ] || cargo build --locked --release -p laqun -p laqun-bench
  scratch=$(mktemp -d "${BENCH_TMP:-/var/tmp}/laqun-$name.XXXXXX")
  chmod 755 "$scratch"
  case $(stat -f -c %T "$scratch") in
    tmpfs | ramfs) echo "warning: $scratch is in memory; durable writes cost nothing there" >&2 ;;
  esac
  load_before=$(cut -d' ' -f1-3 /proc/loadavg)
  commit=$(git rev-parse --short HEAD 2>/dev/null || echo 'an unknown commit')
  # What the scripts write themselves is no change of the program.
  [ -z "$(git status --porcelain -- . ':!bench/results' ':!bench/RESULTS.md' 2>/dev/null)" ] || commit+=' with changes'
  samples=$scratch/samples
  : >"$samples"
}
cleanup() {
  local status=$? pid dir
  trap - EXIT INT TERM
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  for dir in "${clusters[@]}"; do "$root/tests/setup/postgres.sh" stop "$dir" || true; done
  [ -z "$scratch" ] || rm -rf "$scratch"
  exit "$status"
}
# A step that fails without a word would leave people guessing.
set -E
trap 'echo "$0: failed in line $LINENO: $BASH_COMMAND" >&2' ERR
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
  for _ in $(seq 1 1200); do
    if (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return 0; fi
    kill -0 "$2" 2>/dev/null || break
    sleep 0.05
  done
  echo "no server on port $1; its log:" >&2
  tail -n 20 "$3" >&2
  exit 1
}
# stop PID: ends it, and waits until it has
stop() {
  kill "$1" 2>/dev/null || true
  for _ in $(seq 1 300); do
    kill -0 "$1" 2>/dev/null || break
    sleep 0.1
  done
  kill -9 "$1" 2>/dev/null && echo "warning: process $1 did not stop within 30 s" >&2
  wait "$1" 2>/dev/null || true
  local pid left=()
  for pid in "${pids[@]}"; do [ "$pid" = "$1" ] || left+=("$pid"); done
  pids=("${left[@]}")
}

# Processor ticks: of one process, and of a process with all its children (PostgreSQL's backends).
ticks() { awk '{ sub(/^.*\) /, ""); print $12 + $13 }' "/proc/$1/stat"; }
tree_ticks() {
  # A process may end while it is read.
  { cat /proc/[0-9]*/stat 2>/dev/null || true; } |
    awk -v parent="$1" '{ pid = $1; sub(/^.*\) /, "")
      if (pid == parent) sum += $12 + $13 + $14 + $15
      else if ($2 == parent) sum += $12 + $13 } END { print sum + 0 }'
}
# megabytes PID FIELD: of /proc/PID/status
megabytes() { awk -v field="$2:" '$1 == field { printf "%.1f", $2 / 1024 }' "/proc/$1/status"; }

# sample JSON: one object, without line ends
sample() {
  echo "$1" | tee -a "$samples"
}

start_hello() {
  hello_port=$(free_port)
  "$target/bench-hello" "127.0.0.1:$hello_port" >"$scratch/hello.log" 2>&1 &
  hello_pid=$!
  pids+=("$hello_pid")
  wait_for "$hello_port" "$hello_pid" "$scratch/hello.log"
}

# start_cluster: a PostgreSQL with fsync; leaves $cluster_url (without a database's name) and $cluster_pid
start_cluster() {
  local cluster connection
  cluster=$(mktemp -d "$scratch/pg.XXXXXX")
  chmod 755 "$cluster"
  clusters+=("$cluster")
  connection=$("$root/tests/setup/postgres.sh" start "$cluster" on)
  cluster_pid=$(head -n 1 "$cluster/data/postmaster.pid")
  cluster_url=$(sed -E 's/host=(\S+) port=(\S+) user=(\S+) dbname=(\S+)/postgres:\/\/\3@\1:\2/' <<<"$connection")
}
stop_cluster() {
  "$root/tests/setup/postgres.sh" stop "${clusters[0]}"
  clusters=("${clusters[@]:1}")
}

# seed DIR [FLAGS]: the documented sample app and tenant
seed() {
  timeout 60 "$bin" demo --once --json --listen 127.0.0.1:0 --data "$@" >"$scratch/demo.log" 2>&1 || {
    cat "$scratch/demo.log" >&2
    exit 1
  }
}
# launch_laqun DIR [FLAGS]: leaves $laqun_port, $laqun_pid and $laqun_begun (when it was started); start_laqun waits, too
launch_laqun() {
  local log
  log=$scratch/laqun-$(basename "$1").log
  laqun_port=$(free_port)
  laqun_begun=$EPOCHREALTIME
  "$bin" serve --listen "127.0.0.1:$laqun_port" --ops-listen 127.0.0.1:0 --data "$@" >"$log" 2>&1 &
  laqun_pid=$!
  pids+=("$laqun_pid")
}
start_laqun() {
  launch_laqun "$@"
  wait_for "$laqun_port" "$laqun_pid" "$scratch/laqun-$(basename "$1").log"
}

# load WORK PORT PID DATABASE_PID CONNECTIONS SECONDS cycle|once FILE: runs wrk on signed requests and leaves, as JSON
# members, requests/s, latencies, processor time, memory and bad answers in $measured; 1 if the requests ran out.
load() {
  local work=$1 port=$2 pid=$3 database=$4 expected='"success":true' server_ticks database_ticks=0 line
  [ "$work" != hello ] || expected=hello
  server_ticks=$(ticks "$pid")
  [ -z "$database" ] || database_ticks=$(tree_ticks "$database")
  wrk --threads 2 --connections "$5" --duration "${6}s" --timeout 10s --latency \
    --script "$root/bench/replay.lua" "http://127.0.0.1:$port" -- "$7" "$8" "$expected" >"$scratch/wrk.log" 2>&1 || {
    cat "$scratch/wrk.log" >&2
    exit 1
  }
  server_ticks=$(($(ticks "$pid") - server_ticks))
  [ -z "$database" ] || database_ticks=$(($(tree_ticks "$database") - database_ticks))
  grep '^a bad answer' "$scratch/wrk.log" >&2 || true
  line=$(sed -n 's/^result //p' "$scratch/wrk.log")
  # requests, µs, p50, p99, bad, errors, exhausted
  # shellcheck disable=SC2086
  set -- $line
  calls=$1
  measured=$(awk -v n="$1" -v us="$2" -v p50="$3" -v p99="$4" -v bad="$(($5 + $6))" -v server="$server_ticks" \
    -v database="$database_ticks" -v hertz="$hertz" -v memory="$(megabytes "$pid" VmRSS)" 'BEGIN {
      printf "\"per_second\":%.0f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"server_us\":%.1f,\"database_us\":%.1f,\"resident_mb\":%s,\"bad\":%d",
        n * 1e6 / us, p50 / 1000, p99 / 1000, server / hertz * 1e6 / n, database / hertz * 1e6 / n, memory, bad }')
  [ "$7" -eq 0 ]
}

# finish METHOD: writes bench/results/NAME.json and what bench-report makes of all results
finish() {
  local conditions
  conditions=$(jq -n --arg at "$(date -u '+%Y-%m-%d %H:%M') UTC" \
    --arg commit "$commit" --arg command "$invocation" \
    --arg cores "$(nproc) × $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" \
    --arg memory "$(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo)" \
    --arg system "Linux $(uname -r), $(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release), data on $(stat -f -c %T "$scratch")" \
    --arg programs "$programs" --arg load "$load_before" --arg method "$1" \
    '{measured: $at, commit: $commit, command: $command, processor: $cores, memory: $memory, system: $system,
      programs: $programs, load_before: $load, method: $method}')
  mkdir -p "$(dirname "$out")"
  jq -s --argjson conditions "$conditions" '{conditions: $conditions, samples: .}' "$samples" |
    jq -r '"{\"conditions\":\(.conditions | tojson),", "\"samples\":[", (.samples | map(tojson) | join(",\n")), "]}"' >"$out"
  "$target/bench-report" "$root/bench"
  echo "wrote $out"
  if jq -e '[.samples[].bad // 0] | add > 0' "$out" >/dev/null; then
    echo 'some answers were not a success: these figures do not count' >&2
    exit 1
  fi
}
postgres_version() { "$(compgen -G '/usr/lib/postgresql/*/bin/postgres' | head -n 1)" --version | awk '{ print $3 }'; }
programs="$(rustc --version | cut -d' ' -f1,2), $(wrk --version 2>&1 | head -n 1 | cut -d' ' -f1,2 || true), PostgreSQL $(postgres_version) with fsync=on, laqun as a release build"
