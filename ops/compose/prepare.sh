#!/usr/bin/env bash
# Makes the secrets that compose.yaml hands to the containers: prepare.sh PUBLIC_URL [FOLDER]
# Never overwrites: whoever loses master.key loses what it seals.
set -euo pipefail
[ $# -ge 1 ] || {
  echo 'usage: prepare.sh PUBLIC_URL [FOLDER]     such as: prepare.sh https://laqun.example.com' >&2
  exit 2
}
url=$1 folder=${2:-$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/secrets}
case $url in
  https://* | http://*) ;;
  *)
    echo "$url: such as https://laqun.example.com" >&2
    exit 2
    ;;
esac
umask 077
mkdir -p "$folder"
if [ -e "$folder/laqun.toml" ] || [ -e "$folder/master.key" ]; then
  echo "$folder has secrets already; nothing was changed" >&2
  exit 1
fi
password=$(openssl rand -hex 24)
printf '%s' "$password" >"$folder/postgres_password"
openssl rand -hex 32 >"$folder/master.key"
cat >"$folder/laqun.toml" <<TOML
public_url = "$url"
# The network between the two is this machine's own.
database_url = "postgres://laqun:$password@postgres/laqun?sslmode=disable"
# Whose X-Forwarded-For is believed: the proxy comes in by Docker's bridge.
trusted_proxies = ["172.16.0.0/12"]
TOML
# Compose mounts these files as they are: the user inside the image (65532) must be able to read its two.
if [ "$(id -u)" -eq 0 ]; then
  chown 65532:65532 "$folder/laqun.toml" "$folder/master.key"
else
  chmod 644 "$folder/laqun.toml" "$folder/master.key"
  echo "not root: laqun.toml and master.key are readable for everybody who can enter $folder (mode 0700)" >&2
fi
# That of PostgreSQL's image reads its own as root, before it becomes somebody else.
echo "made $folder; put master.key somewhere else, too: no backup contains it"
