//! Secrets are not in the database in clear, nor in its log, nor in the program's.

use std::path::Path;

use serde_json::json;

use super::{sign_in::redeem, stored};
use crate::harness::{Engine, Page, Server};

/// Every spelling in which a secret of some bytes could lie around.
fn spellings(name: &str, bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
    let spelled = [
        ("as it is", bytes.to_vec()),
        ("in hex", HEXLOWER.encode(bytes).into_bytes()),
        ("in HEX", HEXUPPER.encode(bytes).into_bytes()),
        ("in base64", BASE64.encode(bytes).into_bytes()),
        ("in base64url", BASE64URL_NOPAD.encode(bytes).into_bytes()),
        ("in base58", bs58::encode(bytes).into_vec()),
    ];
    spelled.into_iter().map(|(how, text)| (format!("{name} {how}"), text)).collect()
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// The bytes of every file below a folder but the key itself.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.file_name().is_some_and(|name| name != "master.key") {
            found.push((path.display().to_string(), std::fs::read(&path).expect("a file")));
        }
    }
    found
}

/// Every row of every table as PostgreSQL writes it: byte strings in hexadecimal digits.
async fn tables(database: &str) -> Vec<(String, Vec<u8>)> {
    let names = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'";
    let mut found = Vec::new();
    for name in stored::postgres_rows(database, names).await {
        let rows = stored::postgres_rows(database, &format!("SELECT t::text FROM {} AS t", name[0])).await;
        found.push((name[0].clone(), rows.concat().join("\n").into_bytes()));
    }
    found
}

#[tokio::test]
async fn no_secret_lies_in_the_data_or_the_log_in_clear() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let secret = "a-secret-that-nobody-else-has";
        server.admin_json("app add", &["99887766", "--secret", secret, "--grant", "200110004"]);
        let answer = server.printed["group_link"].as_str().expect("a link").to_owned();
        let st = answer.split_once("&st=").expect("a sign-in ticket").1;
        let signed_in = redeem(&server, st, &[]).await;
        assert_eq!(signed_in.status, 200);
        let qr = server.printed["group_qr_code"].as_str().expect("a code");
        let token = qr.split('/').rev().nth(1).expect("a token");
        // What belongs to the conversation.
        server.admin_json("customer add", &["c-9", "--name", "王先生", "--phone", "13912345678"]);
        let tenant = crate::harness::TENANT.to_string();
        let notify =
            server.admin_json("tenant set", &[&tenant, "--notify-url", "https://example.com/n"]).remove(0);
        let notify = notify["notify_secret"].as_str().and_then(|shown| shown.strip_prefix("whsec_"));
        let notify =
            data_encoding::BASE64.decode(notify.expect("shown once").as_bytes()).expect("standard base64");
        let visitor = Page::joined(&server, qr.strip_suffix("/qr.png").expect("the code of a page")).await;
        let contact = json!({"kind": "phone", "value": "13800138000"});
        assert_eq!(visitor.post("/contact", &contact).await.status, 200);
        let device =
            visitor.cookie.as_deref().and_then(|c| c.split_once('=')).expect("a cookie").1.to_owned();
        let raw = |text: &str| data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).expect("base64url");
        let key = match engine {
            Engine::Sqlite => std::fs::read_to_string(server.folder.path().join("data").join("master.key")),
            Engine::Postgres => std::fs::read_to_string(server.folder.path().join("key")),
        };
        let key = data_encoding::HEXLOWER.decode(key.expect("the key").trim().as_bytes()).expect("hex");
        let needles = [
            spellings("the app's secret", secret.as_bytes()),
            spellings("the sample's secret", b"helloworld"),
            spellings("the group's token", &bs58::decode(token).into_vec().expect("base58")),
            spellings("the session", &raw(&signed_in.session())),
            spellings("the sign-in ticket", &raw(st)),
            spellings("the master key", &key),
            spellings("the customer's phone number", b"13912345678"),
            spellings("the visitor's phone number", b"13800138000"),
            spellings("the notifications' secret", &notify),
            spellings("the device", &raw(&device)),
        ]
        .concat();
        let mut haystacks = files(&server.folder.path().join("data"));
        haystacks.push(("the log".to_owned(), server.log().into_bytes()));
        if let Some(database) = &server.database {
            haystacks.extend(tables(database).await);
        }
        // What must be there proves that the search would find the rest.
        let title = "洗碗机安装后漏水".as_bytes();
        assert!(haystacks.iter().any(|(_, bytes)| holds(bytes, title)), "on {engine:?}");
        for (place, bytes) in &haystacks {
            for (what, needle) in &needles {
                assert!(!holds(bytes, needle), "{what} lies in {place} on {engine:?}");
            }
        }
    }
}
