#!/usr/bin/env bash
# What can be checked of packaging without systemd running and without Docker: check.sh PROGRAM   (a built `laqun`)
set -euo pipefail
ops=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$(realpath "$1")
echo '-- systemd'
"$ops/systemd/check.sh" "$program"
echo '-- Docker image'
if [ "$(id -u)" -eq 0 ]; then
  "$ops/docker/check.sh" "$program"
else
  echo 'not checked: a chroot needs root'
fi
echo '-- compose'
"$ops/compose/check.sh"
# The Helm chart is checked by helm/check.sh, which wants two Python packages.
