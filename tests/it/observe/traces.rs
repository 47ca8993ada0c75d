//! Traces by OTLP: a click, read back from what a collector was sent.

use std::{collections::HashMap, sync::Arc};

use axum::{Router, body::Bytes, extract::State, routing::post};
use parking_lot::Mutex;
use serde_json::json;
use tokio::{
    net::TcpListener,
    time::{Instant, sleep},
};
use top::{Output, client};

use super::DEADLINE;
use crate::harness::{Answer, Engine, METHOD, Server, now_ms};

/// A span as it arrived.
#[derive(Debug, Clone, Default)]
struct Span {
    trace: Vec<u8>,
    id: Vec<u8>,
    parent: Vec<u8>,
    name: String,
    kind: u64,
    began: u64,
    ended: u64,
    attributes: HashMap<String, String>,
    status: u64,
}

/// One field of a protobuf message: its number, and its value as number or as bytes.
fn fields(mut bytes: &[u8]) -> Vec<(u64, u64, &[u8])> {
    fn varint(bytes: &mut &[u8]) -> u64 {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = bytes[0];
            *bytes = &bytes[1..];
            value |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                return value;
            }
        }
    }
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes);
        let length = match tag & 7 {
            0 => {
                found.push((tag >> 3, varint(&mut bytes), &[][..]));
                continue;
            }
            1 => 8,
            2 => usize::try_from(varint(&mut bytes)).expect("a length"),
            5 => 4,
            other => panic!("wire type {other}"),
        };
        let (value, rest) = bytes.split_at(length);
        let number = if tag & 7 == 1 { u64::from_le_bytes(value.try_into().expect("8 bytes")) } else { 0 };
        found.push((tag >> 3, number, value));
        bytes = rest;
    }
    found
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// `KeyValue` with an `AnyValue`: a text, a truth or a number.
fn attribute(bytes: &[u8]) -> (String, String) {
    let all = fields(bytes);
    let of = |number| all.iter().find(|(n, ..)| *n == number).map(|(_, _, value)| *value).unwrap_or_default();
    let value = fields(of(2)).first().map_or(String::new(), |(kind, number, value)| match kind {
        1 => text(value),
        _ => number.to_string(),
    });
    (text(of(1)), value)
}

/// The spans of an `ExportTraceServiceRequest`, and the name of the service that sent them.
fn decode(request: &[u8]) -> (Vec<Span>, String) {
    let (mut spans, mut service) = (Vec::new(), String::new());
    for (_, _, of_resource) in fields(request) {
        for (number, _, value) in fields(of_resource) {
            match number {
                1 => {
                    let attributes = fields(value).into_iter().filter(|(n, ..)| *n == 1);
                    let mut attributes = attributes.map(|(_, _, value)| attribute(value));
                    service = attributes.find(|(key, _)| key == "service.name").expect("a service").1;
                }
                2 => spans
                    .extend(fields(value).iter().filter(|(n, ..)| *n == 2).map(|(_, _, value)| span(value))),
                _ => {}
            }
        }
    }
    (spans, service)
}

fn span(bytes: &[u8]) -> Span {
    let mut span = Span::default();
    for (number, value, bytes) in fields(bytes) {
        match number {
            1 => span.trace = bytes.to_vec(),
            2 => span.id = bytes.to_vec(),
            4 => span.parent = bytes.to_vec(),
            5 => span.name = text(bytes),
            6 => span.kind = value,
            7 => span.began = value,
            8 => span.ended = value,
            9 => span.attributes.extend([attribute(bytes)]),
            15 => span.status = fields(bytes).iter().find(|(n, ..)| *n == 3).map_or(0, |(_, code, _)| *code),
            _ => {}
        }
    }
    span
}

/// A collector: what it was sent, and where it is.
async fn collector() -> (Arc<Mutex<Vec<Bytes>>>, String) {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let keep =
        |State(sent): State<Arc<Mutex<Vec<Bytes>>>>, body: Bytes| async move { sent.lock().push(body) };
    let router = Router::new().route("/v1/traces", post(keep)).with_state(Arc::clone(&sent));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = tokio::sync::watch::channel(false);
    tokio::spawn(async move {
        laqun::listen::serve(listener, router, Arc::default(), stopped).await;
        drop(stop);
    });
    (sent, format!("http://{address}"))
}

/// A call as a ticket system makes it that is being traced itself.
async fn traced_call(server: &Server, object: &serde_json::Value, traceparent: &str) -> Answer {
    let caller = server.caller();
    let signed = client::Call::new(&caller.app_key, &caller.secret, METHOD, now_ms())
        .output(Output::JSON)
        .param("service_communication_request", object.to_string())
        .sign();
    let request = caller.http.post(format!("{}/router/rest?{}", server.url, signed.query));
    let request = request.header("content-type", signed.content_type).header("traceparent", traceparent);
    Answer::read(request.body(signed.body).send().await.expect("an answer")).await.expect("a body")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_arrives_at_a_collector_as_a_part_of_its_callers_trace() {
    for engine in Engine::all() {
        let (sent, endpoint) = collector().await;
        let environment =
            [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_BSP_SCHEDULE_DELAY", "50")];
        let mut server = Server::start_with(engine, &[], &environment).await;
        let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let object = json!({"case_id": "traced", "staff_id": "123", "outer_type": "111"});
        let answer = traced_call(&server, &object, traceparent).await;
        assert_eq!(answer.result()["success"], true);
        let nobody =
            traced_call(&server, &json!({"case_id": "traced", "staff_id": "nobody"}), traceparent).await;
        assert_eq!(nobody.fault()["code"], 50);
        // What still waits is sent before the end.
        assert_eq!(server.stop(), Some(0));
        let trace =
            [0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c];
        let parent = [0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31];
        let deadline = Instant::now() + DEADLINE;
        let spans = loop {
            let decoded: Vec<_> = sent.lock().iter().map(|request| decode(request)).collect();
            assert!(decoded.iter().all(|(_, service)| service == "laqun"));
            let spans: Vec<Span> = decoded.into_iter().flat_map(|(spans, _)| spans).collect();
            if spans.iter().filter(|span| span.parent == parent).count() == 2 {
                break spans;
            }
            assert!(Instant::now() < deadline, "{spans:#?}");
            sleep(std::time::Duration::from_millis(20)).await;
        };
        let request_id = &answer.json()["alibaba_lyservice_group_group_communication_response"]["request_id"];
        let of = |id: &serde_json::Value| {
            let mut found = spans
                .iter()
                .filter(|span| span.attributes.get("laqun.request_id").map(String::as_str) == id.as_str());
            found.next().unwrap_or_else(|| panic!("no span of {id}: {spans:#?}")).clone()
        };
        let click = of(request_id);
        assert_eq!((click.trace.as_slice(), click.parent.as_slice()), (&trace[..], &parent[..]));
        assert_eq!((click.name.as_str(), click.kind, click.status), (METHOD, 2, 0), "{click:?}");
        assert!(click.began > 0 && click.ended >= click.began, "{click:?}");
        for (name, value) in
            [("laqun.tenant", "200110004"), ("laqun.code", "0"), ("laqun.app_key", "12345678")]
        {
            assert_eq!(click.attributes.get(name).map(String::as_str), Some(value), "{name}: {click:?}");
        }
        // Its unit of work is a part of it.
        let parts: Vec<_> = spans.iter().filter(|span| span.parent == click.id).collect();
        assert!(!parts.is_empty() && parts.iter().all(|part| part.trace == trace), "{spans:#?}");
        let refused = of(&nobody.fault()["request_id"]);
        assert_eq!(refused.attributes.get("laqun.sub_code").map(String::as_str), Some("isv.staff-not-exist"));
        assert_eq!(refused.status, 0, "what the caller can mend is no error of ours");
        // Nothing secret, and nobody.
        let all = format!("{spans:?}");
        assert!(!all.contains("helloworld") && !all.contains("traced"), "{all}");
        // And none of it in the log.
        assert!(!server.log().contains("otel."), "{}", server.log());
    }
}

#[tokio::test]
async fn a_collector_that_is_not_there_holds_up_nobody() {
    let environment =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"), ("OTEL_BSP_SCHEDULE_DELAY", "10")];
    let mut server = Server::start_with(Engine::Sqlite, &[], &environment).await;
    let object = json!({"case_id": "alone", "staff_id": "123", "outer_type": "111"});
    assert_eq!(server.caller().communicate(&object).await.result()["success"], true);
    assert_eq!(server.stop(), Some(0));
}
