#!/usr/bin/env python3
"""Drives the unmodified PyPI package py-taobao-open (md5, epoch milliseconds, system parameters in the query).

Usage and output: see README.md beside this file.
"""
import json
import sys
from urllib.parse import urlsplit

import taobao_open
from taobao_open.api.base import RequestException, RestApi, TopException

COMMUNICATION = "alibaba.lyservice.group.group.communication"
SAMPLE = '{"case_id":"123","tenant_id":200110004,"staff_id":"123","outer_type":"111"}'


def report(line):
    sys.stdout.buffer.write((json.dumps(line, ensure_ascii=False) + "\n").encode("utf-8"))


def request_for(method, params, host, port):
    """An API class in the way the package's own generated ones are written."""

    class Request(RestApi):
        def __init__(self):
            RestApi.__init__(self, host, port)
            for name, value in params.items():
                setattr(self, name, value)

        def getapiname(self):
            return method

    return Request()


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
    sys.exit("usage: py_taobao_open.py BASE_URL APP_KEY SECRET SCENARIO [ARG...]")


def main():
    if len(sys.argv) < 5:
        sys.exit("usage: py_taobao_open.py BASE_URL APP_KEY SECRET SCENARIO [ARG...]")
    base_url, app_key, secret, scenario = sys.argv[1:5]
    method, params, key = plan(scenario, sys.argv[5:], secret)
    taobao_open.setDefaultAppInfo(app_key, key)
    where = urlsplit(base_url)
    try:
        answer = request_for(method, params, where.hostname, where.port or 80).getResponse()
    except TopException as error:
        report(
            {
                "ok": False,
                "code": error.errorcode,
                "msg": error.message,
                "sub_code": error.subcode,
                "sub_msg": error.submsg,
                # The package does not keep the request id; it keeps these two headers.
                "request_id": None,
                "application_host": error.application_host,
                "service_host": error.service_host,
            }
        )
        return 0
    except (RequestException, OSError, ValueError) as error:
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
