//! `/metrics`: what Prometheus reads, and that it is true.

use std::process::Command;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use top::Output;

use super::{
    DEADLINE, get,
    page::{Page, feed, ops},
};
use crate::harness::{Engine, METHOD, Server};

const OPS: [&str; 2] = ["--ops-listen", "127.0.0.1:0"];

/// Calls with outcomes that are known: how many of each.
async fn calls(server: &Server) {
    let caller = server.caller();
    for case_id in ["m1", "m2", "m3"] {
        let object = json!({"case_id": case_id, "staff_id": "123", "outer_type": "111"});
        assert_eq!(caller.communicate(&object).await.result()["success"], true);
    }
    let nobody = json!({"case_id": "m1", "staff_id": "nobody"});
    assert_eq!(caller.communicate(&nobody).await.fault()["sub_code"], "isv.staff-not-exist");
    for object in [json!({"staff_id": "123"}), json!({"case_id": "", "staff_id": "123"})] {
        assert_eq!(caller.communicate(&object).await.fault()["sub_code"], "isv.missing-parameter:case_id");
    }
    let mut forger = server.caller();
    "wrong".clone_into(&mut forger.secret);
    assert_eq!(forger.communicate(&json!({})).await.fault()["code"], 25);
    for invented in ["invented.one", "invented.two"] {
        assert_eq!(caller.method(invented, &[], Output::JSON).await.fault()["code"], 22);
    }
    assert_eq!(caller.method("taobao.time.get", &[], Output::JSON).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_counted_by_method_and_outcome_and_nothing_that_callers_invent_becomes_a_label() {
    for engine in Engine::all() {
        let server = Server::start_with(engine, &OPS, &[]).await;
        let Some(before) = Page::of(&server).await else { return };
        calls(&server).await;
        let page = Page::of(&server).await.expect("the parser is there");
        let counted = |method: &str, code: &str, sub_code: &str| {
            let labels = [("method", method), ("code", code), ("sub_code", sub_code)];
            let of = |page: &Page| page.count("laqun_calls_total", &labels).unwrap_or(0);
            of(&page) - of(&before)
        };
        for (method, code, sub_code, times) in [
            (METHOD, "0", "", 3),
            (METHOD, "50", "isv.staff-not-exist", 1),
            (METHOD, "50", "isv.missing-parameter", 2),
            (METHOD, "25", "", 1),
            ("taobao.time.get", "0", "", 1),
            ("unknown", "22", "", 2),
        ] {
            assert_eq!(counted(method, code, sub_code), times, "{method} {code} {sub_code} on {engine:?}");
        }
        let took = [("method", METHOD)];
        let took = |page: &Page| page.count("laqun_call_duration_seconds_count", &took).unwrap_or(0);
        assert_eq!(took(&page) - took(&before), 7);
        let text = format!("{:?}", page.0);
        assert!(
            !text.contains("invented") && !text.contains("12345678") && !text.contains("200110004"),
            "{text}"
        );

        // Three cold clicks: three units more at least, none of them refused, each batch synced once.
        let units = |page: &Page| page.count("laqun_store_units_total", &[]).expect("units");
        assert!(units(&page) - units(&before) >= 3);
        assert_eq!(page.value("laqun_store_units_refused_total", &[]), Some(0.0));
        let batches = page.count("laqun_store_batch_units_sum", &[]).expect("a sum");
        assert_eq!(batches, units(&page), "every unit was in a batch");
        assert!(page.value("laqun_store_commit_duration_seconds_count", &[]).expect("syncs") >= 3.0);
        assert!(page.value("laqun_store_queue_wait_seconds_count", &[]).expect("waits") >= 3.0);
        assert!(page.value("laqun_store_connections", &[("use", "write")]).expect("writers") >= 1.0);
        let answers =
            |page: &Page| page.count("laqun_http_responses_total", &[("class", "2xx")]).expect("2xx");
        assert_eq!(answers(&page) - answers(&before), 10);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_jobs_and_sizes_are_looked_for_in_the_background() {
    for engine in Engine::all() {
        let server = Server::start_with(engine, &OPS, &[]).await;
        let failing = ["failing", "--platform", "sandbox", "--outer-type", "failing"];
        let settings = ["--settings", r#"{"fault":"fail","fault_count":99}"#];
        server.admin_json("channel add", &[&failing[..], &settings].concat());
        let slow = ["slow", "--platform", "sandbox", "--outer-type", "slow", "--patience", "0"];
        let settings = ["--settings", r#"{"fault":"retry","fault_count":99}"#];
        server.admin_json("channel add", &[&slow[..], &settings].concat());
        for (case_id, outer_type) in [("b1", "111"), ("b2", "111"), ("b3", "failing"), ("b4", "slow")] {
            let object = json!({"case_id": case_id, "staff_id": "123", "outer_type": outer_type});
            server.caller().communicate(&object).await.result();
        }
        let wanted = [("open", 3.0), ("failed", 1.0), ("creating", 1.0), ("sealed", 0.0)];
        let deadline = Instant::now() + DEADLINE;
        let page = loop {
            let Some(page) = Page::of(&server).await else { return };
            let group = |state: &str| page.value("laqun_groups", &[("state", state)]);
            if wanted.iter().all(|(state, count)| group(state) == Some(*count)) {
                break page;
            }
            assert!(Instant::now() < deadline, "on {engine:?}: {:?}", wanted.map(|(state, _)| group(state)));
            sleep(std::time::Duration::from_millis(100)).await;
        };
        let jobs = |state: &str| page.value("laqun_jobs", &[("kind", "group.create"), ("state", state)]);
        assert_eq!((jobs("pending"), jobs("buried")), (Some(1.0), Some(1.0)), "on {engine:?}");
        assert!(page.value("laqun_job_oldest_due_age_seconds", &[("kind", "group.create")]).is_some());
        assert!(page.value("laqun_sample_age_seconds", &[]).expect("an age") < 3600.0);
        assert_eq!(page.value("laqun_database_up", &[]), Some(1.0));
        assert!(page.value("laqun_database_size_bytes", &[]).expect("a size") > 4096.0);
        let free = page.value("laqun_data_disk_free_bytes", &[]).expect("room");
        assert!(free > 0.0 && free <= page.value("laqun_data_disk_size_bytes", &[]).expect("a size"));
        assert!(page.value("process_resident_memory_bytes", &[]).expect("memory") > 1e6);
        assert!(page.value("process_open_fds", &[]).expect("descriptors") > 3.0);
    }
}

/// What Prometheus asks of names: <https://prometheus.io/docs/practices/naming/>.
fn follows_the_rules(family: &Value) {
    let name = family["name"].as_str().expect("a name");
    let help = family["help"].as_str().expect("a help");
    let samples = family["samples"].as_array().expect("samples");
    assert!(help.ends_with('.') && help.len() > 5, "{name}: {help}");
    assert!(name.starts_with("laqun_") || name.starts_with("process_"), "{name}");
    for unit in ["_ms", "_us", "_milliseconds", "_kb", "_mb", "_percent"] {
        assert!(!name.contains(unit), "{name}: seconds and bytes only");
    }
    match family["type"].as_str() {
        // The parser takes `_total` off the family's name.
        Some("counter") => {
            assert!(samples.iter().all(|sample| sample["name"] == format!("{name}_total")), "{name}");
        }
        Some("gauge") => assert!(!name.ends_with("_total"), "{name}"),
        Some("histogram") => {
            assert!(name.ends_with("_seconds") || name.ends_with("_units"), "{name}");
            let infinite = samples.iter().filter(|sample| sample["labels"]["le"] == "+Inf");
            let counts = samples.iter().filter(|sample| sample["name"] == format!("{name}_count"));
            let of = |sample: &Value| sample["value"].clone();
            assert_eq!(infinite.map(of).collect::<Vec<_>>(), counts.map(of).collect::<Vec<_>>(), "{name}");
        }
        other => panic!("{name} is {other:?}: a sample without its TYPE"),
    }
}

#[tokio::test]
async fn every_line_is_as_prometheus_wants_it() {
    for engine in Engine::all() {
        let server = Server::start_with(engine, &OPS, &[]).await;
        calls(&server).await;
        let (_, text) = get(&server, &ops(&server, "/metrics")).await;
        let Some(page) = Page::read(&text) else { return };
        assert!(page.0.len() > 30, "{text}");
        page.0.iter().for_each(follows_the_rules);
        // Each line is a comment or one sample of those that were parsed.
        let lines = text.lines().filter(|line| !line.starts_with('#')).count();
        let samples: usize = page.0.iter().map(|f| f["samples"].as_array().expect("samples").len()).sum();
        assert_eq!(lines, samples);
        let (clean, said) = feed(Command::new("promtool").args(["check", "metrics"]), &text);
        assert!(clean, "promtool on {engine:?}: {said}");
    }
}

#[tokio::test]
async fn the_public_listener_has_none_of_it() {
    let server = Server::start_with(Engine::Sqlite, &OPS, &[]).await;
    for path in ["/metrics", "/log"] {
        assert_eq!(get(&server, &format!("{}{path}", server.url)).await.0, 404, "{path}");
    }
    let (_, verbose) = get(&server, &format!("{}/readyz?verbose", server.url)).await;
    assert_eq!(verbose, "ready\n");
    let (status, contents) = get(&server, &ops(&server, "/")).await;
    assert_eq!(status, 200);
    for path in ["/metrics", "/healthz", "/readyz", "/log"] {
        assert!(contents.contains(path), "{contents}");
        assert_eq!(get(&server, &ops(&server, path)).await.0, 200, "{path}");
    }
    for path in ["/router/rest", "/g/x", "/api/v1"] {
        assert_eq!(get(&server, &ops(&server, path)).await.0, 404, "{path}");
    }
}
