//! Files that are not what they say, or more than they may be.

use image::ImageFormat;
use serde_json::json;

use super::{Slow, blobs, fetch, path, picture, sent, upload, uploaded};
use crate::{
    harness::{Engine, Page, Server},
    people::{group, refused},
};

/// A PNG of so many black pixels, one bit each.
fn black(width: u32, height: u32, whole: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().expect("a header");
    if whole {
        let row = width.div_ceil(8) as usize;
        writer.write_image_data(&vec![0; row * height as usize]).expect("written");
    } else {
        writer.write_chunk(png::chunk::IDAT, b"\x78\x9c\x03\0\0\0\0\x01").expect("written");
    }
    drop(writer);
    bytes
}

#[tokio::test]
async fn a_file_that_lies_about_its_type_is_what_its_content_is() {
    let server = Server::start(Engine::Sqlite).await;
    let (staff, link) = group(&server, "bad-1").await;
    let customer = Page::joined(&server, &link).await;
    let svg = r#"<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>"#;
    let html = "<!doctype html><script>alert(document.cookie)</script>";
    for (name, content) in [
        ("photo.png", svg.as_bytes()),
        ("drawing.svg", svg.as_bytes()),
        ("page.html", html.as_bytes()),
        ("photo.jpg", html.as_bytes()),
        ("feed.xml", b"<?xml version=\"1.0\"?><html xmlns=\"http://www.w3.org/1999/xhtml\"><script/></html>"),
        ("run.sh", b"#!/bin/sh\nrm -rf ~\n"),
        ("setup.exe", b"MZ\x90\0\x03\0\0\0"),
        // It begins as a picture and is a page.
        ("both.png", b"\x89PNG\r\n\x1a\n<html><script>alert(1)</script>"),
        ("both.gif", b"GIF89a\x01\0\x01\0/*<html><script>alert(1)</script>*/"),
    ] {
        let file = uploaded(&customer, &format!("lane=customer&name={name}"), content).await;
        assert_eq!(
            (&file["kind"], &file["type"], &file["name"], &file["thumb"]),
            (&json!("file"), &json!("application/octet-stream"), &json!(name), &json!(false))
        );
        sent(&customer, "customer", &file).await;
        let (status, headers, bytes) = fetch(&staff, &path(&file), &[("accept", "text/html")]).await;
        assert_eq!((status, &bytes[..]), (200, content), "nothing of it is lost");
        assert_eq!(headers["content-type"], "application/octet-stream");
        assert!(headers["content-disposition"].to_str().expect("text").starts_with("attachment; "));
        assert_eq!(headers["content-security-policy"], "sandbox; default-src 'none'");
    }
    // A picture stays one, whatever it is called, and is saved as one.
    let file = uploaded(&customer, "lane=customer&name=x.html", picture(ImageFormat::Gif, 10, 10)).await;
    assert_eq!(
        (&file["kind"], &file["type"], &file["name"]),
        (&json!("image"), &json!("image/gif"), &json!("x.html.gif"))
    );
    // What was said to be recorded here is sound only if it is.
    let file = uploaded(&customer, "lane=customer&name=v.m4a&ms=1000", html).await;
    assert_eq!((&file["kind"], &file["type"]), (&json!("file"), &json!("application/octet-stream")));
}

#[tokio::test]
async fn a_bomb_is_refused_by_its_header_and_others_do_not_notice() {
    let server = Server::start(Engine::Sqlite).await;
    let (staff, _) = group(&server, "bad-2").await;
    let before = blobs(&server);
    let whole = black(50_000, 50_000, true);
    assert!(whole.len() < 4 << 20, "{} bytes for 2.5 thousand million pixels", whole.len());
    for bomb in [whole, black(100_000, 501, false)] {
        let answer = upload(&staff, "lane=customer&name=a.png", bomb).await;
        assert_eq!(refused(&answer), (413, "too_many_pixels".to_owned()));
    }
    assert_eq!(blobs(&server), before, "nothing is left of them");
    // Within the bounds, and nothing like what it promises: a file, not a picture.
    let file = uploaded(&staff, "lane=customer&name=a.png", black(7000, 7000, false)).await;
    assert_eq!((&file["kind"], &file["type"]), (&json!("file"), &json!("application/octet-stream")));
    // And one that is large, honest, and decoded within its bounds.
    let file = uploaded(&staff, "lane=customer&name=a.png", black(7000, 7000, true)).await;
    assert_eq!(
        (&file["kind"], &file["width"], &file["thumb"]),
        (&json!("image"), &json!(7000), &json!(true))
    );
}

#[tokio::test]
async fn a_file_has_a_most_and_a_group_has_one() {
    for engine in Engine::all() {
        let limits = [("LAQUN_FILES_GROUP_BYTES", "22020096")];
        let server = Server::start_with(engine, &[], &limits).await;
        let (staff, _) = group(&server, "bad-3").await;
        let before = blobs(&server);
        let most = 20 << 20;
        let answer = upload(&staff, "lane=customer&name=a", vec![7; most + 1]).await;
        assert_eq!(refused(&answer), (413, "too_large".to_owned()));
        assert!(answer.body.contains("20 MB"), "{}", answer.body);
        // Whose length is not said beforehand.
        let mut slow = Slow::begin(&staff, "lane=customer&name=a", "transfer-encoding: chunked").await;
        slow.send(format!("{:x}\r\n", most + 1).as_bytes()).await;
        slow.send(&vec![7; most + 1]).await;
        slow.send(b"\r\n0\r\n\r\n").await;
        let said = slow.answer().await;
        assert!(said.starts_with("HTTP/1.1 413") && said.contains("\"too_large\""), "{said}");
        let answer = upload(&staff, "lane=customer&name=a", "").await;
        assert_eq!(refused(&answer), (400, "empty".to_owned()));
        assert_eq!(blobs(&server), before, "nothing is left of any");
        let whole = uploaded(&staff, "lane=customer&name=a", vec![7; most]).await;
        assert_eq!(whole["bytes"], most);
        // 21 MiB is what this group may have.
        let answer = upload(&staff, "lane=customer&name=b", vec![8; 2 << 20]).await;
        assert_eq!(refused(&answer), (413, "group_full".to_owned()));
        uploaded(&staff, "lane=customer&name=c", vec![9; 1 << 20]).await;
        assert_eq!(refused(&upload(&staff, "lane=customer&name=d", "x").await).1, "group_full");
        // What is taken back makes room.
        assert_eq!(staff.delete(&path(&whole)).await.status, 204);
        uploaded(&staff, "lane=customer&name=d", "x").await;
    }
}
