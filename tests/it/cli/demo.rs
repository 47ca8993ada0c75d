//! `laqun demo`: the first thing anyone runs.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    process::Command,
};

use serde_json::{Value, json};

use super::{Said, run};
use crate::harness::{APP_KEY, Caller, Engine, METHOD, SECRET, Server, TENANT, laqun};

fn once(more: &[&str]) -> Said {
    run(laqun().args(["demo", "--once", "--listen", "127.0.0.1:0"]).args(more))
}

fn one_object(said: &Said) -> Value {
    assert_eq!(said.code, 0, "{}", said.err);
    let [object] = &said.objects()[..] else { panic!("one object: {}", said.out) };
    object.clone()
}

#[test]
fn a_demo_that_ends_at_once_prints_one_object_with_all_it_did() {
    let told = one_object(&once(&["--json"]));
    assert_eq!((&told["app_key"], &told["secret"]), (&json!(APP_KEY), &json!(SECRET)));
    assert_eq!(told["request"]["method"], METHOD);
    let body = told["request"]["body"].as_str().expect("a body");
    assert!(body.starts_with("service_communication_request="), "{body}");
    let result = &told["response"]["alibaba_lyservice_group_group_communication_response"]["result"];
    assert_eq!((&result["success"], &result["code"]), (&json!(true), &json!("200")));
    for member in ["group_link", "group_qr_code", "team_group_id"] {
        assert_eq!(told[member], result["data"][member], "{member}");
        assert!(told[member].is_string(), "{member}: {told}");
    }
    let url = told["url"].as_str().expect("a url");
    assert!(told["group_link"].as_str().expect("a link").starts_with(url), "{told}");
}

#[test]
fn people_see_the_answer_and_a_code_that_their_phone_can_scan() {
    let said = once(&[]);
    assert_eq!(said.code, 0, "{}", said.err);
    let page = said.out.lines().find_map(|line| line.strip_prefix("For the customer, scan or open:  "));
    let page = page.unwrap_or_else(|| panic!("no address: {}", said.out));
    for word in ["app_key 12345678  secret helloworld", "POST http://127.0.0.1:", "\"success\": true", "&st="]
    {
        assert!(said.out.contains(word), "{word}: {}", said.out);
    }
    assert_eq!(decode(&said.out), page);
    assert!(!said.out.contains('\u{1b}'), "no colours where no terminal is");
}

/// Reads the code that was printed as half blocks.
fn decode(out: &str) -> String {
    let blocks = |line: &&str| !line.is_empty() && line.chars().all(|c| " █▀▄".contains(c));
    let lines: Vec<Vec<char>> = out.lines().filter(blocks).map(|line| line.chars().collect()).collect();
    let width = lines.iter().map(Vec::len).max().expect("a code");
    let halves: Vec<(Vec<bool>, Vec<bool>)> = lines
        .iter()
        .map(|line| {
            let at = |x: usize| line.get(x).copied().unwrap_or(' ');
            let (upper, lower) = (|c| "█▀".contains(c), |c| "█▄".contains(c));
            ((0..width).map(|x| upper(at(x))).collect(), (0..width).map(|x| lower(at(x))).collect())
        })
        .collect();
    let rows: Vec<Vec<bool>> = halves.into_iter().flat_map(|(upper, lower)| [upper, lower]).collect();
    // Terminals differ in which of ink and paper is dark; a scanner tries both.
    let read = |ink_is_dark: bool| {
        let scale = 8;
        let (w, h) = ((width + 8) * scale, (rows.len() + 8) * scale);
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(w, h, |x, y| {
            let module = (x / scale).checked_sub(4).zip((y / scale).checked_sub(4));
            let ink = module.and_then(|(x, y)| rows.get(y)?.get(x).copied());
            match ink {
                Some(ink) if ink == ink_is_dark => 0,
                None | Some(_) => 255,
            }
        });
        picture.detect_grids().first().and_then(|grid| grid.decode().ok()).map(|(_, text)| text)
    };
    read(true).or_else(|| read(false)).unwrap_or_else(|| panic!("no code can be read:\n{out}"))
}

#[test]
fn a_second_demo_on_the_same_data_finds_the_same_group_and_one_without_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("kept").display().to_string();
    let first = one_object(&once(&["--json", "--data", &data]));
    let again = one_object(&once(&["--json", "--data", &data]));
    assert_eq!(first["team_group_id"], again["team_group_id"]);
    // The address differs by the port that was free; what names the group does not.
    let token = |told: &Value| {
        told["group_qr_code"].as_str().expect("an address").split("/g/").nth(1).map(str::to_owned)
    };
    assert_eq!(token(&first), token(&again));
    let listed = run(laqun().args(["group", "list", "--json", "--data", &data]));
    assert_eq!(listed.objects().len(), 1, "{}", listed.out);

    let temporary = tempfile::tempdir().expect("a folder");
    let mut demo = laqun();
    demo.args(["demo", "--once", "--json", "--listen", "127.0.0.1:0"]).env("TMPDIR", temporary.path());
    let other = one_object(&run(demo.current_dir(temporary.path())));
    assert_ne!(other["team_group_id"], first["team_group_id"]);
    assert_eq!(
        std::fs::read_dir(temporary.path()).expect("a folder").count(),
        0,
        "temporary data is removed"
    );
}

#[tokio::test]
async fn serve_goes_on_with_what_a_demo_kept() {
    let mut server = Server::start(Engine::Sqlite).await;
    assert_eq!(server.stop(), Some(0), "{}", server.log());
    let group = server.printed["team_group_id"].clone();
    server.restart();
    let object = json!({"case_id": "123", "tenant_id": TENANT, "staff_id": "123", "outer_type": "111"});
    assert_eq!(server.caller().communicate(&object).await.data()["team_group_id"], group);
}

#[test]
fn an_app_of_somebodys_own_with_the_sample_key_is_not_taken_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("own").display().to_string();
    assert_eq!(run(laqun().args(["migrate", "--data", &data])).code, 0);
    let own = run(laqun().args(["app", "add", APP_KEY, "--secret", "my-own", "--data", &data]));
    assert_eq!(own.code, 0, "{}", own.err);
    for lan in [&[][..], &["--lan"]] {
        let said = once(&[&["--data", &data], lan].concat());
        assert_eq!((said.code, said.out.as_str()), (1, ""), "{}", said.err);
        assert!(said.err.contains(APP_KEY) && said.err.contains("--data"), "{}", said.err);
    }
    let shown = run(laqun().args(["app", "show", APP_KEY, "--json", "--data", &data]));
    assert_eq!(shown.objects()[0]["demo"], false, "{}", shown.out);

    // What a demo made for the local network is a demo's still.
    let data = folder.path().join("sample").display().to_string();
    let lan = one_object(&once(&["--json", "--lan", "--data", &data]));
    let again = one_object(&once(&["--json", "--data", &data]));
    assert_eq!((&again["secret"], &again["team_group_id"]), (&json!(SECRET), &lan["team_group_id"]));
}

#[test]
fn a_port_that_is_taken_is_no_reason_to_give_up() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = taken.local_addr().expect("an address");
    let told = one_object(&run(laqun().args(["demo", "--once", "--json", "--listen", &address.to_string()])));
    let url = told["url"].as_str().expect("a url");
    let port = url.strip_prefix("http://127.0.0.1:").unwrap_or_else(|| panic!("{url}"));
    assert_ne!(port, address.port().to_string());

    // `serve` was told where to listen by somebody who relies on it.
    let folder = tempfile::tempdir().expect("a folder");
    let mut serve = laqun();
    serve.args(["serve", "--listen", &address.to_string(), "--data"]).arg(folder.path());
    let said = run(&mut serve);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(said.err.contains(&format!("cannot listen on {address}")), "{}", said.err);
}

#[tokio::test]
async fn a_demo_for_the_local_network_can_be_reached_there_and_has_a_secret_of_its_own() {
    let server = Server::start_with(Engine::Sqlite, &["--lan"], &[]).await;
    let secret = server.printed["secret"].as_str().expect("a secret").to_owned();
    assert_ne!(secret, SECRET);
    let public = server.printed["url"].as_str().expect("a url").to_owned();
    let address: SocketAddr =
        public.strip_prefix("http://").expect("plain http").parse().expect("address and port");
    assert!(!address.ip().is_unspecified() && !address.ip().is_loopback(), "{public}");
    for member in ["group_link", "group_qr_code"] {
        let link = server.printed[member].as_str().expect("an address");
        assert!(link.starts_with(&public), "{member}: {link}");
    }
    assert_eq!(listening(address.port()), vec![SocketAddr::from((Ipv4Addr::UNSPECIFIED, address.port()))]);

    let object = json!({"case_id": "123", "tenant_id": TENANT, "staff_id": "123", "outer_type": "111"});
    for url in [public, format!("http://127.0.0.1:{}", address.port())] {
        let sample = Caller::new(&url);
        assert_eq!(sample.communicate(&object).await.fault()["code"], 25, "the sample secret is refused");
        let own = Caller { secret: secret.clone(), ..sample };
        assert_eq!(own.communicate(&object).await.data()["team_group_id"], server.printed["team_group_id"]);
    }
    // Another demo makes up another one.
    let other = Server::start_with(Engine::Sqlite, &["--lan"], &[]).await;
    assert_ne!(other.printed["secret"], server.printed["secret"]);
}

/// The addresses on which somebody listens at `port`, as the kernel lists them.
fn listening(port: u16) -> Vec<SocketAddr> {
    let table = std::fs::read_to_string(Path::new("/proc/net/tcp")).expect("Linux");
    let sockets = table.lines().skip(1).filter_map(|line| {
        let mut words = line.split_whitespace();
        let (local, state) = (words.nth(1)?, words.nth(1)?);
        let (ip, at) = local.split_once(':')?;
        let ip = Ipv4Addr::from(u32::from_str_radix(ip, 16).ok()?.to_le_bytes());
        (state == "0A").then_some(SocketAddr::from((ip, u16::from_str_radix(at, 16).ok()?)))
    });
    sockets.filter(|address| address.port() == port).collect()
}

#[tokio::test]
async fn the_sample_app_works_on_loopback_only() {
    let mut server = Server::start(Engine::Sqlite).await;
    let object = json!({"case_id": "123", "tenant_id": TENANT, "staff_id": "123", "outer_type": "111"});
    server.stop();
    // The same data, served as if to the world: behind a public address, though still on loopback.
    let mut public = Command::new(env!("CARGO_BIN_EXE_laqun"));
    public.args(["serve", "--json", "--listen", "127.0.0.1:0", "--public-url", "https://laqun.example.com"]);
    let public = Serving::start(public.arg("--data").arg(server.folder.path().join("data")));
    let caller = Caller::new(&format!("http://{}", public.listening));
    assert_eq!(caller.communicate(&object).await.fault()["code"], 29);
}

/// A `serve` that a test started by hand.
struct Serving {
    child: std::process::Child,
    listening: String,
}

impl Serving {
    fn start(command: &mut Command) -> Self {
        use std::io::BufRead;
        command.env("LAQUN_LOG_LEVEL", "off").stdout(std::process::Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut line = String::new();
        let mut out = std::io::BufReader::new(child.stdout.take().expect("piped"));
        out.read_line(&mut line).expect("a line");
        let told: Value = serde_json::from_str(&line).unwrap_or_default();
        let listening = told["listening"].as_str().unwrap_or_default().to_owned();
        Self { child, listening }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
