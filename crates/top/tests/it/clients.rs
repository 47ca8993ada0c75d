//! Requests of SDKs of which no capture is at hand, written as those SDKs write them.

use std::fmt::Write as _;

use top::SignMethod::{Hmac, HmacSha256, Md5};
use top::{Output, apis};

use crate::wire::{Message, SECRET, encode, signed};

const METHOD: &str = "alibaba.lyservice.group.group.communication";
const OBJECT: &str = "service_communication_request";
const NOW: &str = "2026-11-24 00:16:12";
const NOW_MS: i64 = 1_795_450_572_000;

fn borrowed<'a>(pairs: &'a [(&'a str, String)]) -> Vec<(&'a str, &'a str)> {
    pairs.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

#[test]
fn c_sends_multipart_always_and_seconds() {
    let json = r#"{"case_id":"123","tenant_id":"200110004","staff_id":"客服1"}"#;
    let pairs = signed(
        Md5,
        &[
            ("app_key", "12345678"),
            ("format", "json"),
            ("method", METHOD),
            ("partner_id", "topsdkcpp"),
            (OBJECT, json),
            ("sign_method", "md5"),
            ("timestamp", "1795450572"),
            ("v", "2.0"),
        ],
    );
    let boundary = "------------------------d74496d66958873e";
    let mut body = String::new();
    for (name, value) in &pairs {
        write!(body, "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
            .unwrap();
    }
    write!(body, "--{boundary}--\r\n").unwrap();
    let content_type = format!("multipart/form-data; boundary={boundary}");
    let request = Message::post("", &content_type, body).read();
    assert_eq!(request.authenticate(&[SECRET], NOW_MS, 600), Ok(()));
    let arguments = apis::GROUP_COMMUNICATION.arguments(&request).unwrap();
    let object = arguments.object(OBJECT).unwrap();
    assert_eq!(object.number("tenant_id"), Some(200_110_004));
    assert_eq!(object.text("staff_id"), Some("客服1"));
}

#[test]
fn dotnet_sends_everything_in_the_body_with_hmac_and_means_xml() {
    let pairs = signed(
        Hmac,
        &[
            (
                OBJECT,
                r#"{"case_id":"123","outer_type":"a b+c&d/é","staff_id":"客服1","tenant_id":200110004}"#,
            ),
            ("method", METHOD),
            ("v", "2.0"),
            ("sign_method", "hmac"),
            ("app_key", "12345678"),
            ("format", "xml"),
            ("partner_id", "top-sdk-net-20230831"),
            ("timestamp", NOW),
            ("session", "test"),
        ],
    );
    let request = Message::form(&encode(&borrowed(&pairs))).read();
    assert_eq!(request.authenticate(&[SECRET], NOW_MS, 600), Ok(()));
    assert_eq!((request.output(), request.session()), (Output::XML, Some("test")));
}

#[test]
fn new_go_sends_simplify_and_hmac_sha256() {
    let pairs = signed(
        HmacSha256,
        &[
            ("app_key", "12345678"),
            ("format", "json"),
            ("method", METHOD),
            ("partner_id", "new_go_sdk_20251217"),
            ("sign_method", "hmac-sha256"),
            ("simplify", "true"),
            ("timestamp", NOW),
            ("v", "2.0"),
            (OBJECT, r#"{"case_id":"123"}"#),
        ],
    );
    let pairs = borrowed(&pairs);
    let (body, query): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(name, _)| *name == OBJECT);
    let request = Message::post(&encode(&query), "application/x-www-form-urlencoded", encode(&body)).read();
    assert_eq!(request.authenticate(&[SECRET], NOW_MS, 600), Ok(()));
    assert_eq!(request.output(), Output::SIMPLE_JSON);
}

#[test]
fn taobaopyx_sends_everything_in_the_body_with_hmac() {
    let pairs = signed(
        Hmac,
        &[
            ("method", METHOD),
            ("app_key", "12345678"),
            ("sign_method", "hmac"),
            ("format", "json"),
            ("v", "2.0"),
            ("timestamp", NOW),
            (OBJECT, r#"{"case_id": "123"}"#),
            ("target_app_key", "87654321"),
            ("empty", ""),
        ],
    );
    let request = Message::post("", "application/x-www-form-urlencoded", encode(&borrowed(&pairs))).read();
    assert_eq!(request.authenticate(&[SECRET], NOW_MS, 600), Ok(()));
    assert_eq!(request.get("target_app_key"), Some("87654321"));
}

#[test]
fn php_memory_file_has_a_blank_after_the_quote_and_no_last_line_break() {
    let pairs = signed(
        Md5,
        &[
            ("app_key", "12345678"),
            ("format", "json"),
            ("method", METHOD),
            ("sign_method", "md5"),
            ("timestamp", NOW),
            ("v", "2.0"),
            ("title", "标题"),
        ],
    );
    let pairs = borrowed(&pairs);
    let query: Vec<_> = pairs.into_iter().filter(|(name, _)| *name != "title").collect();
    let mut body = b"--------abc\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n".to_vec();
    body.extend_from_slice("标题\r\n".as_bytes());
    body.extend_from_slice(
        b"--------abc\r\nContent-Disposition: form-data; name=\"img\"; filename=\"img\" \r\n\
          Content-Type: application/octet-stream\r\n\r\n\x89PNG\r\n\x1a\n\x00\xff\r\n--------abc--",
    );
    let request = Message::post(&encode(&query), "multipart/form-data; boundary=------abc", body).read();
    assert_eq!(request.authenticate(&[SECRET], NOW_MS, 600), Ok(()));
    assert_eq!((request.get("title"), request.get("img")), (Some("标题"), None));
}

#[test]
fn python_uploads_with_the_disposition_file() {
    let body = "--PYTHON_SDK_BOUNDARY\r\n\
                Content-Disposition: form-data; name=\"title\"\r\n\
                Content-Type: text/plain; charset=UTF-8\r\n\r\n标题\r\n\
                --PYTHON_SDK_BOUNDARY\r\n\
                Content-Disposition: file; name=\"img\"; filename=\"a.png\"\r\n\
                Content-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n\r\nPNG\r\n\
                --PYTHON_SDK_BOUNDARY--\r\n\r\n";
    let request = Message::post("", "multipart/form-data; boundary=PYTHON_SDK_BOUNDARY", body).read();
    assert_eq!(request.params().collect::<Vec<_>>(), [("title", "标题")]);
}

#[test]
fn old_sdks_name_no_sign_method_and_mean_md5() {
    let pairs = signed(Md5, &[("app_key", "12345678"), ("method", METHOD), ("timestamp", NOW), ("v", "2.0")]);
    let request = Message::get(&encode(&borrowed(&pairs))).read();
    assert_eq!(request.authenticate(&[SECRET], NOW_MS, 600), Ok(()));
    assert_eq!(request.output(), Output::XML);
}

#[test]
fn an_empty_parameter_may_be_signed_or_not() {
    let system = [
        ("app_key", "12345678"),
        ("method", METHOD),
        ("sign_method", "md5"),
        ("timestamp", NOW),
        ("v", "2.0"),
    ];
    for signed_pairs in [signed(Md5, &system), signed(Md5, &[&system[..], &[("x", "")]].concat())] {
        let mut pairs = borrowed(&signed_pairs);
        pairs.retain(|(name, _)| *name != "x");
        pairs.push(("x", ""));
        let request = Message::form(&encode(&pairs)).read();
        assert_eq!(request.authenticate(&[SECRET], NOW_MS, 600), Ok(()));
    }
}

#[test]
fn body_wins_over_query_and_the_last_of_equals_wins() {
    let form = "application/x-www-form-urlencoded";
    let request = Message::post("a=query&b=1&b=2&c=query", form, "a=body&d=1&d=2").read();
    assert_eq!(request.params().collect::<Vec<_>>(), [("a", "body"), ("b", "2"), ("c", "query"), ("d", "2")]);
}

#[test]
fn values_are_not_trimmed() {
    assert_eq!(Message::form("a=+1%20%0a").read().get("a"), Some(" 1 \n"));
}
