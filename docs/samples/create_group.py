#!/usr/bin/env python3
"""客服一键拉群 with Python 3.8 or later and nothing but its standard library.

  export TOP_URL=http://127.0.0.1:7700/router/rest TOP_APP_KEY=12345678 TOP_SECRET=helloworld
  python3 create_group.py CASE_ID STAFF_ID [OUTER_TYPE]

Prints team_group_id, group_link and group_qr_code. Exit status: 0 done, 1 refused, 2 usage, 3 no good answer in time.
TOP_SIGN_METHOD (default hmac-sha256, or md5) says how to sign.
"""
import hashlib
import hmac
import json
import os
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timedelta, timezone

METHOD = "alibaba.lyservice.group.group.communication"
ATTEMPTS = 3
TIMEOUT = 10  # seconds; longer than the channel's patience, 3 by default
LONGEST_BAN = 10  # seconds that an agent may be kept waiting

# What to do about a refusal; for all others sub_msg says it.
ADVICE = {
    "25": "check TOP_SECRET; an intermediary that rewrites parameters breaks signatures, too",
    "29": "check TOP_APP_KEY, and that the app is switched on: laqun app show",
    "31": "set this machine's clock; timestamp must be in GMT+8",
    "isv.permission-ip-whitelist-limit": "have this machine's address allowed for the app",
    "isv.tenant-not-exist": "check tenant_id, and that the app may act for it: laqun app grant",
    "isv.staff-not-exist": "have the agent added: laqun staff add",
    "isv.case-not-exist": "tell laqun of the ticket first: laqun ticket add",
}


def sign(params, secret):
    """Upper-case hex over name and value of every parameter, sorted by name, without separators, in UTF-8."""
    text = "".join(name + params[name] for name in sorted(params)).encode("utf-8")
    key = secret.encode("utf-8")
    if params["sign_method"] == "md5":
        return hashlib.md5(key + text + key).hexdigest().upper()
    return hmac.new(key, text, hashlib.sha256).hexdigest().upper()


def call(url, app_key, secret, request):
    """One signed call; the answer's document. Signed anew each time, for its timestamp is valid ten minutes."""
    params = {
        "method": METHOD,
        "app_key": app_key,
        "timestamp": datetime.now(timezone(timedelta(hours=8))).strftime("%Y-%m-%d %H:%M:%S"),
        "v": "2.0",
        "format": "json",
        "sign_method": os.environ.get("TOP_SIGN_METHOD", "hmac-sha256"),
        "service_communication_request": json.dumps(request, ensure_ascii=False),
    }
    params["sign"] = sign(params, secret)
    body = urllib.parse.urlencode(params).encode("ascii")  # percent-encodes UTF-8
    post = urllib.request.Request(url, body, {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"})
    with urllib.request.urlopen(post, timeout=TIMEOUT) as answer:
        return json.loads(answer.read().decode("utf-8"))


def pause_before_retry(error, attempt):
    """Seconds to wait, or None where asking again is of no use. A ticket has one group however often it is asked."""
    if error.get("sub_code", "").startswith("isp."):  # the service failed, not the call
        return 0.5 * 2**attempt
    ban = re.search(r"last for (\d+) more seconds", error.get("sub_msg", "")) if error["code"] == 7 else None
    return int(ban.group(1)) if ban and int(ban.group(1)) <= LONGEST_BAN else None


def main():
    if len(sys.argv) not in (3, 4) or not all(os.environ.get(n) for n in ("TOP_URL", "TOP_APP_KEY", "TOP_SECRET")):
        print(__doc__, file=sys.stderr)
        return 2
    request = dict(zip(("case_id", "staff_id", "outer_type"), sys.argv[1:]))
    if os.environ.get("TOP_TENANT_ID"):  # needed only by an app that may act for several tenants
        request["tenant_id"] = int(os.environ["TOP_TENANT_ID"])
    for attempt in range(ATTEMPTS):
        last = attempt + 1 == ATTEMPTS
        try:
            document = call(os.environ["TOP_URL"], os.environ["TOP_APP_KEY"], os.environ["TOP_SECRET"], request)
        except (OSError, ValueError) as failure:  # no connection, no answer in time, not TOP's JSON
            print(f"no answer: {failure}", file=sys.stderr)
            if last:
                return 3
            time.sleep(0.5 * 2**attempt)
            continue
        error = document.get("error_response")
        if error is None:
            result = document[METHOD.replace(".", "_") + "_response"]["result"]
            if not result["success"]:
                print(f"refused {result['code']}: {result['msg']}", file=sys.stderr)
                return 1
            for name in ("team_group_id", "group_link", "group_qr_code"):
                print(name, result["data"][name])
            return 0
        code, sub_code = str(error["code"]), error.get("sub_code", "-")
        cause = error.get("sub_msg", error["msg"])
        print(f"error {code} {sub_code}: {cause} (request_id {error.get('request_id')})", file=sys.stderr)
        pause = pause_before_retry(error, attempt)
        if pause is None:
            advice = ADVICE.get(sub_code) or ADVICE.get(code)
            if advice:
                print(f"to do: {advice}", file=sys.stderr)
            return 1
        if not last:
            time.sleep(pause)
    return 3


if __name__ == "__main__":
    sys.exit(main())
