//! What must hold for any input.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use top::apis::GROUP_COMMUNICATION;
use top::batch::Batch;
use top::client::{Call, read_answer};
use top::{Code, Fault, HttpRequest, Output, Request, SignMethod, Value, gmt8, render};

use crate::everything::EVERYTHING;
use crate::wire::{CAP, Message, SECRET, encode};

const NOW_MS: i64 = 1_451_620_800_000;

fn sign_method() -> impl Strategy<Value = SignMethod> {
    prop_oneof![Just(SignMethod::Md5), Just(SignMethod::Hmac), Just(SignMethod::HmacSha256)]
}

fn output() -> impl Strategy<Value = Output> {
    prop_oneof![Just(Output::XML), Just(Output::JSON), Just(Output::SIMPLE_JSON)]
}

/// Any characters, and those that are special somewhere more often than chance has it.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[\\PC\"'\\\\/<>&%+=\\r\\n\\t\u{0}\u{ffff}客😀]{0,20}"]
}

fn call(method: SignMethod, params: &BTreeMap<String, String>) -> Message {
    let mut call = Call::new("12345678", SECRET, "m", NOW_MS).sign_method(method);
    for (name, value) in params {
        call = call.param(name.as_str(), value.as_str());
    }
    let signed = call.sign();
    Message::post(&signed.query, signed.content_type, signed.body)
}

proptest! {
    #[test]
    fn what_the_client_signs_the_server_reads(
        method in sign_method(),
        params in btree_map("p_[a-z]{0,4}", text(), 0..6),
    ) {
        let request = call(method, &params).read();
        prop_assert_eq!(request.authenticate(&[SECRET], NOW_MS, 0), Ok(()));
        let read: BTreeMap<_, _> = request
            .params()
            .filter(|(name, _)| name.starts_with("p_"))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        prop_assert_eq!(read, params);
    }

    #[test]
    fn a_changed_value_is_refused(
        method in sign_method(),
        mut params in btree_map("p_[a-z]{0,4}", text(), 1..6),
        which in any::<prop::sample::Index>(),
        value in text(),
    ) {
        let genuine = call(method, &params);
        let name = params.keys().nth(which.index(params.len())).expect("one of them").clone();
        let before = params.insert(name, value.clone()).expect("it was there");
        prop_assume!(before != value);
        let forged = call(method, &params);
        // The genuine signature on another body.
        let message = Message { body: forged.body, ..genuine };
        prop_assert_eq!(message.read().authenticate(&[SECRET], NOW_MS, 0).map_err(|f| f.code), Err(25));
    }

    #[test]
    fn a_changed_byte_is_refused_or_means_the_same(
        method in sign_method(),
        params in btree_map("p_[a-z]{0,4}", ".{1,20}", 1..6),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let genuine = call(method, &params);
        let mut forged = genuine.clone();
        let at = at.index(forged.body.len());
        forged.body[at] = byte;
        let before = genuine.read();
        if let Ok(request) = Request::read(&forged.http(), CAP)
            && request.authenticate(&[SECRET], NOW_MS, 0).is_ok()
        {
            prop_assert!(request.params().eq(before.params()));
        }
    }

    #[test]
    fn nothing_panics(
        verb in prop_oneof![Just("GET"), Just("POST"), Just("PUT")],
        query in "([a-z_=&%+]|%[0-9a-f]{2}|\\PC|format=|sign=|timestamp=|v=2.0&){0,40}",
        content_type in prop_oneof![
            Just(""),
            Just("application/x-www-form-urlencoded"),
            Just("multipart/form-data; boundary=b"),
            Just("multipart/form-data; boundary=\""),
            Just("text/plain"),
        ],
        body in prop_oneof![vec(any::<u8>(), 0..200), multipart_like()],
        separator in option::of("\\PC{0,3}"),
    ) {
        let http = HttpRequest { verb, query: &query, content_type, body: &body };
        if let Ok(request) = Request::read(&http, CAP) {
            let _ = (request.method(), request.app_key(), request.output(), request.sign());
            let _ = request.authenticate(&[SECRET], NOW_MS, 600);
            let _ = GROUP_COMMUNICATION.arguments(&request);
        }
        if let Ok(batch) = Batch::read(&http, separator.as_deref(), CAP) {
            prop_assert!(!batch.calls().is_empty());
        }
        let _ = read_answer(&body);
    }

    #[test]
    fn no_argument_panics(name in "title|count|flag|since|names|ids|days|order|orders", value in json_like()) {
        let pairs = [("title", "t"), (name.as_str(), value.as_str())];
        let request = Message::form(&encode(&pairs)).read();
        if let Err(fault) = EVERYTHING.arguments(&request) {
            prop_assert!(fault.code == 40 || fault.code == 41);
        }
        let _ = read_answer(value.as_bytes());
    }

    #[test]
    fn json_arguments_go_round(case in text(), tenant in any::<i64>(), staff in option::of(text()), quoted: bool) {
        let tenant_json = if quoted { json!(tenant.to_string()) } else { json!(tenant) };
        let object = json!({"staff_id": staff, "tenant_id": tenant_json, "case_id": case, "more": [1, {"a": null}]});
        let object = object.to_string();
        let request = Message::form(&encode(&[("service_communication_request", &object)])).read();
        let arguments = GROUP_COMMUNICATION.arguments(&request).expect("well typed");
        let object = arguments.object("service_communication_request").expect("was sent");
        prop_assert_eq!(object.text("case_id"), Some(case.as_str()));
        prop_assert_eq!(object.number("tenant_id"), Some(tenant));
        prop_assert_eq!(object.text("staff_id"), staff.as_deref());
    }

    #[test]
    fn json_answers_say_what_the_value_says(note in text(), total: i64, names in vec(text(), 1..4), id in text()) {
        let value = Value::object([
            ("names", Value::list(names.clone())),
            ("total", total.into()),
            ("note", note.clone().into()),
        ]);
        let parse = |output: Output| -> Json {
            let mut out = Vec::new();
            render::answer(&EVERYTHING, &value, output, &id, &mut out);
            serde_json::from_slice(&out).expect("JSON")
        };
        let members = |names: Json| json!({"note": note, "total": total, "names": names, "request_id": id});
        prop_assert_eq!(parse(Output::SIMPLE_JSON), members(json!(names)));
        let wrapped = members(json!({"string": names}));
        prop_assert_eq!(parse(Output::JSON), json!({"laqun_test_everything_response": wrapped}));
    }

    #[test]
    fn answers_go_round(output in output(), note in text(), total: i64, ok: bool, names in vec(text(), 2..4)) {
        let value = Value::object([
            ("note", note.clone().into()),
            ("total", total.into()),
            ("ok", ok.into()),
            ("names", Value::list(names.clone())),
        ]);
        let mut out = Vec::new();
        render::answer(&EVERYTHING, &value, output, "id", &mut out);
        let answer = read_answer(&out).expect("an answer");
        let data = answer.outcome.expect("no fault");
        let shown = |text: &str| if output == Output::XML { in_xml(text) } else { text.to_owned() };
        prop_assert_eq!(data.text_at(&["note"]).expect("a note"), shown(&note));
        prop_assert_eq!(data.text_at(&["total"]).expect("a total"), total.to_string());
        prop_assert_eq!(data.text_at(&["ok"]).expect("a flag"), ok.to_string());
        let items = data.get("names").expect("names").items();
        let items: Vec<_> = items.into_iter().map(|item| item.text().expect("text").into_owned()).collect();
        prop_assert_eq!(items, names.iter().map(|name| shown(name)).collect::<Vec<_>>());
        prop_assert_eq!(answer.request_id.as_deref(), Some("id"));
    }

    #[test]
    fn faults_go_round(output in output(), at in any::<prop::sample::Index>(), sub in option::of((text(), text()))) {
        let mut fault = Fault::platform(Code::ALL[at.index(Code::ALL.len())]);
        if let Some((sub_code, sub_msg)) = sub {
            fault = fault.with_sub(sub_code, sub_msg);
        }
        let mut out = Vec::new();
        render::fault(&fault, output, "id", &mut out);
        if output != Output::XML {
            let framed = out.starts_with(b"{\"error_response\":") && out.ends_with(b"}}");
            prop_assert!(framed, "its frame is fixed");
        }
        let mut shown = fault;
        if output == Output::XML {
            shown.sub_code = shown.sub_code.map(|text| in_xml(&text).into());
            shown.sub_msg = shown.sub_msg.map(|text| in_xml(&text).into());
        }
        prop_assert_eq!(read_answer(&out).expect("an answer").outcome, Err(shown));
    }

    #[test]
    fn times_go_round(seconds in -62_167_248_000_i64..253_402_272_000) {
        prop_assert_eq!(gmt8::parse(&gmt8::text(seconds * 1_000)), Some(seconds * 1_000));
    }
}

/// What XML can show of a text.
fn in_xml(text: &str) -> String {
    let forbidden =
        |c: char| matches!(c, '\0'..'\t' | '\u{b}' | '\u{c}' | '\u{e}'..' ' | '\u{fffe}' | '\u{ffff}');
    text.chars().map(|c| if forbidden(c) { '\u{fffd}' } else { c }).collect()
}

const PIECES: &[&[u8]] = &[
    b"--b",
    b"--",
    b"\r\n",
    b"\n",
    b"Content-Disposition: form-data; name=\"a\"",
    b"Content-Disposition:file;name=\"a\\\"b\";filename=\"x\" ",
    b"Content-Disposition: x; name=; filename*=; name",
    b"\r\n-S-\r\n",
    b"#PUBLIC#",
    b"method=a&",
    b"N",
    b"\xff\"",
];

/// Pieces of multipart bodies and of batches in any order.
fn multipart_like() -> impl Strategy<Value = Vec<u8>> {
    vec(prop::sample::select(PIECES), 0..20).prop_map(|pieces| pieces.concat())
}

/// Pieces of JSON, Python and XML in any order.
fn json_like() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        "[\\[\\]{},:'\"\\\\u0-9.eLx<>/&;# -]{0,4}",
        Just("\"order_id\":1".to_owned()),
        Just("'buyer':u'x'".to_owned()),
        Just("{\"sku\":1}".to_owned()),
        Just("\\ud83d\\ude00".to_owned()),
        Just("<error_response>".to_owned()),
        Just("None".to_owned()),
        any::<String>(),
    ];
    vec(pieces, 0..12).prop_map(|pieces| pieces.concat())
}
