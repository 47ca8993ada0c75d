#!/usr/bin/env bash
# A private PostgreSQL on a free loopback port, apart from any cluster that the system runs.
#   postgres.sh start DIR [on|off]   DIR: a new, empty folder that others may enter; on|off: fsync (default off)
#                                    prints the connection string for a superuser named app;
#                                    LAQUN_PG_OPTIONS: more options of the server; LAQUN_PG_WAL: a folder for its log
#   postgres.sh again DIR            starts a cluster that ended, at its old address
#   postgres.sh stop DIR             stops it and removes DIR
# PostgreSQL refuses root, so root hands it to the user postgres.
set -euo pipefail

usage() {
  sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
}

bin=${LAQUN_PG_BIN:-}
if [ -z "$bin" ]; then
  for candidate in /usr/lib/postgresql/15/bin /usr/lib/postgresql/*/bin; do
    if [ -x "$candidate/initdb" ]; then
      bin=$candidate
      break
    fi
  done
fi
if [ -z "$bin" ]; then
  echo 'PostgreSQL is not installed (Debian: postgresql-15)' >&2
  exit 1
fi

as_postgres() {
  # The caller's folder may be closed to that user, who would only complain about it.
  cd /
  if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

start() {
  local dir=$1 fsync=$2 port try
  [ "$(id -u)" -ne 0 ] || chown postgres "$dir"
  local wal=()
  if [ -n "${LAQUN_PG_WAL:-}" ]; then
    [ "$(id -u)" -ne 0 ] || chown postgres "$LAQUN_PG_WAL"
    wal=(-X "$LAQUN_PG_WAL" --wal-segsize=1)
  fi
  as_postgres "$bin/initdb" -D "$dir/data" "${wal[@]}" -U app -A trust -E UTF8 --locale=C.UTF-8 --no-sync \
    >"$dir.initdb.log" 2>&1 </dev/null || {
    cat "$dir.initdb.log" >&2
    rm -f "$dir.initdb.log"
    exit 1
  }
  rm -f "$dir.initdb.log"
  for try in 1 2 3 4 5 6 7 8 9 10; do
    # Below the range from which the kernel gives out ports by itself.
    port=$((20000 + RANDOM % 12000))
    if (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then continue; fi
    if as_postgres "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 -o \
      "-c listen_addresses=127.0.0.1 -p $port -k $dir -c fsync=$fsync -c full_page_writes=$fsync -c max_connections=300 ${LAQUN_PG_OPTIONS:-}" \
      start >/dev/null 2>&1 </dev/null; then
      echo "host=127.0.0.1 port=$port user=app dbname=postgres"
      return
    fi
  done
  echo "PostgreSQL did not start after $try tries; its log:" >&2
  tail -n 20 "$dir/log" >&2 || true
  exit 1
}

# What it was started with is in postmaster.opts, one quoted word after another.
again() {
  local dir=$1 options
  options=$(sed 's/^[^ ]* //' "$dir/data/postmaster.opts")
  as_postgres "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 -o "$options" start >/dev/null 2>&1 </dev/null
}

stop() {
  local dir=$1
  [ -d "$dir" ] || return 0
  if [ -f "$dir/data/postmaster.pid" ]; then
    as_postgres "$bin/pg_ctl" -D "$dir/data" -m immediate -w -t 30 stop >/dev/null 2>&1 </dev/null || true
  fi
  rm -rf "$dir"
}

case ${1:-} in
  start) [ $# -ge 2 ] || usage; start "$2" "${3:-off}" ;;
  again) [ $# -eq 2 ] || usage; again "$2" ;;
  stop) [ $# -eq 2 ] || usage; stop "$2" ;;
  *) usage ;;
esac
