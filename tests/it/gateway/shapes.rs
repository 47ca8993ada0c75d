//! The shapes of answers: XML, JSON, simplified JSON, compressed; and the three forms of a timestamp.

use std::io::Read;

use top::gmt8;

use super::{Draft, Raw};
use crate::harness::{Engine, METHOD, Server, now_ms};

const OBJECT: &str = r#"{"case_id":"123","tenant_id":200110004,"staff_id":"123","outer_type":"111"}"#;
const ROOT: &str = "alibaba_lyservice_group_group_communication_response";
const JSON: &str = "text/javascript;charset=UTF-8";
const XML: &str = "text/xml;charset=UTF-8";

fn ask(server: &Server, format: Option<&str>, simplify: Option<&str>) -> Raw {
    let mut draft = Draft::new(OBJECT);
    draft.remove("format");
    for (name, value) in [("format", format), ("simplify", simplify)] {
        if let Some(value) = value {
            draft.set(name, value);
        }
    }
    draft.call(server)
}

#[tokio::test]
async fn answers_come_in_the_format_asked_for_and_in_xml_if_none_is() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let team_group_id = server.printed["team_group_id"].as_str().expect("an id");
        let rooted = format!("{{\"{ROOT}\":{{\"result\":{{\"msg\":\"成功\",\"code\":\"200\",\"data\":{{");
        let xml = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\" ?><{ROOT}><result><msg>成功</msg><code>200</code><data><group_link>"
        );
        let simple = "{\"result\":{\"msg\":\"成功\",\"code\":\"200\",\"data\":{\"group_link\":\"";
        let asked = [
            (None, None, XML, xml.as_str()),
            (Some(""), None, XML, xml.as_str()),
            (Some("xml"), None, XML, xml.as_str()),
            (Some("xml"), Some("true"), XML, xml.as_str()),
            (None, Some("true"), XML, xml.as_str()),
            (Some("json"), None, JSON, rooted.as_str()),
            (Some("json"), Some("true"), JSON, simple),
            // The new PHP SDK sends 1 and takes the root off by itself.
            (Some("json"), Some("1"), JSON, rooted.as_str()),
            (Some("json"), Some("false"), JSON, rooted.as_str()),
            (Some("json"), Some("TRUE"), JSON, rooted.as_str()),
        ];
        for (format, simplify, content_type, begins) in asked {
            let answer = ask(&server, format, simplify);
            assert_eq!(answer.status, 200);
            assert_eq!(answer.header("content-type"), Some(content_type), "{format:?} {simplify:?}");
            assert_eq!(answer.header("content-encoding"), None, "nobody asked for compression");
            let text = answer.text();
            assert!(text.starts_with(begins), "{format:?} {simplify:?}: {text}");
            assert!(text.contains(team_group_id), "{text}");
            assert!(!text.ends_with('\n'), "some clients cut at fixed places");
            if content_type == JSON {
                let json: serde_json::Value = serde_json::from_str(text).expect("JSON");
                let root = if json.get(ROOT).is_some() { &json[ROOT] } else { &json };
                let names: Vec<_> = root.as_object().expect("an object").keys().collect();
                assert_eq!(names, ["result", "request_id"]);
                let data: Vec<_> = root["result"]["data"].as_object().expect("an object").keys().collect();
                assert_eq!(data, ["group_link", "group_qr_code", "account_type", "team_group_id"]);
                assert!(root["result"]["data"]["account_type"].is_i64() && root["result"]["success"] == true);
            } else {
                assert!(text.contains("</data><success>true</success></result><request_id>"), "{text}");
                assert!(text.contains("&amp;ddtab=true&amp;"), "the link is escaped: {text}");
            }
        }
        let fault = {
            let mut draft = Draft::new("{}");
            draft.set("simplify", "true");
            draft.call(&server)
        };
        assert!(fault.text().starts_with("{\"error_response\":{\"code\":50,"), "{}", fault.text());
    }
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_ask_and_for_nobody_else() {
    let server = Server::start(Engine::Sqlite).await;
    let ask = |accept: Option<&str>, format: &str| {
        let mut draft = Draft::new(OBJECT);
        draft.set("format", format);
        draft.headers.extend(accept.map(|value| ("Accept-Encoding".to_owned(), value.to_owned())));
        draft.call(&server)
    };
    for format in ["json", "xml"] {
        for accept in [None, Some("identity"), Some("br"), Some("gzip;q=0")] {
            let answer = ask(accept, format);
            assert_eq!(answer.header("content-encoding"), None, "{accept:?}");
            assert!(answer.text().contains("team_group_id"), "{}", answer.text());
        }
        for accept in ["gzip", "GZIP", "gzip, deflate, br"] {
            let answer = ask(Some(accept), format);
            assert_eq!(answer.header("content-encoding"), Some("gzip"), "{accept}");
            let mut text = String::new();
            flate2::read::GzDecoder::new(&answer.body[..]).read_to_string(&mut text).expect("gzip");
            assert!(text.contains("team_group_id"), "{text}");
        }
    }
}

#[tokio::test]
async fn a_timestamp_may_be_a_time_in_beijing_or_milliseconds_or_seconds() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        for offset in [-590_000, 0, 590_000] {
            let now = now_ms() + offset;
            for timestamp in [gmt8::text(now), now.to_string(), (now / 1000).to_string()] {
                let mut draft = Draft::new(OBJECT);
                draft.set("timestamp", &timestamp);
                let answer = draft.call(&server);
                assert!(answer.text().contains("\"success\":true"), "{timestamp}: {}", answer.text());
            }
        }
    }
}

#[tokio::test]
async fn every_sign_method_is_good_and_a_missing_one_is_md5() {
    let server = Server::start(Engine::Sqlite).await;
    for method in ["md5", "hmac", "hmac-sha256"] {
        let mut draft = Draft::new(OBJECT);
        draft.set("sign_method", method);
        let answer = draft.call(&server);
        assert!(answer.text().contains("\"success\":true"), "{method}: {}", answer.text());
    }
    let mut draft = Draft::new(OBJECT);
    draft.remove("sign_method");
    let base: std::collections::BTreeMap<_, _> = draft.query.iter().chain(&draft.form).cloned().collect();
    let base: String = base.into_iter().flat_map(|(name, value)| [name, value]).collect();
    let sign = top::sign::sign(top::SignMethod::Md5, draft.secret.as_bytes(), base.as_bytes());
    draft.set("sign", &sign);
    let answer = draft.send(&server);
    assert!(answer.text().contains("\"success\":true"), "{}", answer.text());
}

#[tokio::test]
async fn the_time_is_told_in_beijing_in_every_format() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let ask = |format: &str, simplify: &str| {
            let mut draft = Draft::method("taobao.time.get");
            draft.set("format", format);
            draft.set("simplify", simplify);
            draft.call(&server).text().to_owned()
        };
        let before = now_ms() / 1000 * 1000;
        for (text, begin) in [
            (ask("json", "false"), "{\"time_get_response\":{\"time\":\""),
            (ask("json", "true"), "{\"time\":\""),
            (ask("xml", "false"), "<?xml version=\"1.0\" encoding=\"utf-8\" ?><time_get_response><time>"),
        ] {
            let rest = text.strip_prefix(begin).unwrap_or_else(|| panic!("{text}"));
            let told = gmt8::parse(&rest[..19]).unwrap_or_else(|| panic!("{text}"));
            assert!((before..=now_ms()).contains(&told), "{text}");
        }
        // Session is not needed, and harmless.
        let mut draft = Draft::method("taobao.time.get");
        draft.set("session", "ERR");
        assert!(draft.call(&server).text().contains("time_get_response"));
        // The method's name is the root of nobody else's answer.
        assert!(!ask("json", "false").contains(METHOD));
    }
}
