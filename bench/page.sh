#!/usr/bin/env bash
# The customer's page in Chromium as a phone on 4G has it: bench/results/page.json, and with it bench/RESULTS.md.
#   bench/page.sh [--rounds 5]
# Each round is a new group and a browser without a cache: 9 Mbit/s down, 1.5 Mbit/s up, 60 ms more for each answer, a
# processor four times slower. Needs Chromium and what tests/setup/clients.sh installs (LAQUN_TEST_CLIENTS, default
# tests/.work/clients).

# shellcheck disable=SC2034,SC2154 # what measure.sh shares
set -euo pipefail
name=page
# shellcheck source=/dev/null
source "$(dirname "${BASH_SOURCE[0]}")/measure.sh"

rounds=5
while [ $# -gt 0 ]; do
  [ $# -ge 2 ] || usage 6
  case $1 in
    --rounds) rounds=$2 ;;
    *) usage 6 ;;
  esac
  shift 2
done
export LAQUN_TEST_CLIENTS=${LAQUN_TEST_CLIENTS:-$root/tests/.work/clients}
[ -d "$LAQUN_TEST_CLIENTS/browser" ] || "$root/tests/setup/clients.sh" "$LAQUN_TEST_CLIENTS"
chromium=$("${LAQUN_TEST_CHROMIUM:-chromium}" --version | cut -d' ' -f1,2)
programs="$(rustc --version | cut -d' ' -f1,2), $chromium, laqun as a release build on SQLite"

begin
limits='{"latency":60,"down":9000000,"up":1500000,"slower":4}'
seed "$scratch/data"
start_laqun "$scratch/data"
url=http://127.0.0.1:$laqun_port
for round in $(seq 1 "$rounds"); do
  # No case_id twice: a group of its own each round, and the demo's tenant, staff and channel.
  request=$(jq -nc --arg case "page-$$-$round" '{case_id: $case, tenant_id: 200110004, staff_id: "123", outer_type: "111"}')
  data=$("$bin" call alibaba.lyservice.group.group.communication --url "$url" "service_communication_request=$request" |
    jq -c '.. | objects | select(has("group_link"))')
  plan=$(jq -nc --arg url "$url" --arg shots "$scratch" --argjson data "$data" --argjson limits "$limits" \
    '{url: $url, screenshots: $shots, link: $data.group_link, customer: ($data.group_qr_code | sub("/qr.png$"; "")), limits: $limits}')
  sample "$(node "$root/tests/browser/perf.mjs" "$plan" | jq -c --argjson round "$round" '{round: $round} + .')"
done
stop "$laqun_pid"
finish "$rounds visits, each a browser without cache: 9 Mbit/s down, 1.5 Mbit/s up, 60 ms more for each answer (sockets are not slowed), processor 4 times slower; server and both browsers on the same cores"
