//! App, signature, permission and flow control: 7, 11, 24, 25, 28, 29.

use super::{HTML, NUL, SQL};
use crate::{
    bad_input::row::{
        Change::{self, App, Body, BodyToo, Header, Object, Path, QueryToo, Set, Sign, Without},
        Row, VALID, full, platform,
    },
    gateway::OBJECT,
};

pub(super) fn rows() -> Vec<Row> {
    [app(), signature(), duplicates(), permission()].concat()
}

fn app() -> Vec<Row> {
    let unknown =
        |name: &str, changes| full(name, changes, 29, "Invalid app Key", "isv.appkey-not-exists", "");
    let key = |name: &str, key: &str| unknown(name, vec![Set("app_key", key.into())]);
    vec![
        platform(28, "Missing app key", "no app_key", vec![Without("app_key")]),
        platform(28, "Missing app key", "an empty app_key", vec![Set("app_key", String::new())]),
        key("an app that there is not", "12345679"),
        key("a blank before the app_key", " 12345678"),
        key("an app_key beyond 2^53", "9007199254740993"),
        key("SQL as app_key", SQL),
        key("HTML as app_key", HTML),
        key("NUL in the app_key", "12345678\0"),
        key("an app_key of 10,000 characters", &"1".repeat(10_000)),
        unknown(
            "an unknown app is told so before its bad signature",
            vec![
                Set("app_key", "12345679".into()),
                Set("sign", "0".repeat(32)),
                Sign,
                Set("sign", "0".repeat(32)),
            ],
        ),
        unknown("the sample app behind a proxy", vec![Header("Forwarded", "for=192.0.2.1")]),
        unknown("the sample app, forwarded for somebody", vec![Header("X-Forwarded-For", "127.0.0.1")]),
    ]
}

fn signature() -> Vec<Row> {
    let bad = |name: &str, changes| platform(25, "Invalid signature", name, changes);
    let sign = |name: &str, value: &str| bad(name, vec![Sign, Set("sign", value.into())]);
    let method = |name: &str, method: &str| {
        let sub_msg = "sign_method 只能是 md5、hmac、hmac-sha256 (must be md5, hmac or hmac-sha256)";
        let changes = vec![Set("sign_method", method.into())];
        full(name, changes, 25, "Invalid signature", "isv.invalid-parameter:sign_method", sub_msg)
    };
    vec![
        platform(24, "Missing signature", "no sign", vec![Sign, Without("sign")]),
        platform(24, "Missing signature", "an empty sign", vec![Sign, Set("sign", String::new())]),
        sign("zeros for a sign", &"0".repeat(64)),
        sign("a sign that is too short", "ABCDEF"),
        sign("a sign that is no hex", &"客".repeat(64)),
        sign("SQL as sign", SQL),
        sign("HTML as sign", HTML),
        sign("NUL as sign", NUL),
        sign("a sign of 10,000 characters", &"A".repeat(10_000)),
        bad("an app's sign with another's secret", vec![App("20000001"), Set("app_key", "12345678".into())]),
        bad("a value changed on the way", vec![Sign, Object(VALID.replace("bad", "bat"))]),
        bad("a value that was not signed", vec![Sign, QueryToo("session", "x".into())]),
        bad("another sign_method than signed with", vec![Sign, Set("sign_method", "md5".into())]),
        bad(
            "a body of JSON that was not signed",
            vec![Sign, Body("application/json", VALID.as_bytes().to_vec())],
        ),
        bad(
            "a batch with another body than signed",
            vec![
                Path("/router/batch"),
                Body("text/plain", b"method=taobao.time.get".to_vec()),
                Without("method"),
                Sign,
                Body("text/plain", b"method=taobao.time.gets".to_vec()),
            ],
        ),
        method("a sign_method that there is not", "sha1"),
        method("SQL as sign_method", SQL),
        method("HTML as sign_method", HTML),
    ]
}

/// Of equal names the last counts, and the body over the query: whoever appends one breaks the signature.
fn duplicates() -> Vec<Row> {
    let bad = |name: &str, changes: Vec<Change>| platform(25, "Invalid signature", name, changes);
    vec![
        bad("a second object in the body", vec![Sign, BodyToo(OBJECT, VALID.replace("bad", "bat"))]),
        bad(
            "a body parameter over the query's",
            vec![Sign, BodyToo("v", "2.0".into()), BodyToo("session", "x".into())],
        ),
        platform(
            22,
            "Invalid method",
            "a second method in the query",
            vec![Sign, QueryToo("method", "taobao.time.gets".into())],
        ),
        platform(
            34,
            "Unsupported version",
            "a second version, signed",
            vec![QueryToo("v", "1.0".into()), Sign],
        ),
    ]
}

fn permission() -> Vec<Row> {
    vec![
        full(
            "an app whose allowed addresses are others",
            vec![App("20000005")],
            11,
            "Insufficient isv permissions",
            "isv.permission-ip-whitelist-limit",
            "The appkey 20000005 is not allowed to call from your ip 127.0.0.1",
        ),
        full(
            "an app that called too often",
            vec![App("20000004"), Set("method", "taobao.time.get".into())],
            7,
            "App Call Limited",
            "accesscontrol.limited-by-app-access-count",
            "This ban will last for 1 more seconds",
        )
        .until_refused(),
    ]
}
