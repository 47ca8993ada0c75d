//! How a change ends that cannot be: used wrongly is 2, refused is 1, and both say what to do.

use super::says_no;
use crate::harness::{Engine, Server};

#[tokio::test]
async fn a_change_of_nothing_or_to_nonsense_is_used_wrongly() {
    let server = Server::start(Engine::Sqlite).await;
    for (command, more) in [
        ("tenant set", &["200110004"][..]),
        ("tenant set", &["200110004", "--unknown-case", "maybe"]),
        ("tenant set", &["200110004", "--retention-days", "0"]),
        ("tenant set", &["200110004", "--corp-id", "x", "--no-corp-id"]),
        ("app set", &["12345678"]),
        ("app set", &["12345678", "--allow-ip", "10.0.0.0/33"]),
        ("app set", &["12345678", "--any-ip", "--allow-ip", "10.0.0.0/8"]),
        ("app rotate", &["12345678", "--keep", "soon"]),
        ("app secret remove", &["12345678", "newest"]),
        ("staff set", &["123"]),
        ("staff set", &["123", "--account", "manager4220"]),
        ("staff set", &["123", "--account", "dingtlak=manager4220"]),
        ("staff set", &["123", "--external", "--internal"]),
        ("customer set", &["demo-customer"]),
        ("ticket set", &["123"]),
        ("ticket set", &["123", "--status", "gone"]),
        ("channel set", &["web"]),
        ("channel set", &["web", "--patience", "long"]),
        ("channel set", &["web", "--pending", "300"]),
        ("channel set", &["web", "--platform", "irc"]),
        ("group list", &["--state", "open"]),
        ("group list", &["--failed", "--state", "active"]),
        ("group list", &["--since", "yesterday"]),
        ("group list", &["--after", "123"]),
        ("group timeline", &["chat"]),
        ("audit list", &["--after", "123"]),
        ("audit", &[]),
        ("completions", &["tcsh"]),
    ] {
        let output = server.admin(command, more);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{command} {more:?}: {said}");
        assert!(output.stdout.is_empty() && !said.is_empty(), "{command} {more:?}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_refused_once_with_where_to_look() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        for (command, more, says) in [
            ("tenant set", &["8", "--name", "x"][..], "no such tenant"),
            ("app set", &["8", "--name", "x"], "laqun app list"),
            ("app on", &["8"], "laqun app list"),
            ("app rotate", &["8"], "laqun app list"),
            ("app secret list", &["8"], "laqun app list"),
            ("app remove", &["8"], "laqun app list"),
            ("staff remove", &["8"], "laqun staff add"),
            ("customer remove", &["8"], "laqun customer add"),
            ("ticket remove", &["8"], "laqun ticket add"),
            ("channel set", &["8", "--default"], "laqun channel list"),
            ("channel remove", &["8"], "laqun channel list"),
            ("group retry", &["chataaaaaaaaaaaaaaaaaaaaaaaaaa"], "no such group"),
            ("group members", &["chataaaaaaaaaaaaaaaaaaaaaaaaaa"], "no such group"),
        ] {
            let said = says_no(&server, command, more);
            assert_eq!(said.matches(says).count(), 1, "{engine:?} {command} {more:?}: {said}");
            assert_eq!(said.lines().count(), 1, "{said}");
        }
    }
}
