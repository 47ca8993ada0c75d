//! The unmodified public TOP clients of `tests/clients` against the running server.
//!
//! What a client hands out is compared, field by field, with what our own client reads for the same call.

use std::{path::PathBuf, process::Command};

use serde_json::{Value, json};
use top::{Format, Output};

use crate::harness::{APP_KEY, Engine, METHOD, SECRET, Server, TENANT, clients_folder};

/// A client, and how it is told to send.
type Client = (&'static str, &'static [&'static str]);

const CLIENTS: [Client; 7] = [
    ("node-taobao-topclient", &[]),
    ("node-taobao-topclient", &["http=GET"]),
    ("topsdk", &[]),
    ("topsdk", &["http=GET"]),
    ("py-taobao-open", &[]),
    ("taobaopy", &[]),
    ("curl", &[]),
];

/// One server and what runs against it.
struct Lab {
    server: Server,
    clients: PathBuf,
}

impl Lab {
    async fn open(engine: Engine) -> Option<Self> {
        let clients = clients_folder()?;
        Some(Self { server: Server::start(engine).await, clients })
    }

    /// Runs a client; its exit status and the line it printed.
    fn run(&self, client: &str, scenario: &str, arguments: &[&str]) -> (i32, Value) {
        let driver = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/clients/run");
        let mut command = Command::new(driver);
        command.args([client, &self.server.url, APP_KEY, SECRET, scenario]).args(arguments);
        command.env("LAQUN_TEST_CLIENTS", &self.clients);
        let output = command.output().expect("the driver runs");
        let (line, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let value = serde_json::from_str(&line)
            .unwrap_or_else(|e| panic!("{client} {scenario} {arguments:?} printed `{line}` ({e}): {said}"));
        (output.status.code().unwrap_or(-1), value)
    }

    /// The same, where an answer is expected.
    fn answer(&self, client: &str, scenario: &str, arguments: &[&str]) -> Value {
        let (status, line) = self.run(client, scenario, arguments);
        assert_eq!(status, 0, "{client} {scenario} {arguments:?}: {line}");
        line
    }

    /// What our own client reads.
    async fn ours(&self, object: &Value) -> Value {
        self.server.caller().communicate(object).await.result()
    }
}

fn sample() -> Value {
    json!({"case_id": "123", "tenant_id": TENANT, "staff_id": "123", "outer_type": "111"})
}

/// `group_link` but for its sign-in ticket.
fn permanent(result: &Value) -> String {
    let link = result["data"]["group_link"].as_str().unwrap_or_else(|| panic!("no link: {result}"));
    let (permanent, st) = link.split_once("&st=").expect("a sign-in ticket");
    assert!(!st.is_empty(), "{link}");
    permanent.to_owned()
}

/// Every field of a result: equal, the link but for its ticket.
fn assert_same_result(theirs: &Value, ours: &Value, who: &str) {
    assert_eq!(permanent(theirs), permanent(ours), "{who}");
    let (mut theirs, mut ours) = (theirs.clone(), ours.clone());
    theirs["data"]["group_link"].take();
    ours["data"]["group_link"].take();
    assert_eq!(theirs, ours, "{who}");
}

/// A result as XML gives it: every value a text.
fn as_texts(value: &Value) -> Value {
    match value {
        Value::Object(members) => members.iter().map(|(k, v)| (k.clone(), as_texts(v))).collect(),
        Value::String(text) => Value::String(text.clone()),
        other => Value::String(other.to_string()),
    }
}

#[tokio::test]
async fn every_client_reads_the_fields_that_our_own_client_reads() {
    for engine in Engine::all() {
        let Some(lab) = Lab::open(engine).await else { return };
        let ours = lab.ours(&sample()).await;
        for (client, options) in CLIENTS {
            let line = lab.answer(client, "communication", options);
            let who = format!("{engine:?} {client} {options:?}");
            assert_eq!(line["ok"], true, "{who}: {line}");
            assert_same_result(&line["result"], &ours, &who);
            assert!(line["request_id"].as_str().is_some_and(|id| !id.is_empty()), "{who}: {line}");
        }
        let groups = lab.server.admin_json("group list", &[]);
        assert_eq!(groups.len(), 1, "{engine:?}: all clicks meet in one group");
    }
}

#[tokio::test]
async fn text_that_is_not_ascii_arrives_and_returns_whole() {
    let Some(lab) = Lab::open(Engine::Sqlite).await else { return };
    lab.server.admin_json("staff add", &["客服-林晓 & <小> +100% \"é\" 👩‍🔧", "--name", "林晓二"]);
    for (n, (client, options)) in CLIENTS.into_iter().enumerate() {
        let object = json!({
            "case_id": format!("工单/{n} & <№> +1% \"引\" 🛠"),
            "tenant_id": TENANT,
            "staff_id": "客服-林晓 & <小> +100% \"é\" 👩‍🔧",
            "outer_type": "来源 é 🛒",
        });
        let text = object.to_string();
        let arguments: Vec<&str> = [text.as_str()].into_iter().chain(options.iter().copied()).collect();
        let line = lab.answer(client, "communication", &arguments);
        assert_eq!(line["ok"], true, "{client}: {line}");
        // It made the group of exactly this ticket: our own call finds it and makes no other.
        assert_same_result(&line["result"], &lab.ours(&object).await, client);
        let case_id = object["case_id"].as_str().expect("a text");
        let groups = lab.server.admin_json("group list", &["--case-id", case_id]);
        assert_eq!(groups.len(), 1, "{client} {case_id}");
        assert_eq!(groups[0]["outer_type"], object["outer_type"], "{client}");
    }
}

#[tokio::test]
async fn every_client_hands_out_the_errors_as_they_were_sent() {
    let Some(lab) = Lab::open(Engine::Sqlite).await else { return };
    let unknown =
        json!({"case_id": "123", "tenant_id": TENANT, "staff_id": "no-such-staff", "outer_type": "111"});
    let ours = lab.server.caller().communicate(&unknown).await.fault();
    assert_eq!(ours["sub_code"], "isv.staff-not-exist");
    for (client, options) in CLIENTS {
        let line = lab.answer(client, "business-error", options);
        assert_eq!(line["ok"], false, "{client}: {line}");
        for member in ["code", "msg", "sub_code", "sub_msg"] {
            assert_eq!(line[member], ours[member], "{client} {options:?}: {member}");
        }
        let line = lab.answer(client, "error", options);
        assert_eq!((&line["ok"], &line["code"]), (&json!(false), &json!(25)), "{client} {options:?}: {line}");
        assert_eq!(line["msg"], "Invalid signature", "{client} {options:?}");
    }
    assert_eq!(lab.server.admin_json("staff list", &[]).len(), 1, "nobody was added by a refused call");
}

#[tokio::test]
async fn every_client_reads_the_servers_time() {
    let Some(lab) = Lab::open(Engine::Sqlite).await else { return };
    for (client, options) in CLIENTS {
        let line = lab.answer(client, "time", options);
        let time = line["result"]["time"].as_str().unwrap_or_else(|| panic!("{client}: {line}"));
        let shape: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert_eq!(shape, "0000-00-00 00:00:00", "{client}");
    }
}

#[tokio::test]
async fn curl_and_openssl_succeed_with_every_signature_format_and_way_to_send() {
    for engine in Engine::all() {
        let Some(lab) = Lab::open(engine).await else { return };
        let ours = lab.ours(&sample()).await;
        let texts = as_texts(&ours);
        for sign_method in ["md5", "hmac", "hmac-sha256"] {
            for http in ["POST", "GET", "MULTIPART", "SPLIT"] {
                for format in ["json", "xml"] {
                    let options = [
                        format!("sign_method={sign_method}"),
                        format!("http={http}"),
                        format!("format={format}"),
                    ];
                    let options = options.each_ref().map(String::as_str);
                    let line = lab.answer("curl", "communication", &options);
                    let who = format!("{engine:?} {options:?}");
                    assert_eq!(
                        (&line["ok"], &line["http_status"]),
                        (&json!(true), &json!(200)),
                        "{who}: {line}"
                    );
                    let (expected, content_type) = match format {
                        "xml" => (&texts, "text/xml;charset=UTF-8"),
                        _ => (&ours, "text/javascript;charset=UTF-8"),
                    };
                    assert_eq!(line["content_type"], content_type, "{who}");
                    assert_eq!(line["root"], format!("{}_response", METHOD.replace('.', "_")), "{who}");
                    assert_same_result(&line["result"], expected, &who);
                }
            }
        }
    }
}

#[tokio::test]
async fn simplified_and_compressed_answers_hold_the_same_fields() {
    let Some(lab) = Lab::open(Engine::Sqlite).await else { return };
    let ours = lab.ours(&sample()).await;
    for http in ["POST", "GET", "MULTIPART", "SPLIT"] {
        let http = format!("http={http}");
        for more in [&["simplify=true"][..], &["gzip=true"], &["simplify=true", "gzip=true"]] {
            let options: Vec<&str> = [http.as_str()].into_iter().chain(more.iter().copied()).collect();
            let line = lab.answer("curl", "communication", &options);
            assert_eq!(line["ok"], true, "{options:?}: {line}");
            assert_eq!(line["root"].is_null(), more.contains(&"simplify=true"), "{options:?}: {line}");
            assert_same_result(&line["result"], &ours, &format!("{options:?}"));
        }
    }
    // What our own client gets for the same two, byte for byte but for ticket and request id.
    let simplified = Output { format: Format::Json, simplify: true };
    let object = sample().to_string();
    let answer =
        lab.server.caller().method(METHOD, &[("service_communication_request", &object)], simplified).await;
    assert_same_result(&answer.json()["result"], &ours, "our own, simplified");
}

#[tokio::test]
async fn an_error_in_xml_and_in_every_signature_method_says_the_same() {
    let Some(lab) = Lab::open(Engine::Sqlite).await else { return };
    for sign_method in ["md5", "hmac", "hmac-sha256"] {
        for format in ["json", "xml"] {
            let options = [format!("sign_method={sign_method}"), format!("format={format}")];
            let options = options.each_ref().map(String::as_str);
            let wrong = lab.answer("curl", "error", &options);
            assert_eq!((&wrong["code"], &wrong["root"]), (&json!(25), &json!("error_response")), "{wrong}");
            assert_eq!(wrong["http_status"], 200);
            let refused = lab.answer("curl", "business-error", &options);
            assert_eq!(refused["code"], 50, "{refused}");
            assert_eq!(refused["sub_code"], "isv.staff-not-exist", "{refused}");
        }
    }
}

#[test]
fn the_driver_knows_the_clients_that_are_tested() {
    let driver = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/clients/run");
    let listed = Command::new(driver).arg("--list").output().expect("the driver runs");
    let mut tested = CLIENTS.map(|(client, _)| client).to_vec();
    tested.dedup();
    assert_eq!(String::from_utf8_lossy(&listed.stdout).lines().collect::<Vec<_>>(), tested);
}
