#!/usr/bin/env bash
# 客服一键拉群 with bash, curl and openssl.
#
#   export TOP_URL=http://127.0.0.1:7700/router/rest TOP_APP_KEY=12345678 TOP_SECRET=helloworld
#   ./create_group.sh CASE_ID STAFF_ID [OUTER_TYPE]
#
# Prints team_group_id, group_link and group_qr_code. Exit status: 0 done, 1 refused, 2 usage, 3 no good answer in time.
# TOP_SIGN_METHOD (default hmac-sha256, or md5) says how to sign.
# While openssl runs, who may list this machine's processes can read the secret: run this on a machine of your own.
set -euo pipefail
export LC_ALL=C # parameters are sorted as bytes

METHOD=alibaba.lyservice.group.group.communication
ATTEMPTS=3
TIMEOUT=10     # seconds; longer than the channel's patience, 3 by default
LONGEST_BAN=10 # seconds that an agent may be kept waiting

if [ $# -lt 2 ] || [ -z "${TOP_URL:-}" ] || [ -z "${TOP_APP_KEY:-}" ] || [ -z "${TOP_SECRET:-}" ]; then
  echo 'usage: TOP_URL=… TOP_APP_KEY=… TOP_SECRET=… create_group.sh CASE_ID STAFF_ID [OUTER_TYPE]' >&2
  exit 2
fi

# A text in JSON. Ids have no control characters, so quotes and backslashes are all there is to escape.
json() {
  local text=${1//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

request="{\"case_id\":$(json "$1"),\"staff_id\":$(json "$2")"
[ -z "${3:-}" ] || request+=",\"outer_type\":$(json "$3")"
[ -z "${TOP_TENANT_ID:-}" ] || request+=",\"tenant_id\":$TOP_TENANT_ID" # only for an app that may act for several tenants
request+='}'

# Name and value of every parameter, sorted by name, without separators; the digest in upper-case hex.
sign() {
  local text='' name
  for name in $(printf '%s\n' "${!params[@]}" | sort); do text+=$name${params[$name]}; done
  if [ "${params[sign_method]}" = md5 ]; then
    printf '%s' "$TOP_SECRET$text$TOP_SECRET" | openssl dgst -md5 -r
  else
    printf '%s' "$text" | openssl dgst -sha256 -hmac "$TOP_SECRET" -r
  fi | cut -d ' ' -f 1 | tr a-f A-F
}

# One signed call; prints the answer. Signed anew each time, for its timestamp is valid ten minutes.
call() {
  local -A params=(
    [method]=$METHOD [app_key]=$TOP_APP_KEY [v]=2.0 [format]=json [sign_method]=${TOP_SIGN_METHOD:-hmac-sha256}
    [timestamp]=$(TZ=UTC-8 date '+%Y-%m-%d %H:%M:%S') # GMT+8; POSIX writes that UTC-8
    [service_communication_request]=$request
  )
  params[sign]=$(sign)
  local arguments=() name
  for name in "${!params[@]}"; do arguments+=(--data-urlencode "$name=${params[$name]}"); done
  curl --silent --show-error --fail --connect-timeout 3 --max-time "$TIMEOUT" "${arguments[@]}" "$TOP_URL"
}

# A member of the answer, which is compact JSON in one line: member NAME
member() {
  sed -nE "s/.*\"$1\":(\"(([^\"\\\\]|\\\\.)*)\"|([^,\"}]+)).*/\2\4/p" <<<"$answer" | sed 's/\\\(["\/\\]\)/\1/g'
}

# What to do about a refusal; for all others sub_msg says it.
advise() {
  case $1 in
    25\ *) echo 'to do: check TOP_SECRET; an intermediary that rewrites parameters breaks signatures, too' ;;
    29\ *) echo 'to do: check TOP_APP_KEY, and that the app is switched on: laqun app show' ;;
    31\ *) echo "to do: set this machine's clock; timestamp must be in GMT+8" ;;
    *\ isv.permission-ip-whitelist-limit) echo "to do: have this machine's address allowed for the app" ;;
    *\ isv.tenant-not-exist) echo 'to do: check tenant_id, and that the app may act for it: laqun app grant' ;;
    *\ isv.staff-not-exist) echo 'to do: have the agent added: laqun staff add' ;;
    *\ isv.case-not-exist) echo 'to do: tell laqun of the ticket first: laqun ticket add' ;;
  esac
}

# A ticket has one group however often it is asked, so a call that may have failed is simply made again.
for ((attempt = 1; attempt <= ATTEMPTS; attempt++)); do
  pause=$((attempt))
  if answer=$(call); then
    code=$(member code)
    case $answer in
      '{"error_response":'*)
        sub_code=$(member sub_code)
        cause=$(member sub_msg)
        echo "error $code ${sub_code:--}: ${cause:-$(member msg)} (request_id $(member request_id))" >&2
        ban=$(sed -nE 's/.*last for ([0-9]{1,6}) more seconds.*/\1/p' <<<"$cause")
        if [ "$code" = 7 ] && [ -n "$ban" ] && [ "$ban" -le "$LONGEST_BAN" ]; then
          pause=$ban
        elif [[ $sub_code != isp.* ]]; then # isp.: the service failed, not the call
          advise "$code ${sub_code:--}" >&2
          exit 1
        fi
        ;;
      *'"success":true'*)
        for name in team_group_id group_link group_qr_code; do echo "$name $(member $name)"; done
        exit 0
        ;;
      *)
        echo "refused $code: $(member msg)" >&2
        exit 1
        ;;
    esac
  fi # else curl has said why there is no answer
  [ "$attempt" -eq "$ATTEMPTS" ] || sleep "$pause"
done
exit 3
