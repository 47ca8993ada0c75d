//! The files of `ops/`: what they ask for is what the server exports.

use std::{collections::BTreeSet, fmt::Write as _, path::PathBuf, process::Command};

use serde_json::Value;

use super::{get, page::ops};
use crate::harness::{Engine, Server};

fn file(path: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../ops")).join(path)
}

fn read(path: &str) -> String {
    std::fs::read_to_string(file(path)).expect("a file")
}

/// The names of metrics in a text, ours and the process's.
fn names(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let ours = words.filter(|word| word.starts_with("laqun_") || word.starts_with("process_"));
    ours.map(str::to_owned).collect()
}

/// The names that a server exports: of families, and of samples.
async fn exported() -> (BTreeSet<String>, BTreeSet<String>) {
    let server = Server::start_with(Engine::Sqlite, &["--ops-listen", "127.0.0.1:0"], &[]).await;
    // Until the figures are there that are looked for in the background.
    let text = loop {
        let (_, text) = get(&server, &ops(&server, "/metrics")).await;
        if text.contains("laqun_sample_age_seconds") {
            break text;
        }
    };
    let (mut families, mut samples) = (BTreeSet::new(), BTreeSet::new());
    for line in text.lines() {
        if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|line| line.split_once(' ')) {
            families.insert(name.to_owned());
            let suffixes: &[&str] = if kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
            samples.extend(suffixes.iter().map(|suffix| format!("{name}{suffix}")));
        }
    }
    (families, samples)
}

fn expressions(dashboard: &Value) -> Vec<String> {
    let panels = dashboard["panels"].as_array().expect("panels").iter();
    let targets = panels.filter_map(|panel| panel["targets"].as_array()).flatten();
    targets.map(|target| target["expr"].as_str().expect("an expression").to_owned()).collect()
}

#[tokio::test]
async fn dashboard_and_alerts_ask_for_what_the_server_exports_and_nothing_is_left_out() {
    let (families, samples) = exported().await;
    let dashboard: Value = serde_json::from_str(&read("grafana/laqun.json")).expect("JSON");
    let shown = names(&expressions(&dashboard).join(" "));
    let rules = read("prometheus/laqun.rules.yml");
    // Not what explains, and not what a rule's test makes up.
    let alerts = names(&rules.lines().filter(|line| !line.trim_start().starts_with('#')).collect::<String>());
    for name in shown.iter().chain(&alerts) {
        assert!(samples.contains(name), "{name} is asked for and not exported");
    }
    for family in &families {
        assert!(shown.iter().any(|name| name.starts_with(family.as_str())), "{family} is on no panel");
    }
    assert!(alerts.len() > 10, "{alerts:?}");
}

fn promtool(arguments: &[&str], of: &std::path::Path) {
    let output = Command::new("promtool").args(arguments).arg(of).output().expect("promtool runs");
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
}

#[test]
fn alerts_are_rules_that_prometheus_takes_and_that_fire_when_they_should() {
    promtool(&["check", "rules"], &file("prometheus/laqun.rules.yml"));
    promtool(&["test", "rules"], &file("prometheus/laqun.rules.test.yml"));
    let rules = read("prometheus/laqun.rules.yml");
    let count = |word: &str| rules.matches(word).count();
    assert_eq!(count("- alert: "), count("remedy: "), "each alert says what to do");
    assert_eq!(count("- alert: "), count("severity: page}") + count("severity: ticket}"));
}

#[test]
fn every_expression_of_the_dashboard_is_one_that_prometheus_understands() {
    let dashboard: Value = serde_json::from_str(&read("grafana/laqun.json")).expect("JSON");
    let mut rules = "groups:\n  - name: panels\n    rules:\n".to_owned();
    for (at, expression) in expressions(&dashboard).iter().enumerate() {
        // What Grafana puts in before it asks.
        let asked = expression.replace("$__rate_interval", "1m").replace("$instance", ".*");
        assert!(!asked.contains('$'), "{expression}");
        let _ = writeln!(rules, "      - record: panel:{at}\n        expr: {}", Value::from(asked));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("panels.yml");
    std::fs::write(&path, rules).expect("a file");
    promtool(&["check", "rules"], &path);
    let ids: Vec<_> = dashboard["panels"].as_array().expect("panels").iter().map(|p| &p["id"]).collect();
    let distinct: BTreeSet<_> = ids.iter().map(ToString::to_string).collect();
    assert_eq!(distinct.len(), ids.len(), "panels have ids of their own");
}
