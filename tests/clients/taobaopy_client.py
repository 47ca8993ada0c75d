#!/usr/bin/env python3
"""Drives the unmodified PyPI package taobaopy (hmac, everything in the body, gzip, Connection: close).

It asks again, up to five times, for some `isp.` and `ism.` sub-codes.
Usage and output: see README.md beside this file.
"""
import json
import sys

import requests
from taobaopy.taobao import TaoBaoAPIClient, TaoBaoAPIError

COMMUNICATION = "alibaba.lyservice.group.group.communication"
SAMPLE = '{"case_id":"123","tenant_id":200110004,"staff_id":"123","outer_type":"111"}'
USAGE = "usage: taobaopy_client.py BASE_URL APP_KEY SECRET SCENARIO [ARG...]"


def report(line):
    sys.stdout.buffer.write((json.dumps(line, ensure_ascii=False) + "\n").encode("utf-8"))


def attribute(method):
    """The attribute name by which the package is asked for a method."""
    first, rest = method.split(".", 1)
    rest = rest.replace(".", "_")
    return rest if first == "taobao" else first + "__" + rest


def plan(scenario, args, secret):
    if scenario in ("communication", "error", "business-error"):
        text = args[0] if args else SAMPLE
        if scenario == "business-error" and not args:
            text = json.dumps({**json.loads(SAMPLE), "staff_id": "no-such-staff"})
        key = secret + "-wrong" if scenario == "error" else secret
        return COMMUNICATION, {"service_communication_request": text}, key
    if scenario == "time":
        return "taobao.time.get", {}, secret
    if scenario == "call":
        return args[0], json.loads(args[1]) if len(args) > 1 else {}, secret
    if scenario == "xml":
        report({"ok": False, "unsupported": True, "msg": "this client reads JSON only"})
        sys.exit(4)
    sys.exit(USAGE)


def main():
    if len(sys.argv) < 5:
        sys.exit(USAGE)
    base_url, app_key, secret, scenario = sys.argv[1:5]
    method, params, key = plan(scenario, sys.argv[5:], secret)
    client = TaoBaoAPIClient(app_key, key, domain=base_url)
    try:
        answer = getattr(client, attribute(method))(**params)
    except TaoBaoAPIError as error:
        if error.sub_code == "ism.json-decode-error":
            report({"ok": False, "transport": True, "msg": error.sub_msg})
            return 3
        report(
            {
                "ok": False,
                "code": error.code,
                "msg": error.msg or None,
                "sub_code": error.sub_code or None,
                "sub_msg": error.sub_msg or None,
                "request_id": error.request_id or None,
                "client_message": str(error),
            }
        )
        return 0
    except requests.RequestException as error:
        report({"ok": False, "transport": True, "msg": repr(error)})
        return 3
    root = method.removeprefix("taobao.").replace(".", "_") + "_response"
    fields = dict(answer[root])
    request_id = fields.pop("request_id", None)
    result = fields["result"] if list(fields) == ["result"] else fields
    report({"ok": True, "result": result, "request_id": request_id})
    return 0


if __name__ == "__main__":
    sys.exit(main())
