//! SIGHUP: the settings are read again.

use std::path::PathBuf;

use serde_json::json;
use top::{Output, client};

use super::{DEADLINE, get, signal, until_logged};
use crate::harness::{Answer, Engine, Server, now_ms};

/// A server whose settings are in a file, and that file.
async fn server(engine: Engine, text: &str) -> (Server, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder").keep();
    let file = folder.join("laqun.toml");
    std::fs::write(&file, text).expect("a file");
    let path = file.display().to_string();
    // The tests' own level would win over the file's.
    let environment = [("LAQUN_LOG_LEVEL", "")];
    let mut server = Server::start_with(engine, &["--config", &path], &environment).await;
    server.stop();
    server.restart();
    (server, file)
}

/// A call that was signed an hour ago, for a member of staff who does not exist.
async fn late_call(server: &Server) -> Answer {
    let caller = server.caller();
    let object = json!({"case_id": "1", "staff_id": "nobody", "outer_type": "111"}).to_string();
    let call =
        client::Call::new(&caller.app_key, &caller.secret, crate::harness::METHOD, now_ms() - 3_600_000);
    let signed = call.output(Output::JSON).param("service_communication_request", &object).sign();
    caller.send("POST", "/router/rest", &signed).await.expect("an answer")
}

async fn code(server: &Server) -> i64 {
    late_call(server).await.fault()["code"].as_i64().expect("a code")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_change_changes_at_sighup_and_calls_go_on() {
    for engine in Engine::all() {
        let (server, file) = server(engine, "[log]\nlevel = \"info\"\n").await;
        assert_eq!(code(&server).await, 31, "an hour is too far");
        let text = "public_url = \"http://localhost:1\"\n\
                    [gateway]\nclock_skew = 7200\nbusiness_error_code = 15\n\
                    [log]\nlevel = \"warn,laqun::serve=info\"\n";
        std::fs::write(&file, text).expect("a file");
        assert_eq!(code(&server).await, 31, "a file alone changes nothing");
        signal(&server, "HUP");
        let told = until_logged(&server, 1, &["the settings were read again"]).await;
        for name in ["public_url", "gateway.clock_skew", "gateway.business_error_code", "log.level"] {
            assert!(told[0].contains(name), "{name}: {told:?}");
        }
        assert_eq!(code(&server).await, 15, "read in time, and refused with the new code");
        let answer = server.caller().communicate(&json!({"case_id": "123", "staff_id": "123"})).await;
        assert!(answer.permanent_link().starts_with("http://localhost:1/"), "{}", answer.body);
        let lines = until_logged(&server, 1, &["call refused"]).await.len();
        // The documented sample's app works on addresses of this machine only.
        std::fs::write(&file, "public_url = \"http://laqun.example\"\n[log]\nlevel = \"info\"\n")
            .expect("a file");
        signal(&server, "HUP");
        until_logged(&server, 2, &["the settings were read again"]).await;
        assert_eq!(code(&server).await, 29);
        let more = until_logged(&server, lines + 1, &["call refused"]).await;
        assert_eq!(more.len(), lines + 1, "calls are logged again, and were not meanwhile: {more:?}");
        assert_eq!(get(&server, &format!("{}/readyz", server.url)).await.0, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_mistakes_changes_nothing_and_all_of_them_are_logged() {
    let (server, file) = server(Engine::Sqlite, "").await;
    std::fs::write(
        &file,
        "public_ulr = \"http://x\"\n[gateway]\nclock_skew = 7200\nbusiness_error_code = \"fifteen\"\n\
         [log]\nlevel = \"loud\"\nformat = \n",
    )
    .expect("a file");
    signal(&server, "HUP");
    until_logged(&server, 1, &["SIGHUP: all settings stay as they were", "mistakes=4"]).await;
    let told = until_logged(&server, 4, &["SIGHUP: a mistake in the settings"]).await;
    for (line, says) in told.iter().zip([
        ["line 1, column 1", "did you mean `public_url`?"],
        ["line 4, column 23", "gateway.business_error_code must be a whole number"],
        ["line 6, column 9", "`loud` is no level"],
        ["line 7, column", "format"],
    ]) {
        assert!(says.iter().all(|word| line.contains(word)), "{says:?}: {line}");
    }
    assert_eq!(code(&server).await, 31, "the skew, which was right, is not taken either");
    std::fs::remove_file(&file).expect("a file");
    signal(&server, "HUP");
    until_logged(&server, 1, &["SIGHUP: all settings stay as they were", "cannot read the configuration"])
        .await;
    assert_eq!(code(&server).await, 31);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_a_restart_is_named_and_stays() {
    let (server, file) = server(Engine::Sqlite, "drain_delay = 0\n").await;
    std::fs::write(
        &file,
        "master_key_file = \"/nowhere\"\n[gateway]\nclock_skew = 7200\n[log]\nformat = \"json\"\n",
    )
    .expect("a file");
    signal(&server, "HUP");
    let told = until_logged(&server, 1, &["only after a restart"]).await;
    for name in ["master_key_file", "log.format"] {
        assert!(told[0].contains(name) && !told[0].contains("clock_skew"), "{name}: {told:?}");
    }
    let changed = until_logged(&server, 1, &["the settings were read again"]).await;
    assert!(changed[0].contains("gateway.clock_skew") && !changed[0].contains("log.format"), "{changed:?}");
    assert_eq!(code(&server).await, 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_began_before_a_reload_ends_with_the_settings_that_it_began_with() {
    for engine in Engine::all() {
        let (server, file) = server(engine, "[channel]\npatience = 30\npending = \"202\"\n").await;
        let slow = ["slow", "--platform", "sandbox", "--outer-type", "slow"];
        server.admin_json("channel add", &[&slow[..], &["--settings", r#"{"delay_ms":1500}"#]].concat());
        let caller = server.caller();
        let call = tokio::spawn(async move {
            caller.communicate(&json!({"case_id": "slow", "staff_id": "123", "outer_type": "slow"})).await
        });
        let deadline = tokio::time::Instant::now() + DEADLINE;
        while server.admin_json("group list", &[]).iter().all(|row| row["case_id"] != "slow") {
            assert!(tokio::time::Instant::now() < deadline, "the group is begun");
        }
        std::fs::write(&file, "public_url = \"http://localhost:1\"\n[channel]\npatience = 0\n")
            .expect("a file");
        signal(&server, "HUP");
        until_logged(&server, 1, &["the settings were read again"]).await;
        let answer = call.await.expect("an answer");
        // It waited for its platform, as patient as it was when it began, and its link is of that time.
        assert_eq!(answer.result()["msg"], "成功", "on {engine:?}");
        assert!(answer.permanent_link().starts_with(&server.url), "{}", answer.body);
        let after = server.caller().communicate(&json!({"case_id": "123", "staff_id": "123"})).await;
        assert!(after.permanent_link().starts_with("http://localhost:1/"), "{}", after.body);
    }
}
