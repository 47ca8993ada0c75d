//! The figures and settings of operations that the manual names are the server's.

use std::collections::BTreeSet;

use super::pages;
use crate::harness::{Engine, Server};

#[tokio::test]
async fn every_figure_that_the_manual_names_is_one_of_the_servers() {
    let server = Server::start_with(Engine::Sqlite, &["--ops-listen", "127.0.0.1:0"], &[]).await;
    let ops = server.printed["ops"].as_str().expect("the operations listener").to_owned();
    let page = server.caller().http.get(format!("http://{ops}/metrics")).send().await.expect("figures");
    let text = page.text().await.expect("a text");
    let there: BTreeSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# HELP ")?.split(' ').next()).collect();
    for language in ["en", "zh"] {
        let page = pages(&format!("docs/{language}/operate.md")).remove(0);
        let code = page.text.split('`').skip(1).step_by(2);
        let named: BTreeSet<&str> = code.filter(|word| word.starts_with("laqun_")).collect();
        assert!(named.len() > 5, "{named:?}");
        let strange: Vec<_> = named.difference(&there).collect();
        assert!(strange.is_empty(), "{}: {strange:?}", page.name());
    }
}
