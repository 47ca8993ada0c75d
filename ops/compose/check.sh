#!/usr/bin/env bash
# Runs the nightly loop of backup.sh with stand-ins for the night and for PostgreSQL's programs; reads compose.yaml with docker-compose
# (Debian package docker-compose; no daemon is needed) if that is installed; and makes a dump of a database with backup.sh if PGHOST,
# PGUSER and PGDATABASE say where one is.
set -euo pipefail
compose=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
  echo "$1" >&2
  exit 1
}

mkdir -p "$work/ops/compose"
cp "$compose/backup.sh" "$work/ops/compose/"
# docker-compose 1.29 does not know `name`, which came later.
sed '/^name:/d' "$compose/compose.yaml" >"$work/ops/compose/compose.yaml"
"$compose/prepare.sh" https://laqun.example.com "$work/ops/compose/secrets" >/dev/null
if "$compose/prepare.sh" https://laqun.example.com "$work/ops/compose/secrets" 2>/dev/null; then
  fail 'prepare.sh overwrites secrets'
fi
if command -v docker-compose >/dev/null 2>&1; then
  (cd "$work/ops/compose" && docker-compose config --quiet)
  echo 'compose.yaml is well formed'
else
  echo 'compose.yaml is not checked: docker-compose is not installed'
fi

stand=$work/stand-ins
mkdir "$stand"
# The first night comes at once; the second ends the loop.
cat >"$stand/sleep" <<'SH'
#!/bin/sh
[ ! -e "$NIGHT" ] || kill -TERM "$PPID"
touch "$NIGHT"
SH
cat >"$stand/pg_restore" <<'SH'
#!/bin/sh
for file; do :; done
grep -q whole "$file"
SH
# night NAME PG_DUMP: one night with a dump of a month ago in the folder, where pg_dump does that; leaves $folder and $said.
night() {
  folder=$work/$1
  mkdir "$folder"
  touch -d '30 days ago' "$folder/laqun-20260101-030000.dump"
  # shellcheck disable=SC2016 # for the stand-in to expand
  printf '#!/bin/sh\nfor word; do case $word in --file=*) file=${word#--file=} ;; esac; done\n%s\n' "$2" >"$stand/pg_dump"
  chmod 755 "$stand"/*
  said=$(NIGHT=$folder.night PATH=$stand:$PATH BACKUP_FOLDER=$folder \
    PGPASSWORD_FILE=$work/ops/compose/secrets/postgres_password timeout 60 bash "$compose/backup.sh" 2>&1)
}
kept() {
  [ "$(ls "$folder")" = laqun-20260101-030000.dump ] || fail "$1: these are there: $(ls "$folder"); it said: $said"
  case $said in
    *dumped\ to*) fail "$1, and it says: $said" ;;
    *'NO DUMP WAS MADE'*) ;;
    *) fail "$1, and it does not say so: $said" ;;
  esac
}
# shellcheck disable=SC2016 # for the stand-in to expand
{
  night fails 'echo half >"$file"; exit 1'
  kept 'pg_dump fails'
  night nothing ': >"$file"'
  kept 'pg_dump writes nothing'
  night broken 'echo half >"$file"'
  kept 'what pg_dump writes cannot be read'
  night works 'echo whole >"$file"'
}
case $(ls "$folder") in
  laqun-20260101-030000.dump | *$'\n'* | *.part | '') fail "after a dump these are there: $(ls "$folder"); it said: $said" ;;
esac
case $said in *'dumped to'*) ;; *) fail "a dump was made, and it says: $said" ;; esac
echo 'the nightly loop keeps the old dumps until there is a new one'

if [ -n "${PGHOST:-}" ]; then
  BACKUP_FOLDER=$work PGPASSWORD_FILE=$work/ops/compose/secrets/postgres_password "$compose/backup.sh" once
fi
