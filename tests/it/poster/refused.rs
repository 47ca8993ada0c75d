//! What has no poster.

use http::StatusCode;

use super::path;
use crate::{
    harness::{Engine, Server},
    promises::stored::rows,
};

#[tokio::test]
async fn a_token_without_a_code_has_no_poster_and_a_paper_that_there_is_not_is_no_address() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let path = path(&server, "123").await;
        let status = async |address: String| {
            reqwest::get(format!("{}{address}", server.url)).await.expect("the server answers").status()
        };
        let files = ["poster", "poster.html", "poster.svg", "poster.pdf", "poster.png", "qr.png"];
        for file in files {
            assert_eq!(status(format!("{path}/{file}")).await, 200, "{file}");
            for token in ["zzzzzzzzzzzzzzzzzzzzzz", "4uQeVj5tqViQh7yWWGStvk", "%00", "%E5%B7%A5"] {
                assert_eq!(status(format!("/g/{token}/{file}")).await, 404, "{token}/{file}");
            }
        }
        for paper in ["a5", "", "a4%00", "999mm"] {
            assert_eq!(status(format!("{path}/poster.png?size={paper}")).await, 404, "{paper}");
        }
        rows(&server, "UPDATE group_token SET revoked_at = 1").await;
        for file in files {
            assert_eq!(
                status(format!("{path}/{file}")).await,
                StatusCode::NOT_FOUND,
                "{file} of a renewed token"
            );
        }
    }
}

#[tokio::test]
async fn the_page_offers_all_papers_and_loads_nothing_foreign() {
    let server = Server::start(Engine::Sqlite).await;
    let path = path(&server, "123").await;
    let answer =
        reqwest::get(format!("{}{path}/poster?size=a4&lang=en", server.url)).await.expect("an answer");
    let policy = answer.headers()["content-security-policy"].to_str().expect("text").to_owned();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    let html = answer.text().await.expect("a page");
    for said in ["Scan to talk to us", "pa4", "size=80mm", "poster.pdf?size=a4", "工单 123"] {
        assert!(html.contains(said), "{said}");
    }
    assert!(!html.contains("<script"), "it works without");
}
