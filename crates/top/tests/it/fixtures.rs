//! Every request captured from a real SDK, with the clock of its capture.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use top::batch::Batch;
use top::{Request, gmt8};

use crate::wire::{CAP, Message, SECRET, fixture};

pub(crate) struct Fixture {
    pub(crate) file: String,
    pub(crate) message: Message,
    pub(crate) entry: Json,
}

impl Fixture {
    /// When it was sent, read by the test itself.
    pub(crate) fn now_ms(&self) -> i64 {
        let text = self.entry["timestamp"].as_str().expect("a timestamp");
        text.parse().unwrap_or_else(|_| gmt8::parse(text).expect("a time in GMT+8"))
    }

    pub(crate) fn is_batch(&self) -> bool {
        self.entry["request_line"].as_str().expect("a request line").ends_with("/router/batch")
    }

    pub(crate) fn request(&self) -> Request {
        if self.is_batch() {
            Batch::read(&self.message.http(), None, CAP).expect("a batch").request().clone()
        } else {
            self.message.read()
        }
    }

    pub(crate) fn valid(&self) -> bool {
        !self.entry["sign_valid_as"].as_array().expect("a list").is_empty()
    }
}

/// All of them but 03, which cannot be read.
pub(crate) fn all() -> Vec<Fixture> {
    let index: Vec<Json> = serde_json::from_slice(&fixture("index.json")).expect("an index");
    let readable = index.into_iter().filter(|entry| !entry["timestamp"].is_null());
    let fixtures: Vec<_> = readable
        .map(|entry| {
            let file = entry["file"].as_str().expect("a file").to_owned();
            Fixture { message: Message::captured(&fixture(&file)), file, entry }
        })
        .collect();
    assert_eq!(fixtures.len(), 42);
    fixtures
}

#[test]
fn parameters_are_those_that_were_sent() {
    for fixture in all() {
        let mut expected = BTreeMap::new();
        for list in ["query_params", "body_params"] {
            for pair in fixture.entry[list].as_array().expect("a list") {
                expected.insert(pair[0].as_str().expect("a name"), pair[1].as_str().expect("a value"));
            }
        }
        let request = fixture.request();
        let found: BTreeMap<_, _> = request.params().collect();
        assert_eq!(found, expected, "{}", fixture.file);
        assert_eq!(request.raw_body(), fixture.entry["raw_body"].as_str().expect("text").as_bytes());
    }
}

#[test]
fn signatures_hold_exactly_where_they_should() {
    for fixture in all() {
        let outcome = fixture.request().authenticate(&[SECRET], fixture.now_ms(), 600);
        if fixture.valid() {
            assert_eq!(outcome, Ok(()), "{}", fixture.file);
        } else {
            assert_eq!(outcome.expect_err("a bad signature").code, 25, "{}", fixture.file);
        }
    }
}

#[test]
fn the_clock_may_differ_by_the_skew_and_no_more() {
    for fixture in all().into_iter().filter(Fixture::valid) {
        let (request, now) = (fixture.request(), fixture.now_ms());
        let at = |ms: i64| request.authenticate(&[SECRET], ms, 600).map_err(|fault| fault.code);
        assert_eq!((at(now - 600_000), at(now + 600_000)), (Ok(()), Ok(())), "{}", fixture.file);
        assert_eq!((at(now - 600_001), at(now + 600_001)), (Err(31), Err(31)), "{}", fixture.file);
    }
}

#[test]
fn only_the_right_secret_among_those_that_count() {
    for fixture in all().into_iter().filter(Fixture::valid) {
        let (request, now) = (fixture.request(), fixture.now_ms());
        let with = |secrets: &[&str]| request.authenticate(secrets, now, 0).map_err(|fault| fault.code);
        assert_eq!(with(&["new", SECRET]), Ok(()), "{}", fixture.file);
        assert_eq!(with(&[SECRET, "new"]), Ok(()), "{}", fixture.file);
        assert_eq!(with(&["helloworle", "elloworld", ""]), Err(25), "{}", fixture.file);
        assert_eq!(with(&[]), Err(25), "{}", fixture.file);
    }
}

#[test]
fn a_put_is_refused_with_code_9_in_xml() {
    let message = Message::captured(&fixture("03-npm-node-taobao-topclient-put-json.http"));
    let rejected = Request::read(&message.http(), CAP).expect_err("a PUT");
    assert_eq!((rejected.fault.code, rejected.output), (9, top::Output::XML));
}

#[test]
fn each_asks_for_its_own_output() {
    for fixture in all() {
        let expected = match fixture.file.as_str() {
            name if name.contains("xml") => top::Output::XML,
            name if name.contains("-simplify-") => top::Output::SIMPLE_JSON,
            _ => top::Output::JSON,
        };
        assert_eq!(fixture.request().output(), expected, "{}", fixture.file);
    }
}

#[test]
fn the_object_reads_the_same_from_every_sdk() {
    let mut read = 0;
    for fixture in all() {
        let request = fixture.request();
        if request.get("service_communication_request").is_none_or(|text| !text.contains("outer_type")) {
            continue;
        }
        let arguments = top::apis::GROUP_COMMUNICATION.arguments(&request).expect("well typed");
        let object = arguments.object("service_communication_request").expect("an object");
        assert_eq!(object.text("case_id"), Some("123"), "{}", fixture.file);
        assert_eq!(object.text("staff_id"), Some("客服1"), "{}", fixture.file);
        assert_eq!(object.text("outer_type"), Some("a b+c&d/é"), "{}", fixture.file);
        let tenant = (!fixture.file.contains("npm-taobao-")).then_some(200_110_004);
        assert_eq!(object.number("tenant_id"), tenant, "{}", fixture.file);
        read += 1;
    }
    assert!(read > 25, "only {read} requests had the object");
}
