#!/usr/bin/env bash
# A TOP call with nothing but curl and openssl: md5, hmac, hmac-sha256; JSON and XML; GET, POST, multipart.
# Python's standard library only turns the raw answer into the common output line; the raw answer is in it too.
# Usage and output: see README.md beside this file.
set -euo pipefail
export LC_ALL=C TZ=Asia/Shanghai

usage() {
  echo 'usage: top_curl.sh BASE_URL APP_KEY SECRET SCENARIO [ARG...] [OPTION=VALUE...]' >&2
  echo '  options: sign_method=md5|hmac|hmac-sha256 format=json|xml http=POST|GET|MULTIPART|SPLIT' >&2
  echo '           simplify=true session=... gzip=true timestamp=... path=/router/rest' >&2
  exit 2
}

[ $# -ge 4 ] || usage
base_url=$1 app_key=$2 secret=$3 scenario=$4
shift 4

declare -A option=([sign_method]=md5 [format]=json [http]=POST [simplify]='' [session]='' [gzip]='' [path]=/router/rest)
option[timestamp]=$(date '+%Y-%m-%d %H:%M:%S')
args=()
for arg in "$@"; do
  if [[ $arg =~ ^([a-z_]+)=(.*)$ ]]; then option[${BASH_REMATCH[1]}]=${BASH_REMATCH[2]}; else args+=("$arg"); fi
done

communication=alibaba.lyservice.group.group.communication
sample='{"case_id":"123","tenant_id":200110004,"staff_id":"123","outer_type":"111"}'
method=$communication
declare -A business=()
case $scenario in
  communication) business[service_communication_request]=${args[0]:-$sample} ;;
  xml)
    business[service_communication_request]=${args[0]:-$sample}
    option[format]=xml
    ;;
  business-error)
    business[service_communication_request]=${args[0]:-${sample/\"staff_id\":\"123\"/\"staff_id\":\"no-such-staff\"}}
    ;;
  error)
    business[service_communication_request]=${args[0]:-$sample}
    secret+=-wrong
    ;;
  time) method=taobao.time.get ;;
  call)
    [ ${#args[@]} -ge 1 ] || usage
    method=${args[0]}
    # `call METHOD NAME VALUE NAME VALUE…`: a shell has no JSON.
    for ((i = 1; i + 1 < ${#args[@]}; i += 2)); do business[${args[i]}]=${args[i + 1]}; done
    ;;
  *) usage ;;
esac

declare -A system=(
  [method]=$method [app_key]=$app_key [timestamp]=${option[timestamp]} [v]=2.0
  [sign_method]=${option[sign_method]} [format]=${option[format]} [partner_id]=apidoc
)
[ -z "${option[simplify]}" ] || system[simplify]=${option[simplify]}
[ -z "${option[session]}" ] || system[session]=${option[session]}

# Sorted by name in byte order, name and value joined without separators.
base=''
while IFS= read -r name; do
  base+=$name${system[$name]-${business[$name]-}}
done < <(printf '%s\n' "${!system[@]}" "${!business[@]}" | sort)

digest() { openssl dgst "$@" -r | cut -d' ' -f1 | tr 'a-f' 'A-F'; }
case ${option[sign_method]} in
  md5) sign=$(printf '%s' "$secret$base$secret" | digest -md5) ;;
  hmac) sign=$(printf '%s' "$base" | digest -md5 -hmac "$secret") ;;
  hmac-sha256) sign=$(printf '%s' "$base" | digest -sha256 -hmac "$secret") ;;
  *) usage ;;
esac
system[sign]=$sign

url=$base_url${option[path]}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
curl_args=(--silent --show-error --max-time 60 --noproxy '*' --output "$scratch/body"
  --write-out '%{http_code} %{content_type}')
[ -z "${option[gzip]}" ] || curl_args+=(--compressed)

urlencode() {
  # One curl for one value would be slow; this is the plain rule on bytes.
  local text=$1 out='' byte i
  for ((i = 0; i < ${#text}; i++)); do
    byte=${text:i:1}
    case $byte in
      [A-Za-z0-9._~-]) out+=$byte ;;
      *)
        printf -v byte '%%%02X' "'$byte"
        out+=%${byte: -2}
        ;;
    esac
  done
  printf '%s' "$out"
}

case ${option[http]} in
  GET | POST)
    [ "${option[http]}" = POST ] || curl_args+=(--get)
    curl_args+=(--header 'Content-Type: application/x-www-form-urlencoded;charset=utf-8')
    for name in "${!system[@]}"; do curl_args+=(--data-urlencode "$name=${system[$name]}"); done
    for name in "${!business[@]}"; do curl_args+=(--data-urlencode "$name=${business[$name]}"); done
    ;;
  MULTIPART)
    for name in "${!system[@]}"; do curl_args+=(--form-string "$name=${system[$name]}"); done
    for name in "${!business[@]}"; do curl_args+=(--form-string "$name=${business[$name]}"); done
    ;;
  SPLIT)
    # As the Java and PHP SDKs do: system parameters in the query, business parameters in the body.
    query=''
    for name in "${!system[@]}"; do query+="&$name=$(urlencode "${system[$name]}")"; done
    url+="?${query#&}"
    if [ ${#business[@]} -eq 0 ]; then curl_args+=(--data ''); fi
    for name in "${!business[@]}"; do curl_args+=(--data-urlencode "$name=${business[$name]}"); done
    ;;
  *) usage ;;
esac

status=0
meta=$(curl "${curl_args[@]}" "$url" 2>"$scratch/error") || status=$?
if [ "$status" -ne 0 ]; then
  printf '{"ok":false,"transport":true,"msg":"curl exit %s"}\n' "$status"
  cat "$scratch/error" >&2
  exit 3
fi

python3 - "$scratch/body" "$meta" "$method" "${option[format]}" "${option[simplify]}" <<'PY'
import json
import sys
import xml.etree.ElementTree as ET

path, meta, method, form, simplify = sys.argv[1:6]
status, _, content_type = meta.partition(" ")
raw = open(path, "rb").read().decode("utf-8")
about = {"http_status": int(status), "content_type": content_type, "body": raw}


def finish(line, code=0):
    sys.stdout.buffer.write((json.dumps({**line, **about}, ensure_ascii=False) + "\n").encode("utf-8"))
    sys.exit(code)


def value(element):
    return {child.tag: value(child) for child in element} if len(element) else element.text or ""


try:
    if form == "xml":
        element = ET.fromstring(raw)
        root, fields = element.tag, value(element)
    else:
        document = json.loads(raw)
        if "error_response" not in document and simplify.lower() == "true":
            root, fields = None, document
        else:
            ((root, fields),) = document.items()
    fields = dict(fields)
except (ValueError, ET.ParseError) as error:
    finish({"ok": False, "transport": True, "msg": repr(error)}, 3)
about["root"] = root
request_id = fields.pop("request_id", None)
if root == "error_response":
    names = ("code", "msg", "sub_code", "sub_msg")
    error = {name: fields.get(name) for name in names}
    if form == "xml":
        error["code"] = int(error["code"])
    finish({"ok": False, **error, "request_id": request_id})
expected = method.removeprefix("taobao.").replace(".", "_") + "_response"
result = fields["result"] if list(fields) == ["result"] else fields
finish({"ok": root in (None, expected), "result": result, "request_id": request_id})
PY
