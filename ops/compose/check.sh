#!/usr/bin/env bash
# Reads compose.yaml with docker-compose (Debian package docker-compose; no daemon is needed), and makes a dump of a database with
# backup.sh if PGHOST, PGUSER and PGDATABASE say where one is.
set -euo pipefail
compose=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$work/ops/compose"
cp "$compose/backup.sh" "$work/ops/compose/"
# docker-compose 1.29 does not know `name`, which came later.
sed '/^name:/d' "$compose/compose.yaml" >"$work/ops/compose/compose.yaml"
"$compose/prepare.sh" https://laqun.example.com "$work/ops/compose/secrets" >/dev/null
if "$compose/prepare.sh" https://laqun.example.com "$work/ops/compose/secrets" 2>/dev/null; then
  echo 'prepare.sh overwrites secrets' >&2
  exit 1
fi
(cd "$work/ops/compose" && docker-compose config --quiet)
echo 'compose.yaml is well formed'

if [ -n "${PGHOST:-}" ]; then
  BACKUP_FOLDER=$work PGPASSWORD_FILE=$work/ops/compose/secrets/postgres_password "$compose/backup.sh" once
fi
