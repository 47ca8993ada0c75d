//! Nouns and verbs.

use std::path::Path;

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use super::{Said, closed_port, run};
use crate::harness::{Caller, Engine, Server, TENANT, laqun};

/// Every command that there is, with a word of its own help.
const COMMANDS: [(&str, &str); 30] = [
    ("", "laqun demo"),
    ("demo", "--once"),
    ("serve", "--public-url"),
    ("call", "--sign-method"),
    ("tenant add", "--unknown-case"),
    ("tenant list", "--json"),
    ("tenant show", "<ID>"),
    ("app add", "--allow-ip"),
    ("app list", "--json"),
    ("app show", "<KEY>"),
    ("app grant", "<TENANT>"),
    ("staff add", "--external"),
    ("staff list", "--after"),
    ("staff show", "<STAFF_ID>"),
    ("staff link", "<GROUP>"),
    ("staff import", "--errors"),
    ("customer import", "客户编号"),
    ("ticket import", "--unknown-people"),
    ("customer add", "--name"),
    ("customer list", "--after"),
    ("customer show", "<CUSTOMER_ID>"),
    ("ticket add", "--priority"),
    ("ticket list", "--after"),
    ("ticket show", "<CASE_ID>"),
    ("channel add", "--patience"),
    ("channel list", "--tenant"),
    ("channel show", "<NAME>"),
    ("group add", "--outer-type"),
    ("group list", "--case-id"),
    ("group show", "<GROUP>"),
];

fn admin(server: &Server, command: &str, more: &[&str]) -> Said {
    Said::of(server.admin(command, more))
}

fn id_of(server: &Server, case_id: &str) -> String {
    let rows = server.admin_json("group list", &["--case-id", case_id]);
    rows[0]["open_conversation_id"].as_str().expect("an id").to_owned()
}

#[test]
fn every_command_says_how_it_is_used() {
    let acts = ["group close", "group reopen", "group dissolve"].map(|act| (act, "<GROUP>"));
    for (command, word) in COMMANDS.into_iter().chain(acts) {
        for flag in ["--help", "-h"] {
            let said = run(laqun().args(command.split_whitespace()).arg(flag));
            assert_eq!(said.code, 0, "{command}: {}", said.err);
            assert!(said.out.contains("Usage: laqun"), "{command}: {}", said.out);
            if flag == "--help" {
                assert!(said.out.contains(word), "{command} does not name {word}: {}", said.out);
            }
        }
    }
    let version = run(laqun().arg("--version"));
    assert_eq!(version.out.trim(), format!("laqun {}", env!("CARGO_PKG_VERSION")));
}

#[tokio::test]
async fn what_is_added_is_listed_and_shown_as_a_table_and_as_json() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let added = [
            (
                "tenant",
                "7",
                vec!["--name", "远山", "--unknown-staff", "stub"],
                json!({"tenant_id": 7, "name": "远山"}),
            ),
            (
                "app",
                "87654321",
                vec!["--name", "ERP", "--allow-ip", "10.0.0.0/8"],
                json!({"name": "ERP", "demo": false}),
            ),
            ("staff", "w1", vec!["--name", "王五", "--external"], json!({"name": "王五", "account_type": 2})),
            ("customer", "c1", vec!["--name", "Ada"], json!({"name": "Ada"})),
            (
                "ticket",
                "t1",
                vec!["--title", "灯不亮", "--assignee", "w1", "--customer", "c1"],
                json!({"title": "灯不亮", "assignee": "w1", "customer": "c1", "status": "accepted", "stub": false}),
            ),
            (
                "channel",
                "night",
                vec!["--outer-type", "n1", "--outer-type", "n2", "--patience", "0.5"],
                json!({"outer_types": ["n1", "n2"], "patience": 0.5, "platform": "web", "default": false}),
            ),
        ];
        for (noun, id, more, expected) in added {
            let scoped = |mut arguments: Vec<&'static str>| {
                if !["tenant", "app"].contains(&noun) {
                    arguments.extend(["--tenant", "200110004"]);
                }
                arguments
            };
            let arguments = [vec![id], scoped(more)].concat();
            let said = admin(&server, &format!("{noun} add"), &[&arguments[..], &["--json"]].concat());
            assert_eq!((said.code, said.objects().len()), (0, 1), "{engine:?} {noun}: {}", said.err);
            let again = admin(&server, &format!("{noun} add"), &arguments);
            assert_eq!((again.code, again.out.as_str()), (1, ""), "{noun} twice: {}", again.err);
            assert!(again.err.contains("exists already"), "{noun} twice: {}", again.err);

            let shown = server.admin_json(&format!("{noun} show"), &[&[id][..], &scoped(vec![])].concat());
            let [shown] = &shown[..] else { panic!("{noun} show: one object, not {shown:?}") };
            for (member, value) in expected.as_object().expect("an object") {
                assert_eq!(&shown[member], value, "{engine:?} {noun}.{member}");
            }
            let listed = server.admin_json(&format!("{noun} list"), &scoped(vec![]));
            assert!(listed.iter().any(|row| is_part(row, shown)), "{engine:?} {noun}: {shown} in {listed:?}");

            let table = admin(&server, &format!("{noun} list"), &scoped(vec![]));
            assert_eq!((table.code, table.out.lines().count()), (0, listed.len() + 1), "{}", table.out);
            assert_columns_stand_in_line(&table.out);
            assert!(table.out.contains(id), "{noun}: {}", table.out);
            let text = admin(&server, &format!("{noun} show"), &[&[id][..], &scoped(vec![])].concat());
            // What follows is a table of its own: an app's secrets.
            let mut facts = text.out.lines().take_while(|line| *line != "secrets:");
            assert!(facts.all(|line| line.contains(": ")), "{noun}: {}", text.out);

            let missing =
                admin(&server, &format!("{noun} show"), &[&["404404"][..], &scoped(vec![])].concat());
            assert_eq!((missing.code, missing.out.as_str()), (1, ""), "{noun}: {}", missing.err);
            assert!(missing.err.starts_with("laqun: no such"), "{noun}: {}", missing.err);
        }
        let none = admin(&server, "customer list", &["--tenant", "7"]);
        assert_eq!((none.code, none.out.as_str()), (0, "(none)\n"));
        assert_eq!(admin(&server, "customer list", &["--tenant", "7", "--json"]).out, "");
    }
}

/// Whether a row of a list says of a thing what `show` says, as far as it goes.
fn is_part(row: &Value, shown: &Value) -> bool {
    row.as_object().expect("an object").iter().all(|(member, value)| shown.get(member) == Some(value))
}

/// The second column begins at the same place in every line, counted as a terminal shows it.
fn assert_columns_stand_in_line(table: &str) {
    let mut begins = table.lines().map(|line| {
        let first = line.split("  ").next().expect("a column");
        let rest = &line[first.len()..];
        first.width() + rest.len() - rest.trim_start().len()
    });
    let first = begins.next().expect("a heading");
    assert!(begins.all(|at| at == first), "{table}");
}

#[tokio::test]
async fn a_blank_name_shows_nothing_instead_of_something_else() {
    let server = Server::start(Engine::Sqlite).await;
    for (command, id) in [("app show", ""), ("tenant show", "0"), ("channel show", ""), ("staff show", "")] {
        let said = admin(&server, command, &[id]);
        assert_eq!((said.code, said.out.as_str()), (1, ""), "{command}: {}", said.err);
    }
    assert_eq!(admin(&server, "app grant", &["", "200110004"]).code, 1);
}

#[tokio::test]
async fn a_running_server_sees_what_a_command_added_at_its_next_call() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let object = json!({"case_id": "9", "tenant_id": 7, "staff_id": "w1"});
        let caller =
            |secret: &str| Caller { app_key: "87654321".into(), secret: secret.into(), ..server.caller() };
        assert_eq!(caller("x").communicate(&object).await.fault()["code"], 29, "no such app yet");

        server.admin_json("tenant add", &["7", "--name", "远山"]);
        let app = server.admin_json("app add", &["87654321"]);
        let caller = caller(app[0]["secret"].as_str().expect("a secret"));
        assert_eq!(caller.communicate(&object).await.fault()["sub_code"], "isv.tenant-not-exist");
        server.admin_json("app grant", &["87654321", "7"]);
        assert_eq!(caller.communicate(&object).await.fault()["sub_code"], "isv.staff-not-exist");
        server.admin_json("staff add", &["w1", "--name", "王五", "--external", "--tenant", "7"]);
        let data = caller.communicate(&object).await.data();
        assert_eq!(data["account_type"], 2, "{engine:?}");

        // A channel is seen as well: its outer_type no longer falls to the default channel.
        server.admin_json("channel add", &["night", "--outer-type", "n1", "--tenant", "7"]);
        let object = json!({"case_id": "10", "tenant_id": 7, "staff_id": "w1", "outer_type": "n1"});
        caller.communicate(&object).await.data();
        let rows = server.admin_json("group list", &["--case-id", "10", "--tenant", "7"]);
        assert_eq!(rows[0]["channel"], "night", "{engine:?}");
    }
}

#[tokio::test]
async fn a_group_is_made_shown_closed_reopened_and_dissolved_by_hand() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let made = server.admin_json("group add", &["55", "--staff", "123", "--outer-type", "111"]);
        let [made] = &made[..] else { panic!("one object, not {made:?}") };
        assert_eq!(made["state"], "active");
        let object = json!({"case_id": "55", "tenant_id": TENANT, "staff_id": "123", "outer_type": "111"});
        let called = server.caller().communicate(&object).await.data();
        assert_eq!(called["team_group_id"], made["team_group_id"], "{engine:?}: the call finds it");

        let id = id_of(&server, "55");
        let team = made["team_group_id"].as_str().expect("an id");
        for (act, by, state) in [
            ("close", id.as_str(), "closing"),
            ("reopen", team, "active"),
            ("close", team, "closing"),
            ("dissolve", &id, "dissolved"),
        ] {
            let done = server.admin_json(&format!("group {act}"), &[by]);
            assert_eq!((done.len(), &done[0]["state"]), (1, &json!(state)), "{engine:?} {act}");
            assert_eq!(server.admin_json("group show", &[by])[0]["state"], state, "{engine:?} {act}");
        }
        for act in ["close", "reopen", "dissolve"] {
            let said = admin(&server, &format!("group {act}"), &[&id]);
            assert_eq!(said.code, 1, "{act} a dissolved group: {}", said.err);
            assert!(said.err.contains("dissolved"), "{}", said.err);
        }
        let shown = server.admin_json("group show", &[&id]);
        let kinds: Vec<&str> = shown[0]["timeline"]
            .as_array()
            .expect("lines")
            .iter()
            .filter_map(|l| l["kind"].as_str())
            .collect();
        assert_eq!(
            kinds,
            ["created", "members_added", "closed", "reopened", "closed", "sealed", "dissolved"],
            "{engine:?}"
        );
        let text = admin(&server, "group show", &[&id]).out;
        assert!(
            text.contains("members:\n") && text.contains("timeline:\n") && text.contains("林晓"),
            "{text}"
        );

        let next = server.caller().communicate(&object).await.data();
        assert_ne!(next["team_group_id"], made["team_group_id"], "{engine:?}: the next generation");
        let table = admin(&server, "group list", &["--case-id", "55"]).out;
        assert_eq!(table.lines().count(), 3, "{table}");
        assert_columns_stand_in_line(&table);
        let newest = server.admin_json("group list", &["--limit", "1"]);
        assert_eq!((newest.len(), &newest[0]["generation"]), (1, &json!(2)), "{engine:?}");
        let before = newest[0]["open_conversation_id"].as_str().expect("an id");
        let older = server.admin_json("group list", &["--after", before, "--limit", "1"]);
        assert_eq!(older[0]["team_group_id"], made["team_group_id"], "{engine:?}");
    }
}

#[tokio::test]
async fn a_staff_link_signs_in_once() {
    let server = Server::start(Engine::Sqlite).await;
    let id = id_of(&server, "123");
    let link = server.admin_json("staff link", &["123", &id]);
    let link = link[0]["group_link"].as_str().expect("a link").to_owned();
    assert_eq!(
        admin(&server, "staff link", &["123", &id]).out.lines().count(),
        1,
        "the link and nothing else"
    );
    let st = link.rsplit_once("&st=").expect("a ticket").1;
    let redeem = || async {
        let body = json!({"st": st}).to_string();
        let request = server.caller().http.post(format!("{}/customer-service/session", server.url));
        let request = request.header("content-type", "application/json").body(body);
        request.send().await.expect("the server answers").status().as_u16()
    };
    assert_eq!((redeem().await, redeem().await), (200, 401));
    let stranger = admin(&server, "staff link", &["nobody", &id]);
    assert_eq!(stranger.code, 1, "{}", stranger.err);
}

#[tokio::test]
async fn how_a_command_ends_tells_a_script_why() {
    let server = Server::start(Engine::Sqlite).await;
    let code = |command: &str, more: &[&str]| {
        let said = admin(&server, command, more);
        assert!(said.code == 0 || !said.err.is_empty(), "{command} {more:?} failed without a word");
        said.code
    };
    assert_eq!(code("tenant list", &[]), 0);
    assert_eq!(code("staff add", &["123", "--name", "x"]), 1, "refused");
    for (command, more) in [
        ("tenant add", &["x", "--name", "x"][..]),
        ("tenant", &[]),
        ("nonsense", &[]),
        ("ticket add", &["1", "--title", "x", "--status", "gone"]),
        ("channel add", &["x", "--patience", "-1"]),
        ("channel add", &["x", "--patience=-1"]),
        ("group show", &["cid"]),
        ("group list", &["--limit", "0"]),
        ("tenant list", &["--no-such-flag"]),
    ] {
        assert_eq!(code(command, more), 2, "{command} {more:?} is used wrongly");
    }
    server.admin_json("tenant add", &["7", "--name", "远山"]);
    assert_eq!(code("staff list", &[]), 2, "two tenants and none named");
    assert_eq!(code("staff list", &["--tenant", "7"]), 0);
    assert_eq!(code("staff list", &["--tenant", "8"]), 1, "no such tenant");
}

#[test]
fn a_database_that_is_down_is_unreachable_not_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = folder.path().join("key");
    std::fs::write(&key, format!("{}\n", "5a".repeat(32))).expect("a key file");
    let address = format!("host=127.0.0.1 port={} user=app dbname=x", closed_port());
    for command in ["tenant list", "serve --listen 127.0.0.1:0", "demo --once"] {
        let said = run(laqun()
            .args(command.split_whitespace())
            .args(["--database-url", &address, "--unsafe-durability"])
            .arg("--master-key-file")
            .arg(&key)
            .arg("--data")
            .arg(folder.path().join("data")));
        assert_eq!((said.code, said.out.as_str()), (3, ""), "{command}: {}", said.err);
        assert!(said.err.contains("laqun: "), "{command}: {}", said.err);
    }
    assert!(!Path::new("/data").join("laqun.db").exists(), "nothing was made beside it");
}

/// As `laqun group list | head` does.
#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    for command in
        [&["tenant", "add", "7", "--name", "七"][..], &["tenant", "list"], &["tenant", "show", "7", "--json"]]
    {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut laqun = laqun();
        let said = laqun.args(command).arg("--data").arg(&data).stdout(writer).output().expect("it runs");
        let err = String::from_utf8_lossy(&said.stderr);
        assert_eq!((said.status.code(), &*err), (Some(0), ""), "{command:?}");
    }
}
