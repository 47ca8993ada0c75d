//! Secrets are not in the database in clear, nor in its log, nor in the program's.

use std::path::Path;

use super::{sign_in::redeem, stored};
use crate::harness::{Engine, Server};

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

/// The bytes of every file in a folder but the key itself.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path());
    entries
        .filter(|path| path.file_name().is_some_and(|name| name != "master.key"))
        .map(|path| (path.display().to_string(), std::fs::read(&path).expect("a file")))
        .collect()
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
