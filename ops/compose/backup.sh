#!/usr/bin/env bash
# Inside the backup container: a dump every night, the old ones removed. `backup.sh once` makes one now and ends.
set -euo pipefail
PGPASSWORD=$(cat "${PGPASSWORD_FILE:-/run/secrets/postgres_password}")
export PGPASSWORD
folder=${BACKUP_FOLDER:-/backup}

dump() {
  local file
  file=$folder/laqun-$(date +%Y%m%d-%H%M%S).dump
  # Not under its name before it is whole, and readable again.
  pg_dump --format=custom --file="$file.part"
  pg_restore --list "$file.part" >/dev/null
  sync "$file.part"
  mv "$file.part" "$file"
  find "$folder" -name 'laqun-*.dump' -mtime "+${KEEP_DAYS:-14}" -delete
  echo "dumped to $file, $(stat -c %s "$file") bytes"
}

if [ "${1:-}" = once ]; then
  dump
  exit 0
fi
trap 'exit 0' TERM INT
while true; do
  now=$(date +%s)
  next=$(date -d 'today 03:00' +%s)
  [ "$next" -gt "$now" ] || next=$(date -d 'tomorrow 03:00' +%s)
  sleep $((next - now)) &
  wait $!
  dump || echo 'the dump failed; the next try is tomorrow' >&2
done
