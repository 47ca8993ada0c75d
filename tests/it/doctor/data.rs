//! Jobs, groups, the sample app.

use super::Report;
use crate::{
    harness::{Engine, Server},
    promises::stored,
};

#[tokio::test]
async fn jobs_that_nobody_does_or_that_were_given_up_are_told() {
    for engine in Engine::all() {
        let mut server = Server::start(engine).await;
        server.stop();
        let doctor = || Report::of(server.command("doctor").args(["--listen", "127.0.0.1:0"]));
        doctor().says("jobs", "ok", &["0 waiting"]);
        for (key, buried) in [("late", 0), ("dead", 1)] {
            let sql = format!(
                "INSERT INTO store_job (kind, key, tenant_id, payload, created_ms, due_ms, buried, cause)
                 VALUES ('group.create', '{key}', 1, '', 1, 1, {buried}, 'x')"
            );
            stored::rows(&server, &sql).await;
        }
        let report = doctor();
        report.says("jobs", "warning", &["1 waiting", "1 of them due", "laqun serve"]);
        report.says("jobs.given_up", "warning", &["1 jobs", "laqun group show"]);
    }
}

#[tokio::test]
async fn groups_that_their_platform_did_not_make_are_told_by_tenant() {
    for engine in Engine::all() {
        let mut server = Server::start(engine).await;
        server.stop();
        let doctor = || Report::of(server.command("doctor").args(["--listen", "127.0.0.1:0"]));
        doctor().says("groups", "ok", &["none"]);
        stored::rows(&server, "UPDATE chat_group SET state = 'failed'").await;
        doctor().says("groups", "warning", &["1 of tenant 200110004", "laqun group list --tenant 200110004"]);
    }
}

#[tokio::test]
async fn the_sample_app_beyond_loopback_is_told() {
    for engine in Engine::all() {
        let mut server = Server::start(engine).await;
        server.stop();
        let doctor = |listen| Report::of(server.command("doctor").args(["--listen", listen]));
        doctor("127.0.0.1:7").says("sample_app", "ok", &["this machine only"]);
        let report = doctor("0.0.0.0:7");
        report.says("sample_app", "warning", &["12345678", "laqun app add", "code 29"]);
        report.says("public_url", "problem", &["LAQUN_PUBLIC_URL"]);
        stored::rows(&server, "UPDATE app SET demo = 0").await;
        doctor("0.0.0.0:7").says("sample_app", "warning", &["12345678", "demo --lan", "laqun app remove"]);
        stored::rows(&server, "UPDATE app SET enabled = 0").await;
        doctor("0.0.0.0:7").says("sample_app", "ok", &[]);
    }
}
