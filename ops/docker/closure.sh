#!/usr/bin/env bash
# Lays out all files of the final image: closure.sh PROGRAM FOLDER
# The program, the shared libraries it is linked with, certificates, time zones, and who runs it. Nothing else: no shell.
set -euo pipefail
program=$1 image=$2
mkdir -p "$image"/{usr/bin,usr/share,etc/ssl/certs,data,backup,tmp}
install -m 755 "$program" "$image/usr/bin/laqun"
# Each library where the program looks for it; `ldd` names the loader by its whole path.
ldd "$program" | grep -o '/[^ ]*' | sort -u | while read -r library; do
  install -D -m 755 "$library" "$image$library"
done
cp /etc/ssl/certs/ca-certificates.crt "$image/etc/ssl/certs/"
cp -a /usr/share/zoneinfo "$image/usr/share/"
rm -rf "$image"/usr/share/zoneinfo/{posix,right}
echo 'laqun:x:65532:65532:laqun:/data:/' >"$image/etc/passwd"
echo 'laqun:x:65532:' >"$image/etc/group"
echo 'hosts: files dns' >"$image/etc/nsswitch.conf"
chmod 1777 "$image/tmp"
chmod 700 "$image/data" "$image/backup"
if [ "$(id -u)" -eq 0 ]; then chown -R 65532:65532 "$image/data" "$image/backup"; fi
