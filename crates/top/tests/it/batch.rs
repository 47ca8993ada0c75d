//! Many calls in one request.

use top::batch::{Batch, DEFAULT_SEPARATOR, MAX_CALLS};
use top::sign::sign;
use top::{Output, SignMethod, apis, gmt8};

use crate::wire::{CAP, Message, SECRET, fixture};

const NOW_MS: i64 = 1_451_620_800_000;

/// A signed batch as the Java SDK sends it.
fn message(body: &str) -> Message {
    let now = gmt8::text(NOW_MS);
    let base = format!("app_key12345678formatjsonsign_methodmd5timestamp{now}v2.0{body}");
    let sign = sign(SignMethod::Md5, SECRET.as_bytes(), base.as_bytes());
    let query = format!(
        "app_key=12345678&v=2.0&sign={sign}&timestamp={}&format=json&sign_method=md5",
        now.replace(' ', "+")
    );
    Message::post(&query, "text/plain;charset=UTF-8", body)
}

fn read(body: &str, separator: Option<&str>) -> Batch {
    let batch = Batch::read(&message(body).http(), separator, CAP).expect("a batch");
    assert_eq!(batch.request().authenticate(&[SECRET], NOW_MS, 0), Ok(()));
    batch
}

fn refused(body: &str) -> (u16, Option<String>) {
    let rejected = Batch::read(&message(body).http(), None, CAP).expect_err("no batch");
    assert_eq!(rejected.output, Output::JSON);
    (rejected.fault.code, rejected.fault.sub_code.map(String::from))
}

#[test]
fn the_captured_batch_shares_its_method() {
    let message = Message::captured(&fixture("36-java-batch.http"));
    let batch = Batch::read(&message.http(), None, CAP).unwrap();
    assert_eq!(batch.calls().len(), 2);
    for call in batch.calls() {
        assert_eq!(call.method(), Ok(apis::GROUP_COMMUNICATION.name));
        assert_eq!(call.app_key(), Ok("12345678"));
        assert_eq!(call.output(), Output::JSON);
    }
    let arguments = apis::GROUP_COMMUNICATION.arguments(&batch.calls()[0]).unwrap();
    let object = arguments.object("service_communication_request").unwrap();
    assert_eq!(object.text("staff_id"), Some("客服1"));
}

#[test]
fn a_call_overrides_what_is_shared_but_not_who_calls() {
    let batch = read(
        "#PUBLIC#method=a&session=s&x=1\r\n-S-\r\nN\r\n-S-\r\nmethod=b&session=t&app_key=9&format=xml&simplify=true\r\n-S-\r\nx=",
        None,
    );
    let seen: Vec<_> = batch
        .calls()
        .iter()
        .map(|call| (call.method().unwrap(), call.session().unwrap(), call.app_key().unwrap(), call.get("x")))
        .collect();
    assert_eq!(
        seen,
        [
            ("a", "s", "12345678", Some("1")),
            ("b", "t", "12345678", Some("1")),
            ("a", "s", "12345678", Some(""))
        ]
    );
    assert!(batch.calls().iter().all(|call| call.output() == Output::JSON));
}

#[test]
fn another_separator_for_calls_and_answers() {
    let batch = read("method=a&x=%7C%7C||method=b", Some("||"));
    assert_eq!(batch.calls().len(), 2);
    assert_eq!(batch.calls()[0].get("x"), Some("||"));
    let mut out = Vec::new();
    batch.join(["{1}", "{2}"], &mut out);
    assert_eq!(out, b"{1}||{2}");
}

#[test]
fn an_empty_separator_means_the_default() {
    let batch = read("method=a\r\n-S-\r\nmethod=b", Some(""));
    let mut out = Vec::new();
    batch.join(["1", "2"], &mut out);
    assert_eq!(out, format!("1{DEFAULT_SEPARATOR}2").as_bytes());
}

#[test]
fn a_call_without_a_method_fails_alone() {
    let batch = read("N\r\n-S-\r\nmethod=b", None);
    let codes: Vec<_> = batch.calls().iter().map(|call| call.method().map_err(|fault| fault.code)).collect();
    assert_eq!(codes, [Err(21), Ok("b")]);
}

#[test]
fn any_other_body_breaks_the_signature() {
    let mut message = message("method=taobao.time.get");
    message.body.push(b'&');
    let batch = Batch::read(&message.http(), None, CAP).unwrap();
    assert_eq!(batch.request().authenticate(&[SECRET], NOW_MS, 0).unwrap_err().code, 25);
}

#[test]
fn a_batch_has_at_least_one_call_and_at_most_twenty() {
    assert_eq!(MAX_CALLS, 20);
    assert_eq!(refused("").0, 21);
    assert_eq!(refused("#PUBLIC#method=a").0, 21);
    assert_eq!(read(&vec!["N"; 20].join(DEFAULT_SEPARATOR), None).calls().len(), 20);
    let shared = format!("#PUBLIC#method=a{DEFAULT_SEPARATOR}{}", vec!["N"; 20].join(DEFAULT_SEPARATOR));
    assert_eq!(read(&shared, None).calls().len(), 20);
    let many = vec!["N"; 21].join(DEFAULT_SEPARATOR);
    assert_eq!(refused(&many), (43, Some("isv.batch-too-many-calls".to_owned())));
}

#[test]
fn a_call_that_cannot_be_read_refuses_the_batch() {
    assert_eq!(refused("method=a\r\n-S-\r\nx=%ff").0, 47);
    assert_eq!(refused("#PUBLIC#x=%\r\n-S-\r\nN").0, 47);
}
