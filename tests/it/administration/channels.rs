//! Channels: rules that the next call follows, and what stands in the way of taking one away.

use serde_json::{Value, json};

use super::{click, one, refused, says_no, team_group_id};
use crate::harness::{Engine, Server};

/// A platform that does not answer as long as the test lasts.
const NEVER: &str = r#"{"delay_ms":600000}"#;

#[tokio::test]
async fn patience_and_pending_change_with_the_next_call() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let slow =
            ["slow", "--platform", "sandbox", "--outer-type", "s", "--patience", "0", "--settings", NEVER];
        one(&server, "channel add", &slow);
        let caller = server.caller();
        let ask = |case: &'static str| click(&caller, case, json!({"outer_type": "s"}));
        let answer = ask("1").await.result();
        assert_eq!(
            (&answer["code"], &answer["msg"]),
            (&json!("200"), &json!("群创建中，链接已可用")),
            "{engine:?}"
        );
        one(&server, "channel set", &["slow", "--pending", "202"]);
        assert_eq!(ask("1").await.result()["code"], "202", "{engine:?}");
        one(&server, "channel set", &["slow", "--pending", "error"]);
        let no = refused(&ask("1").await);
        assert_eq!(no, Some((50, "isp.remote-service-timeout".into())), "{engine:?}");

        // Patient enough now, with a platform that answers: the job takes the new settings, too.
        let quick = ["slow", "--settings", r#"{"delay_ms":1}"#, "--patience", "10m", "--no-pending"];
        let shown = one(&server, "channel set", &quick);
        assert_eq!((&shown["patience"], &shown["pending"]), (&json!(600.0), &Value::Null));
        assert_eq!(ask("2").await.result()["msg"], "成功", "{engine:?}");
        one(&server, "channel set", &["slow", "--settings", NEVER, "--patience", "0.0"]);
        assert_eq!(ask("3").await.result()["msg"], "群创建中，链接已可用", "{engine:?}");
    }
}

#[tokio::test]
async fn outer_types_owner_and_name_move_with_the_next_call() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        one(&server, "channel add", &["a", "--outer-type", "x"]);
        one(&server, "channel add", &["b"]);
        let channel_of = |case: &'static str, more: Value| {
            let (server, caller) = (&server, server.caller());
            async move {
                click(&caller, case, more).await.data();
                one(server, "group list", &["--case-id", case])["channel"]
                    .as_str()
                    .expect("a name")
                    .to_owned()
            }
        };
        assert_eq!(channel_of("1", json!({"outer_type": "x"})).await, "a");
        one(&server, "channel set", &["b", "--add-outer-type", "x", "--add-outer-type", "y"]);
        assert_eq!(channel_of("2", json!({"outer_type": "x"})).await, "b", "{engine:?}");
        assert_eq!(one(&server, "channel show", &["a"])["outer_types"], json!([]));
        one(&server, "channel set", &["b", "--remove-outer-type", "x", "--default"]);
        assert_eq!(
            channel_of("3", json!({"outer_type": "unknown"})).await,
            "b",
            "{engine:?}: the default now"
        );
        assert!(
            says_no(&server, "channel set", &["b", "--remove-outer-type", "x"])
                .contains("laqun channel show")
        );

        let nobody = json!({"staff_id": "", "outer_type": "y"});
        let no = refused(&click(&server.caller(), "4", nobody.clone()).await);
        assert_eq!(no, Some((50, "isv.missing-parameter:staff_id".into())), "{engine:?}");
        one(&server, "channel set", &["b", "--default-owner", "123"]);
        assert_eq!(channel_of("4", nobody.clone()).await, "b", "{engine:?}");
        one(&server, "channel set", &["b", "--no-default-owner", "--name", "c"]);
        assert!(refused(&click(&server.caller(), "5", nobody).await).is_some(), "{engine:?}");
        assert_eq!(channel_of("4", json!({"outer_type": "y"})).await, "c", "{engine:?}: renamed");
        assert!(says_no(&server, "channel set", &["c", "--name", "a"]).contains("take another"));
    }
}

#[tokio::test]
async fn a_channel_in_use_stays_and_one_that_is_gone_is_named_by_its_history() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        one(&server, "channel add", &["night", "--outer-type", "n", "--default-owner", "123"]);
        let ask = |case: &'static str| {
            let caller = server.caller();
            async move { team_group_id(&click(&caller, case, json!({"outer_type": "n"})).await) }
        };
        let groups = [ask("1").await, ask("2").await];
        for command in [&["channel remove", "night"][..], &["channel set", "night", "--platform", "sandbox"]]
        {
            let said = says_no(&server, command[0], &command[1..]);
            assert!(said.contains("2 live groups") && said.contains("group list --channel night"), "{said}");
        }
        for group in &groups {
            one(&server, "group dissolve", &[group]);
        }
        one(&server, "channel remove", &["night"]);
        assert!(says_no(&server, "channel show", &["night"]).contains("channel list"));
        assert!(says_no(&server, "channel remove", &["night"]).contains("channel list"));
        let past = server.admin_json("group list", &["--channel", "night", "--state", "dissolved"]);
        assert_eq!(past.len(), 2, "{engine:?}");
        assert!(past.iter().all(|group| group["channel"] == "night"), "{past:?}");
        // Its outer type is nobody's now, and goes to the default channel.
        ask("1").await;
        assert_eq!(
            one(&server, "group list", &["--case-id", "1", "--state", "active"])["channel"],
            "ticket-page"
        );

        one(&server, "channel add", &["night", "--outer-type", "n", "--platform", "sandbox"]);
        assert_eq!(
            one(&server, "channel show", &["night"])["default_owner"],
            json!(null),
            "{engine:?}: new values"
        );
        ask("9").await;
        let made = server.admin_json("group list", &["--channel", "night"]);
        assert_eq!((made.len(), &made[0]["platform"]), (3, &json!("sandbox")), "{engine:?}");
    }
}

#[tokio::test]
async fn hours_and_time_zones_are_checked_and_shown_in_one_spelling() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let hours = ["--hours", "Mo,Tu,We,Th,Fr 09:00-12:00,13:00-18:00", "--timezone", "europe/berlin"];
        one(&server, "channel add", &[&["c"][..], &hours].concat());
        let shown = one(&server, "channel show", &["c"]);
        assert_eq!(shown["hours"], "Mo-Fr 09:00-12:00,13:00-18:00", "{engine:?}");
        assert_eq!(shown["timezone"], "Europe/Berlin", "{engine:?}");
        assert_eq!(one(&server, "channel set", &["c", "--hours", "24/7"])["hours"], json!(null));
        for (flag, value, says) in [
            ("--hours", "9-18", "Mo-Fr 09:00"),
            ("--hours", "Mo 25:00-26:00", "is no time"),
            ("--timezone", "Asia/Peking", "Asia/Shanghai"),
            ("--timezone", "../../etc/passwd", "IANA"),
            ("--settings", "{\"x\":1}", "unknown field `x`"),
            ("--default-owner", "nobody", "laqun staff add"),
        ] {
            let said = says_no(&server, "channel set", &["c", flag, value]);
            assert!(said.contains(says), "{said}");
        }
        assert_eq!(one(&server, "channel show", &["ticket-page"])["timezone"], "Asia/Shanghai");
    }
}

#[tokio::test]
async fn a_platform_is_shown_with_its_settings_and_a_channel_s_is_checked() {
    let server = Server::start(Engine::Sqlite).await;
    one(&server, "channel add", &["try", "--platform", "sandbox"]);
    let listed = server.admin_json("platform list", &[]);
    let of = |name: &str| listed.iter().find(|row| row["name"] == name).expect("listed").clone();
    assert_eq!((&of("web")["channels"], &of("sandbox")["channels"]), (&json!(2), &json!(1)));
    let shown = one(&server, "platform show", &["sandbox"]);
    assert_eq!(shown["channels"], json!([{"tenant_id": 200_110_004, "channel": "try"}]));
    assert!(shown["settings"].as_array().expect("rows").iter().any(|row| row["setting"] == "delay_ms"));
    for (channel, platform) in [("ticket-page", "web"), ("try", "sandbox")] {
        let checked = one(&server, "platform check", &[channel]);
        assert_eq!((&checked["platform"], &checked["answered"]), (&json!(platform), &json!(true)));
    }
    assert!(says_no(&server, "platform check", &["nowhere"]).contains("channel list"));
}
