//! A page of metrics, read by others' tools.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use serde_json::Value;

use super::get;
use crate::harness::{Server, clients_folder};

/// What stands on a page.
pub(super) struct Page(pub(super) Vec<Value>);

/// Runs a program with a text as its input; whether it succeeded, and all that it said.
pub(super) fn feed(command: &mut Command, text: &str) -> (bool, String) {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("the program runs");
    child.stdin.take().expect("piped").write_all(text.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).expect("UTF-8"))
}

/// The operations listener of a server that was started with `--ops-listen 127.0.0.1:0`.
pub(super) fn ops(server: &Server, path: &str) -> String {
    format!("http://{}{path}", server.printed["ops"].as_str().expect("an operations listener"))
}

impl Page {
    /// Reads a server's page; none where the parser is not installed.
    pub(super) async fn of(server: &Server) -> Option<Self> {
        let (status, text) = get(server, &ops(server, "/metrics")).await;
        assert_eq!(status, 200, "{text}");
        Self::read(&text)
    }

    /// Reads a page with Prometheus' own parser.
    pub(super) fn read(text: &str) -> Option<Self> {
        let python = clients_folder()?.join("python/bin/python");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/clients/prometheus_page.py");
        let (parsed, said) = feed(Command::new(python).arg(script), text);
        assert!(parsed, "{said}");
        Some(Self(serde_json::from_str(&said).expect("JSON")))
    }

    /// The same for a count.
    pub(super) fn count(&self, name: &str, labels: &[(&str, &str)]) -> Option<i64> {
        self.text(name, labels).map(|text| text.trim_end_matches(".0").parse().expect("a whole number"))
    }

    /// The value of the sample with this name and these labels, among others.
    pub(super) fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        self.text(name, labels).map(|text| text.parse().expect("a number"))
    }

    fn text(&self, name: &str, labels: &[(&str, &str)]) -> Option<String> {
        let samples = self.0.iter().flat_map(|family| family["samples"].as_array().expect("samples"));
        let mut found = samples.filter(|sample| {
            sample["name"] == name && labels.iter().all(|(label, value)| sample["labels"][label] == *value)
        });
        let value = found.next()?["value"].as_str().expect("a value").to_owned();
        assert!(found.next().is_none(), "more than one {name} {labels:?}");
        Some(value)
    }
}
