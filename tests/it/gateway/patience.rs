//! A slow platform does not hold the agent (promise 4).

use serde_json::json;

use super::groups::{lines, of_link, permanent, show, until_state};
use crate::harness::{Answer, Caller, Engine, Server, TENANT};

/// A sandbox channel of the sample tenant, reached by an outer type of its own name.
pub(super) fn sandbox(server: &Server, name: &str, settings: &str, more: &[&str]) {
    let channel = [name, "--platform", "sandbox", "--outer-type", name, "--settings", settings];
    server.admin_json("channel add", &[&channel[..], more].concat());
}

pub(super) async fn click(caller: &Caller, outer_type: &str) -> Answer {
    let object = json!({"case_id": "123", "tenant_id": TENANT, "staff_id": "123", "outer_type": outer_type});
    caller.communicate(&object).await
}

/// Link and code lead to the group's page, whatever state it is in.
pub(super) async fn link_and_code_work(caller: &Caller, answer: &Answer) {
    let data = answer.data();
    let link = data["group_link"].as_str().expect("a link");
    let page = caller.http.get(link).send().await.expect("a page");
    assert_eq!(page.status(), 200, "{link}");
    let url = data["group_qr_code"].as_str().expect("a picture");
    let picture = caller.http.get(url).send().await.expect("a picture");
    assert_eq!(
        (picture.status().as_u16(), &picture.headers()["content-type"]),
        (200, &"image/png".parse().expect("a value"))
    );
    let content = read_code(&picture.bytes().await.expect("bytes"));
    assert_eq!(Some(content.as_str()), url.strip_suffix("/qr.png"), "the code holds the group's address");
    let page = caller.http.get(&content).send().await.expect("a page");
    assert_eq!(page.status(), 200, "{content}");
}

/// What a QR code says.
pub(super) fn read_code(picture: &[u8]) -> String {
    let mut reader = png::Decoder::new(std::io::Cursor::new(picture)).read_info().expect("a PNG");
    let (width, height) = (reader.info().width as usize, reader.info().height as usize);
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let frame = reader.next_frame(&mut pixels).expect("a picture");
    let bytes = frame.line_size;
    let bits = frame.bit_depth as usize * frame.color_type.samples();
    let luma = |x: usize, y: usize| {
        let bit = x * bits;
        let byte = pixels[y * bytes + bit / 8];
        if bits >= 8 {
            byte
        } else if byte >> (8 - bits - bit % 8) & 1 == 1 {
            255
        } else {
            0
        }
    };
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, luma);
    image.detect_grids()[0].decode().expect("a code").1
}

#[tokio::test]
async fn while_the_platform_works_the_call_answers_as_the_channel_says_and_the_job_goes_on() {
    // Long enough that no machine is too slow to ask before it is over.
    let slow = r#"{"delay_ms":8000}"#;
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let caller = server.caller();
        sandbox(&server, "ok", slow, &["--patience", "0"]);
        sandbox(&server, "accepted", slow, &["--patience", "0.05", "--pending", "202"]);
        sandbox(&server, "error", slow, &["--patience", "0", "--pending", "error"]);
        let mut made = Vec::new();
        for (name, code) in [("ok", "200"), ("accepted", "202")] {
            let answer = click(&caller, name).await;
            let result = answer.result();
            assert_eq!(
                (&result["code"], &result["msg"]),
                (&json!(code), &json!("群创建中，链接已可用")),
                "{name}"
            );
            assert_eq!(result["success"], true);
            let names: Vec<_> = answer.data().as_object().expect("an object").keys().cloned().collect();
            assert_eq!(names, ["group_link", "group_qr_code", "account_type", "team_group_id"]);
            assert_eq!(of_link(&answer, "isgroupCreated"), "false");
            link_and_code_work(&caller, &answer).await;
            // A second click waits on the same job.
            let again = click(&caller, name).await;
            for member in ["group_qr_code", "team_group_id"] {
                assert_eq!(again.data()[member], answer.data()[member], "{name}: {member}");
            }
            made.push(answer);
        }
        let fault = click(&caller, "error").await.fault();
        assert_eq!((&fault["code"], &fault["msg"]), (&json!(50), &json!("Remote service error")));
        assert_eq!(fault["sub_code"], "isp.remote-service-timeout");
        assert_eq!(fault["sub_msg"], "群创建中，请稍后重试 (the group is being made, ask again)");
        for answer in &made {
            let group = until_state(&server, "200110004", &answer.data(), "active").await;
            let chat = group["platform_chat_id"].as_str().expect("the platform's id");
            let created = lines(&group, "created");
            assert_eq!(created.len(), 1, "made once: {group}");
            assert!(created[0].to_string().contains(chat), "{}", created[0]);
            assert_eq!(lines(&group, "reserved").len(), 1);
            link_and_code_work(&caller, answer).await;
        }
        for (name, before) in ["ok", "accepted"].into_iter().zip(&made) {
            let after = click(&caller, name).await;
            assert_eq!((&after.result()["code"], &after.result()["msg"]), (&json!("200"), &json!("成功")));
            for member in ["group_qr_code", "account_type", "team_group_id"] {
                assert_eq!(after.data()[member], before.data()[member], "{name}: {member}");
            }
            let ready = before.permanent_link().replace("isgroupCreated=false", "isgroupCreated=true");
            assert_eq!(after.permanent_link(), ready);
        }
        // What answered an error made its group all the same, once.
        let groups = server.admin_json("group list", &["--case-id", "123"]);
        let of: Vec<_> = groups.iter().filter(|group| group["channel"] == "error").collect();
        assert_eq!(of.len(), 1, "{groups:?}");
        let data = json!({"team_group_id": of[0]["open_conversation_id"]});
        until_state(&server, "200110004", &data, "active").await;
        assert_eq!(click(&caller, "error").await.result()["msg"], "成功");
    }
}

#[tokio::test]
async fn a_patient_call_waits_for_the_group_and_so_does_every_other_on_the_same_job() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let caller = server.caller();
        sandbox(&server, "patient", r#"{"delay_ms":1500}"#, &["--patience", "100"]);
        let clicks = (0..5).map(|_| click(&caller, "patient"));
        let answers = futures_util::future::join_all(clicks).await;
        for answer in &answers {
            assert_eq!(answer.result()["msg"], "成功");
            assert_eq!(of_link(answer, "isgroupCreated"), "true");
            assert_eq!(permanent(answer), permanent(&answers[0]));
        }
        let group = show(&server, "200110004", &answers[0].data());
        assert_eq!((&group["state"], lines(&group, "created").len()), (&json!("active"), 1), "{group}");
    }
}

#[tokio::test]
async fn a_restart_does_not_lose_the_job_of_a_group_that_was_promised() {
    for engine in Engine::all() {
        let mut server = Server::start(engine).await;
        sandbox(&server, "slow", r#"{"delay_ms":3000}"#, &["--patience", "0"]);
        let promised = click(&server.caller(), "slow").await.data();
        server.stop();
        server.restart();
        let group = until_state(&server, "200110004", &promised, "active").await;
        assert_eq!(lines(&group, "created").len(), 1, "{group}");
    }
}
