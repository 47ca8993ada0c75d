//! The error table, and the order in which things are checked.

use top::{Code, Fault, Format, HttpRequest, Output, Request};

use crate::wire::{CAP, Message, SECRET, encode, fixture};

#[test]
fn the_table_is_the_documented_one() {
    let table = String::from_utf8(fixture("codes.tsv")).unwrap();
    let mut lines = 0;
    for (line, code) in table.lines().zip(Code::ALL) {
        let parts: Vec<_> = line.split('\t').collect();
        assert_eq!(parts, [code.number().to_string().as_str(), code.message(), code.chinese()]);
        assert!(!code.remedy().is_empty() && !code.remedy_zh().is_empty());
        assert_eq!(Code::from_number(code.number()), Some(*code));
        lines += 1;
    }
    assert_eq!((lines, Code::ALL.len()), (table.lines().count(), lines));
    assert_eq!(Code::from_number(14), None);
}

/// What a request is refused with when everything that the library checks is checked in order.
fn first_fault(pairs: &[(&str, &str)]) -> u16 {
    let request = Message::form(&encode(pairs)).read();
    let now_ms = 1_451_620_800_000;
    request
        .method()
        .map(drop)
        .and_then(|()| request.app_key().map(drop))
        .and_then(|()| request.authenticate(&[SECRET], now_ms, 600))
        .map_or_else(|fault| fault.code, |()| 0)
}

#[test]
fn checks_come_in_the_documented_order() {
    let mut pairs: Vec<(&str, &str)> = vec![];
    for (expected, name, value) in [
        (21, "method", ""),
        (21, "method", "taobao.time.get"),
        (28, "app_key", ""),
        (28, "app_key", "12345678"),
        (32, "v", ""),
        (32, "v", "two"),
        (33, "v", "1.0"),
        (34, "v", "2.0"),
        (30, "format", "JSON"),
        (23, "format", "json"),
        (30, "timestamp", ""),
        (30, "timestamp", "2016-01-01 04:00:00"),
        (31, "timestamp", "2016-01-01 12:00:00"),
        (24, "sign", ""),
        (24, "sign", "00"),
        (25, "sign_method", "sha1"),
        (25, "sign_method", ""),
        (25, "sign", "D1A9CA1F4F4B0F2C9B8DC4A3CBA3F0E0"),
    ] {
        assert_eq!(first_fault(&pairs), expected, "{pairs:?}");
        pairs.push((name, value));
    }
    let sign = top::sign::sign(
        top::SignMethod::Md5,
        SECRET.as_bytes(),
        b"app_key12345678formatjsonmethodtaobao.time.getsign_methodtimestamp2016-01-01 12:00:00v2.0",
    );
    pairs.push(("sign", &sign));
    assert_eq!(first_fault(&pairs), 0);
}

#[test]
fn details_are_those_that_live_answers_carry() {
    for code in Code::ALL {
        let fault = Fault::platform(*code);
        let details = (fault.sub_code.as_deref(), fault.sub_msg.as_deref());
        let expected = match code {
            Code::MissingMethod => (None, Some("http传入的参数加入method字段")),
            Code::InvalidAppKey => (Some("isv.appkey-not-exists"), None),
            _ => (None, None),
        };
        assert_eq!(details, expected, "{code:?}");
    }
}

#[test]
fn an_unknown_sign_method_says_so() {
    let request = Message::form("sign=0&sign_method=sha1").read();
    let fault = request.check_signature(&[SECRET]).unwrap_err();
    assert_eq!((fault.code, fault.sub_code.as_deref()), (25, Some("isv.invalid-parameter:sign_method")));
}

#[test]
fn faults_speak_for_themselves() {
    let fault = Fault::business(15, "isp.remote-service-timeout", "慢");
    assert_eq!(fault.to_string(), "15 Remote service error; isp.remote-service-timeout; 慢");
    assert!(fault.is_retryable());
    let limit = Fault::call_limited(top::sub_code::APP_LIMIT, 41);
    assert_eq!(limit.sub_msg.as_deref(), Some("This ban will last for 41 more seconds"));
    assert!(!limit.is_retryable());
    assert_eq!(Fault::missing_argument("x").to_string(), "40 Missing required arguments:x");
}

#[test]
fn only_get_and_post_in_upper_case() {
    for verb in ["PUT", "DELETE", "HEAD", "OPTIONS", "post", "get", ""] {
        assert_eq!(Message { verb: verb.into(), ..Message::get("method=x") }.refused(), 9, "{verb}");
    }
}

#[test]
fn the_cap_counts_query_and_body_and_is_inclusive() {
    let message = Message::post("a=1", "", "b=2");
    assert!(Request::read(&message.http(), 6).is_ok());
    let fault = Request::read(&message.http(), 5).unwrap_err().fault;
    assert_eq!((fault.code, fault.msg.as_ref()), (43, "Parameter error"));
    assert_eq!(fault.sub_code.as_deref(), Some("isv.request-too-large"));
}

#[test]
fn bad_encoding_is_refused_in_the_format_asked_for() {
    let read = |message: &Message| {
        let rejected = Request::read(&message.http(), CAP).expect_err("unreadable");
        (rejected.fault.code, rejected.output)
    };
    let form = "application/x-www-form-urlencoded";
    assert_eq!(read(&Message::post("format=json", form, "a=%zz")), (47, Output::JSON));
    assert_eq!(read(&Message::post("", form, "a=%ff&format=json&simplify=true")), (47, Output::SIMPLE_JSON));
    assert_eq!(read(&Message::post("a=%f", form, "")), (47, Output::XML));
    let multipart = b"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\xff\r\n--b--".to_vec();
    let message = Message::post("format=json", "multipart/form-data; boundary=b", multipart);
    assert_eq!(read(&message), (47, Output::JSON));
}

#[test]
fn a_multipart_body_without_end_or_boundary_is_refused() {
    for (content_type, body) in [
        ("multipart/form-data", "--b--"),
        ("multipart/form-data; boundary=b", "x"),
        ("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1"),
    ] {
        let fault = Request::read(&Message::post("", content_type, body).http(), CAP).unwrap_err().fault;
        assert_eq!((fault.code, fault.sub_code.as_deref()), (43, Some("isv.invalid-multipart")));
    }
}

#[test]
fn a_file_name_that_is_not_utf_8_does_no_harm() {
    let body =
        b"--b\r\nContent-Disposition: form-data; name=\"img\"; filename=\"\xc4\xe3.png\"\r\n\r\n\xff\r\n\
                 --b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b--"
            .to_vec();
    let request = Message::post("", "multipart/form-data; boundary=b", body).read();
    assert_eq!(request.params().collect::<Vec<_>>(), [("a", "1")]);
}

#[test]
fn any_skew_and_any_clock_will_do() {
    let request = Message::form("v=2.0&timestamp=1451620800000").read();
    for now in [i64::MIN, 0, i64::MAX] {
        for skew in [0, 1 << 53, u64::MAX] {
            // The timestamp is accepted or not, and then the signature is missing.
            let code = request.authenticate(&[SECRET], now, skew).unwrap_err().code;
            let far = now.abs_diff(1_451_620_800_000) > skew.saturating_mul(1_000);
            assert_eq!(code, if far { 31 } else { 24 }, "{now} {skew}");
        }
    }
}

#[test]
fn only_the_literal_true_simplifies_and_only_json() {
    let output = |query: &str| Message::get(query).read().output();
    assert_eq!(output("format=json&simplify=true"), Output::SIMPLE_JSON);
    for not in ["1", "True", "TRUE", "yes", "", "false"] {
        assert_eq!(output(&format!("format=json&simplify={not}")), Output::JSON, "{not}");
    }
    assert_eq!(output("format=xml&simplify=true"), Output::XML);
    assert_eq!(output("simplify=true").format, Format::Xml);
    assert_eq!(output("format=json2").format, Format::Xml);
}

#[test]
fn a_body_of_another_type_is_kept_raw_and_signed() {
    let message = Message::post("a=1", "application/json;charset=utf-8", "{\"b\":2}");
    let request = message.read();
    assert_eq!(request.params().collect::<Vec<_>>(), [("a", "1")]);
    assert_eq!(request.base_string(top::sign::Empties::Kept), b"a1{\"b\":2}");
    let none = HttpRequest { content_type: "", ..message.http() };
    assert_eq!(Request::read(&none, CAP).unwrap().raw_body(), b"");
}
