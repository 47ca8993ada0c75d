#!/bin/sh
# Makes a backup of now and checks it, then removes those that are older: laqun-backup.sh FOLDER [DAYS]    (14 if not said)
# Settings are those of /etc/laqun/laqun.toml. Whatever fails ends the script, and then nothing is removed.
set -eu
folder=$1
days=${2:-14}
name=$folder/$(date +%Y-%m-%dT%H%M%S)
laqun --config /etc/laqun/laqun.toml backup "$name"
laqun --config /etc/laqun/laqun.toml backup --verify "$name"
find "$folder" -maxdepth 1 -type d -name '20??-??-??T*' -mtime "+$days" -exec rm -r {} +
