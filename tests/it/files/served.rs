//! Who is given a file, and how.

use image::ImageFormat;
use serde_json::json;

use super::{fetch, path, picture, sent, uploaded, wav};
use crate::{
    harness::{Engine, Page, Server},
    people::group,
};

#[tokio::test]
async fn whoever_has_no_business_with_a_file_finds_none() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let (staff, link) = group(&server, "served-1").await;
        let customer = Page::joined(&server, &link).await;
        let file = uploaded(&staff, "lane=customer&name=a.png", picture(ImageFormat::Png, 900, 20)).await;
        sent(&staff, "customer", &file).await;
        let guest = Page::joined(&server, &link).await;
        let (other, other_link) = group(&server, "served-2").await;
        let stranger = Page::joined(&server, &other_link).await;
        for suffix in ["", "/thumb"] {
            let path = format!("{}{suffix}", path(&file));
            assert_eq!(fetch(&customer, &path, &[]).await.0, 200);
            assert_eq!(fetch(&guest, &path, &[]).await.0, 404, "said before the guest came");
            assert_eq!(fetch(&other, &path, &[]).await.0, 404, "another group's staff");
            assert_eq!(fetch(&stranger, &path, &[]).await.0, 404, "another group's customer");
            assert_eq!(fetch(&Page::visitor(&server, &link), &path, &[]).await.0, 401, "no cookie");
        }
        for id in ["x", "00000000-0000-7000-8000-000000000000", "..%2f..%2fetc%2fpasswd"] {
            assert_eq!(fetch(&staff, &format!("/files/{id}"), &[]).await.0, 404, "{id}");
        }
        // What is sent from now on, the guest sees; until it is recalled.
        let file = uploaded(&staff, "lane=customer&name=b.png", picture(ImageFormat::Png, 900, 20)).await;
        let entry = sent(&staff, "customer", &file).await;
        assert_eq!(fetch(&guest, &path(&file), &[]).await.0, 200);
        let recalled = staff.delete(&format!("/messages/customer/{}", entry["seq"])).await;
        assert_eq!(recalled.status, 200, "{}", recalled.body);
        for page in [&staff, &customer, &guest] {
            for suffix in ["", "/thumb"] {
                let (status, headers, _) = fetch(page, &format!("{}{suffix}", path(&file)), &[]).await;
                assert_eq!(status, 410);
                assert_eq!(headers["cache-control"], "no-store");
            }
        }
        assert_eq!(fetch(&other, &path(&file), &[]).await.0, 404, "to a stranger it never was");
    }
}

#[tokio::test]
async fn a_file_comes_with_headers_that_let_nothing_run_and_in_the_parts_that_are_asked_for() {
    let server = Server::start(Engine::Sqlite).await;
    let (staff, _) = group(&server, "served-3").await;
    let voice = uploaded(&staff, "lane=internal&name=%E8%AF%AD%E9%9F%B3%22%0d%0aX-Y:1.wav&ms=1", wav()).await;
    let at = path(&voice);
    let gzip = ("accept-encoding", "gzip");
    let (status, headers, whole) = fetch(&staff, &at, &[gzip]).await;
    assert_eq!((status, whole.len()), (200, wav().len()));
    for (name, value) in [
        ("content-type", "audio/wav"),
        ("content-length", "16044"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("cross-origin-resource-policy", "same-origin"),
        ("accept-ranges", "bytes"),
        ("cache-control", "private, max-age=86400, immutable"),
        (
            "content-disposition",
            "inline; filename=\"__X-Y1.wav\"; filename*=UTF-8''%E8%AF%AD%E9%9F%B3X-Y1.wav",
        ),
    ] {
        assert_eq!(headers[name], value, "{name}");
    }
    assert!(!headers.contains_key("content-encoding"));
    let etag = headers["etag"].to_str().expect("text").to_owned();
    let (status, headers, none) = fetch(&staff, &at, &[("if-none-match", &etag)]).await;
    assert_eq!((status, none.len(), &headers["etag"]), (304, 0, &headers["etag"]));
    for (range, more, expected, told, part) in [
        ("bytes=0-1", None, 206, Some("bytes 0-1/16044"), &whole[..2]),
        ("bytes=16000-", None, 206, Some("bytes 16000-16043/16044"), &whole[16_000..]),
        ("bytes=-4", None, 206, Some("bytes 16040-16043/16044"), &whole[16_040..]),
        ("bytes=16044-", None, 416, Some("bytes */16044"), &[][..]),
        ("bytes=0-1,5-6", None, 200, None, &whole[..]),
        ("bytes=0-1", Some("\"another\""), 200, None, &whole[..]),
        ("bytes=0-1", Some(etag.as_str()), 206, Some("bytes 0-1/16044"), &whole[..2]),
    ] {
        let mut asked = vec![("range", range), gzip];
        asked.extend(more.map(|etag| ("if-range", etag)));
        let (status, headers, bytes) = fetch(&staff, &at, &asked).await;
        let range_told = headers.get("content-range").map(|value| value.to_str().expect("text"));
        assert_eq!((status, range_told), (expected, told), "{range} {more:?}");
        assert_eq!(bytes, part, "{range}");
        assert!(!headers.contains_key("content-encoding"));
    }
    let head = staff.request(reqwest::Method::HEAD, &at, None).send().await.expect("an answer");
    assert_eq!(head.headers()["content-length"], "16044");
    // To be saved, although a browser could play it.
    let (_, headers, _) = fetch(&staff, &format!("{at}?download=1"), &[]).await;
    assert!(headers["content-disposition"].to_str().expect("text").starts_with("attachment; "));
    assert_eq!(voice["ms"], json!(500));
}
