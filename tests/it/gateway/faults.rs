//! A platform that fails: tried again, looked for, or given up with a cause and a remedy.

use serde_json::json;

use super::{
    groups::{lines, show, until_state},
    patience::{click, link_and_code_work, sandbox},
};
use crate::harness::{Engine, Server};

/// How many groups the sample ticket has on a channel, dissolved ones too.
fn count(server: &Server, channel: &str) -> usize {
    let groups = server.admin_json("group list", &["--case-id", "123"]);
    groups.iter().filter(|group| group["channel"] == channel).count()
}

#[tokio::test]
async fn a_refusal_for_now_is_tried_again_until_the_group_is_there() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let caller = server.caller();
        sandbox(&server, "busy", r#"{"fault":"retry","fault_count":2}"#, &["--patience", "100"]);
        let answer = click(&caller, "busy").await;
        assert_eq!(answer.result()["msg"], "成功");
        let group = until_state(&server, "200110004", &answer.data(), "active").await;
        assert_eq!((lines(&group, "created").len(), count(&server, "busy")), (1, 1), "{group}");
        assert!(lines(&group, "failed").is_empty() && group["failure"].is_null(), "{group}");
    }
}

#[tokio::test]
async fn an_answer_that_was_lost_is_looked_for_and_no_second_group_is_made() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let caller = server.caller();
        sandbox(&server, "lossy", r#"{"fault":"unsure","fault_count":1}"#, &["--patience", "100"]);
        let answer = click(&caller, "lossy").await;
        assert_eq!(answer.result()["msg"], "成功");
        let group = show(&server, "200110004", &answer.data());
        assert_eq!(group["state"], "active");
        assert_eq!((lines(&group, "created").len(), count(&server, "lossy")), (1, 1), "{group}");
        assert!(group["platform_chat_id"].is_string(), "{group}");
    }
}

#[tokio::test]
async fn a_refusal_for_good_is_told_with_cause_and_remedy_and_a_click_tries_again() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let caller = server.caller();
        sandbox(&server, "closed", r#"{"fault":"fail","fault_count":2}"#, &["--patience", "100"]);
        let first = click(&caller, "closed").await;
        // The link is ours and works; that the group is being made would be a lie.
        assert_eq!(first.result()["msg"], "平台建群失败，链接已可用，再次点击会重试");
        link_and_code_work(&caller, &first).await;
        let group = show(&server, "200110004", &first.data());
        assert_eq!(group["state"], "failed");
        let failure = group["failure"].to_string();
        assert!(failure.contains("HTTP 403") && failure.contains("change the channel's settings"), "{group}");
        assert_eq!(lines(&group, "failed").len(), 1, "{group}");
        assert!(lines(&group, "created").is_empty(), "{group}");
        // Each click is one more attempt; the third finds the platform willing.
        let second = click(&caller, "closed").await;
        assert_eq!(second.data()["team_group_id"], first.data()["team_group_id"]);
        let group = show(&server, "200110004", &first.data());
        assert_eq!((&group["state"], lines(&group, "failed").len()), (&json!("failed"), 2), "{group}");
        let third = click(&caller, "closed").await;
        assert_eq!(third.result()["msg"], "成功");
        for member in ["group_qr_code", "team_group_id"] {
            assert_eq!(third.data()[member], first.data()[member], "{member}");
        }
        let group = show(&server, "200110004", &first.data());
        assert_eq!((&group["state"], &group["generation"]), (&json!("active"), &json!(1)), "{group}");
        assert!(group["failure"].is_null(), "{group}");
        assert_eq!((lines(&group, "retried").len(), lines(&group, "created").len()), (2, 1), "{group}");
        assert_eq!(count(&server, "closed"), 1);
    }
}

#[tokio::test]
async fn a_channel_that_answers_pending_with_an_error_answers_failure_with_one_too() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let settings = r#"{"fault":"fail","fault_count":1}"#;
        sandbox(&server, "strict", settings, &["--patience", "100", "--pending", "error"]);
        let fault = click(&server.caller(), "strict").await.fault();
        assert_eq!((&fault["code"], &fault["sub_code"]), (&json!(50), &json!("isp.remote-service-error")));
        assert_eq!(
            fault["sub_msg"],
            "平台拒绝建群，原因见群时间线，再次点击会重试 \
             (the platform refused, see the group's timeline; a further click tries again)"
        );
        assert_eq!(click(&server.caller(), "strict").await.result()["msg"], "成功");
        assert_eq!(count(&server, "strict"), 1);
    }
}
