#!/usr/bin/env bash
# Inside the backup container: a dump every night, the old ones removed. `backup.sh once` makes one now and ends.
set -euo pipefail
PGPASSWORD=$(cat "${PGPASSWORD_FILE:-/run/secrets/postgres_password}")
export PGPASSWORD
folder=${BACKUP_FOLDER:-/backup}

if [ "${1:-}" = once ]; then
  umask 077
  file=$folder/laqun-$(date +%Y%m%d-%H%M%S).dump
  trap 'rm -f "$file.part"' EXIT
  # Not under its name before it is whole: written, and read again to its end.
  pg_dump --format=custom --file="$file.part"
  [ -s "$file.part" ]
  pg_restore --file=/dev/null "$file.part"
  sync "$file.part"
  mv "$file.part" "$file"
  sync "$folder"
  # Invariant: an old dump goes only when a new one is there; whatever failed above has ended the script.
  find "$folder" -name 'laqun-*.dump' -mtime "+${KEEP_DAYS:-14}" -delete
  echo "dumped to $file, $(stat -c %s "$file") bytes"
  exit 0
fi
trap 'exit 0' TERM INT
while true; do
  now=$(date +%s)
  next=$(date -d 'today 03:00' +%s)
  [ "$next" -gt "$now" ] || next=$(date -d 'tomorrow 03:00' +%s)
  sleep $((next - now)) &
  wait $!
  # A process of its own: in a function called before `||`, bash ignores `set -e`, and a failed pg_dump would go on to `mv`.
  bash "$0" once || echo 'NO DUMP WAS MADE tonight, the old ones are kept; the next try is tomorrow' >&2
done
