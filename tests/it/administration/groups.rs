//! Groups: found by every filter, page by page; tried again by hand.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{click, one, says_no};
use crate::harness::{Engine, Server};
use crate::promises::{remote::until_none, stored};

/// Groups of four kinds: on the page's channel by 123, by 7 with an assignee, on a sandbox that refuses, and dissolved.
async fn four_kinds(engine: Engine) -> Server {
    let server = Server::start(engine).await;
    one(&server, "staff add", &["7", "--name", "周岚"]);
    one(&server, "ticket add", &["seven", "--title", "t", "--assignee", "7"]);
    let refusing = r#"{"fault":"fail","fault_count":1000000}"#;
    let slow =
        ["broken", "--platform", "sandbox", "--outer-type", "b", "--patience", "0", "--settings", refusing];
    one(&server, "channel add", &slow);
    let caller = server.caller();
    click(&caller, "plain", json!({})).await.data();
    click(&caller, "seven", json!({"outer_type": "other"})).await.data();
    click(&caller, "broken", json!({"outer_type": "b"})).await.data();
    let gone = click(&caller, "gone", json!({})).await.data();
    one(&server, "group dissolve", &[gone["team_group_id"].as_str().expect("an id")]);
    click(&caller, "gone", json!({})).await.data();
    until_none(&server, "SELECT case_id FROM chat_group WHERE state IN ('reserved', 'creating')").await;
    server
}

fn cases(rows: &[Value]) -> Vec<String> {
    rows.iter()
        .map(|row| format!("{}{}", row["case_id"].as_str().expect("a case"), row["generation"]))
        .collect()
}

#[tokio::test]
async fn every_filter_finds_its_groups_and_no_others() {
    for engine in Engine::all() {
        let server = four_kinds(engine).await;
        let list = |more: &[&str]| cases(&server.admin_json("group list", more));
        // The newest first; 123 is the demo's own.
        let all = ["gone2", "gone1", "broken1", "seven1", "plain1", "1231"];
        assert_eq!(list(&[]), all, "{engine:?}");
        for (filter, expected) in [
            (&["--state", "active"][..], &["gone2", "seven1", "plain1", "1231"][..]),
            (&["--state", "dissolved"], &["gone1"]),
            (&["--state", "failed"], &["broken1"]),
            (&["--failed"], &["broken1"]),
            (&["--state", "closing"], &[]),
            (&["--platform", "sandbox"], &["broken1"]),
            (&["--platform", "web"], &["gone2", "gone1", "seven1", "plain1", "1231"]),
            (&["--channel", "broken"], &["broken1"]),
            (&["--channel", "ticket-page"], &["gone2", "gone1", "seven1", "plain1", "1231"]),
            (&["--case-id", "gone"], &["gone2", "gone1"]),
            (&["--case-id", "gone", "--state", "active"], &["gone2"]),
            (&["--outer-type", "other"], &["seven1"]),
            (&["--owner", "7"], &["seven1"]),
            (&["--owner", "123", "--failed"], &["broken1"]),
            (&["--owner", "7", "--failed"], &[]),
            (&["--platform", "sandbox", "--state", "active"], &[]),
            (&["--since", "1h"], &all),
            (&["--until", "1h"], &[]),
            (&["--since", "1970-01-01", "--until", "2999-01-01T00:00:00+08:00"], &all),
        ] {
            assert_eq!(list(filter), expected, "{engine:?} {filter:?}");
        }
        let second = server.admin_json("group list", &["--case-id", "seven"])[0]["created_at"].clone();
        let at = second.as_str().expect("a time");
        let since = list(&["--since", at]);
        assert!(
            since.contains(&"seven1".to_owned()) && !since.contains(&"1231".to_owned()),
            "{engine:?}: {since:?}"
        );
        let until = list(&["--until", at]);
        assert!(until.iter().all(|case| !since.contains(case)), "{engine:?}: {until:?}");
        assert_eq!(
            since.len() + until.len(),
            all.len(),
            "{engine:?}: a moment parts what was before from what came after"
        );
        for (filter, says) in [(["--channel", "x"], "channel list"), (["--owner", "x"], "staff add")] {
            assert!(says_no(&server, "group list", &filter).contains(says));
        }
    }
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap_and_end() {
    for engine in Engine::all() {
        let server = four_kinds(engine).await;
        for filter in [&[][..], &["--platform", "web"], &["--owner", "123"], &["--case-id", "gone"]] {
            let whole = cases(&server.admin_json("group list", filter));
            let (mut paged, mut after) = (Vec::new(), None::<String>);
            loop {
                let mut more = [filter, &["--limit", "1", "--json"]].concat();
                if let Some(after) = &after {
                    more.extend(["--after", after]);
                }
                let output = server.admin("group list", &more);
                let row: Value = serde_json::from_slice(&output.stdout).expect("one row");
                paged.extend(cases(&[row]));
                let said = String::from_utf8(output.stderr).expect("UTF-8");
                let next = said.split('\'').nth(1).map(ToOwned::to_owned);
                assert_eq!(next.is_some(), said.starts_with("more follow"), "{said}");
                match next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
            assert_eq!(paged, whole, "{engine:?} {filter:?}");
        }
    }
}

#[tokio::test]
async fn a_filter_that_few_of_many_groups_fit_looks_on_until_it_has_found_them() {
    for engine in Engine::all() {
        let server = four_kinds(engine).await;
        // Seventy thousand later groups of nobody's interest, written past the program: more than two pages look at.
        let (id, bytes) = match engine {
            Engine::Sqlite => ("CAST(x'f0' || substr(hex(zeroblob(8)) || i, -15) AS BLOB)", "x'00'"),
            Engine::Postgres => ("decode('f0' || lpad(to_hex(i), 30, '0'), 'hex')", "'\\x00'::bytea"),
        };
        let many = format!(
            "INSERT INTO chat_group (tenant_id, id, channel_id, case_id, generation, state, title, outer_type, by_default,
                                     owner, token_sealed, timeline_seq, platform, created_at, updated_at)
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 70000)
             SELECT 200110004, {id}, {bytes}, 'n' || i, 1, 'active', 't', 'n', 0, {bytes}, {bytes}, 1, 'web', 1, 1 FROM n"
        );
        stored::rows(&server, &many).await;
        let list = |more: &[&str]| cases(&server.admin_json("group list", more));
        assert_eq!(list(&["--owner", "7"]), ["seven1"], "{engine:?}");
        assert_eq!(list(&["--failed"]), ["broken1"], "{engine:?}");
        assert_eq!(list(&["--state", "dissolved", "--owner", "123"]), ["gone1"], "{engine:?}");
        assert_eq!(list(&["--outer-type", "nobody's"]), Vec::<String>::new(), "{engine:?}");
        let newest = list(&["--limit", "300"]);
        let distinct: BTreeSet<_> = newest.iter().collect();
        assert_eq!((newest.len(), distinct.len()), (300, 300), "{engine:?}");
    }
}

#[tokio::test]
async fn a_group_that_its_platform_refused_is_made_after_a_retry() {
    for engine in Engine::all() {
        let server = four_kinds(engine).await;
        let failed = one(&server, "group list", &["--failed"]);
        let group = failed["team_group_id"].as_str().expect("an id");
        assert!(failed["failure"].as_str().expect("a cause").contains("remedy"), "{failed}");
        assert!(says_no(&server, "group reopen", &[group]).contains("laqun group retry"), "{engine:?}");
        one(&server, "channel set", &["broken", "--settings", "{}"]);
        assert_eq!(one(&server, "group retry", &[group])["state"], "reserved");
        until_none(&server, "SELECT id FROM chat_group WHERE case_id = 'broken' AND state <> 'active'").await;
        let shown = one(&server, "group show", &[group]);
        assert_eq!((&shown["state"], &shown["failure"]), (&json!("active"), &json!(null)), "{engine:?}");
        let kinds = |more: &[&str]| {
            let lines = server.admin_json("group timeline", &[&[group], more].concat());
            lines.iter().map(|line| line["kind"].as_str().expect("a kind").to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(kinds(&[]), ["reserved", "members_added", "failed", "retried", "created"], "{engine:?}");
        assert_eq!(kinds(&["--after", "2", "--limit", "2"]), ["failed", "retried"], "{engine:?}");
        assert!(says_no(&server, "group retry", &[group]).contains("only a group that its platform refused"));
        stored::assert_whole(&server).await;
    }
}
