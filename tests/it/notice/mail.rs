//! Told by e-mail, through a real mail server (Debian's aiosmtpd).

use std::{
    io::{BufRead as _, BufReader, Lines},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};

use super::{LEFT, due, lines, said, talk, until, until_none};
use crate::{
    conversation::say,
    harness::{Engine, Server},
};

/// A mail server; ended when dropped.
struct MailServer {
    child: Child,
    letters: Lines<BufReader<ChildStdout>>,
    port: u64,
}

impl MailServer {
    fn start(arguments: &[&str]) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/mail/server.py");
        // Debian's Python has Debian's aiosmtpd.
        let mut command = Command::new("/usr/bin/python3");
        let mut child =
            command.arg(script).args(arguments).stdout(Stdio::piped()).spawn().expect("python runs");
        let mut letters = BufReader::new(child.stdout.take().expect("piped")).lines();
        let first = letters.next().expect("it says its port").expect("UTF-8");
        let first: Value = serde_json::from_str(&first).expect("JSON");
        Self { child, letters, port: first["port"].as_u64().expect("a port") }
    }

    fn next(&mut self) -> Value {
        serde_json::from_str(&self.letters.next().expect("a letter").expect("UTF-8")).expect("JSON")
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A certificate for `localhost` that signs itself.
fn certificate(folder: &Path) -> (String, String) {
    let (certificate, key) = (folder.join("mail.pem"), folder.join("mail.key"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=CA:FALSE"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .expect("openssl runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    (certificate.display().to_string(), key.display().to_string())
}

#[tokio::test]
async fn the_owner_gets_a_letter_over_an_encrypted_connection_and_its_reply_is_the_proof() {
    let folder = tempfile::tempdir().expect("a folder");
    let (certificate, key) = certificate(folder.path());
    let password = folder.path().join("password");
    std::fs::write(&password, "pass word\n").expect("a file");
    let mut mail = MailServer::start(&[&certificate, &key]);
    for engine in Engine::all() {
        let port = mail.port.to_string();
        let server = Server::start_with(
            engine,
            &[],
            &[
                ("LAQUN_SMTP_HOST", "localhost"),
                ("LAQUN_SMTP_PORT", &port),
                ("LAQUN_SMTP_USER", "laqun"),
                ("LAQUN_SMTP_PASSWORD_FILE", &password.display().to_string()),
                ("LAQUN_SMTP_FROM", "云杉售后 <kf@example.com>"),
                ("SSL_CERT_FILE", &certificate),
            ],
        )
        .await;
        server.admin_json("staff set", &["123", "--email", "linxiao@example.com"]);
        let talk = talk(&server, "123").await;
        say(&talk.customer, "customer", "你好\u{202e}，还在漏水").await;
        due(&server, "notice.unattended").await;
        let letter = mail.next();
        until_none(&server, LEFT).await;
        assert_eq!(letter["to"], json!(["linxiao@example.com"]));
        assert!(letter["from"].as_str().expect("a sender").contains("kf@example.com"), "{letter}");
        assert_eq!((&letter["encrypted"], &letter["user"]), (&json!(true), &json!("laqun")));
        assert!(letter["subject"].as_str().expect("a subject").contains("客户在等回复"), "{letter}");
        let text = letter["text"].as_str().expect("a text");
        assert!(text.contains("还在漏水") && text.contains("/customer-service/index.html?"), "{text}");
        assert!(text.contains("A customer waits") && !text.contains("st="), "{text}");
        assert!(!text.contains("机密") && !text.contains("投诉"), "{text}");
        let lines = lines(&server).await;
        assert_eq!((lines.len(), lines[0][0].as_str()), (1, "owner_told"));
        assert!(lines[0][1].starts_with("SMTP 250") && lines[0][1].contains("7F3A"), "{lines:?}");
        assert_eq!(said(&talk.staff, "internal").await[0]["value"], "mail");
    }
}

#[tokio::test]
async fn a_mailbox_that_is_not_there_is_given_up_and_one_that_is_busy_is_tried_again() {
    let mail = MailServer::start(&[]);
    let port = mail.port.to_string();
    for (address, buried) in [("nobody@example.com", true), ("later@example.com", false)] {
        let environment = [
            ("LAQUN_SMTP_HOST", "127.0.0.1"),
            ("LAQUN_SMTP_PORT", port.as_str()),
            ("LAQUN_SMTP_TLS", "none"),
        ];
        let server = Server::start_with(Engine::Sqlite, &[], &environment).await;
        server.admin_json("staff set", &["123", "--email", address]);
        let talk = talk(&server, "123").await;
        say(&talk.customer, "customer", "在吗").await;
        due(&server, "notice.unattended").await;
        let ended = "SELECT buried, cause FROM store_job WHERE kind = 'notice.mail' AND cause IS NOT NULL";
        let found = until(&server, ended, |rows| !rows.is_empty()).await;
        assert_eq!(found[0][0] == "1", buried, "{found:?}");
        let reply = if buried { "SMTP 550" } else { "SMTP 451" };
        assert!(found[0][1].contains(reply), "{found:?}");
        let told: Vec<_> = lines(&server).await.into_iter().map(|line| line[0].clone()).collect();
        assert_eq!(told, if buried { vec!["notice_failed"] } else { vec![] });
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_refused() {
    let server = Server::start(Engine::Sqlite).await;
    for wrong in [
        "linxiao",
        "a@b",
        "a b@example.com",
        "a@example.com\r\nBcc: x@example.com",
        "<a@example.com>",
        "@example.com",
    ] {
        let refused = server.admin("staff set", &["123", "--email", wrong]);
        assert_eq!(refused.status.code(), Some(1), "{wrong}");
    }
    server.admin_json("staff set", &["123", "--email", "linxiao@example.com"]);
    assert_eq!(server.admin_json("staff show", &["123"])[0]["email"], "linxiao@example.com");
    server.admin_json("staff set", &["123", "--no-email"]);
    assert_eq!(server.admin_json("staff show", &["123"])[0]["email"], Value::Null);
}
