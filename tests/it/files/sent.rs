//! What people send each other.

use image::ImageFormat;
use serde_json::json;

use super::{fetch, path, picture, sent, upload, uploaded, wav};
use crate::{
    files::send,
    harness::{Engine, Page, Server},
    people::group,
};

#[tokio::test]
async fn a_picture_a_document_and_a_voice_go_both_ways() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let (staff, link) = group(&server, "files-1").await;
        let customer = Page::joined(&server, &link).await;

        let content = picture(ImageFormat::Jpeg, 1200, 900);
        let image = uploaded(&customer, "lane=customer&name=%E6%88%AA%E5%9B%BE.jpg", content.clone()).await;
        assert_eq!(
            image,
            json!({
                "id": image["id"], "kind": "image", "name": "截图.jpg", "type": "image/jpeg", "bytes": content.len(),
                "width": 1200, "height": 900, "thumb": true,
            })
        );
        assert_eq!(fetch(&staff, &path(&image), &[]).await.0, 404, "not sent yet");
        assert_eq!(fetch(&customer, &path(&image), &[]).await.2, content, "its author sees it already");
        let entry = sent(&customer, "customer", &image).await;
        assert_eq!((&entry["kind"], &entry["file"]), (&json!("image"), &image));
        assert_eq!(fetch(&staff, &path(&image), &[]).await.2, content);
        let (status, headers, small) = fetch(&staff, &format!("{}/thumb", path(&image)), &[]).await;
        assert_eq!((status, headers["content-type"].to_str().expect("text")), (200, "image/jpeg"));
        let small = image::load_from_memory(&small).expect("a picture");
        assert_eq!((small.width(), small.height()), (480, 360));

        let document = uploaded(&staff, "lane=customer&name=a.pdf", &b"%PDF-1.7\n..."[..]).await;
        assert_eq!((&document["kind"], &document["type"]), (&json!("file"), &json!("application/pdf")));
        sent(&staff, "customer", &document).await;
        let (status, headers, bytes) = fetch(&customer, &path(&document), &[]).await;
        assert_eq!((status, &bytes[..]), (200, &b"%PDF-1.7\n..."[..]));
        let disposition = headers["content-disposition"].to_str().expect("text");
        assert_eq!(disposition, "attachment; filename=\"a.pdf\"; filename*=UTF-8''a.pdf");

        let voice = uploaded(&staff, "lane=internal&name=v&ms=777", wav()).await;
        assert_eq!(voice["kind"], "voice");
        assert_eq!((&voice["type"], &voice["ms"]), (&json!("audio/wav"), &json!(500)), "as its header says");
        sent(&staff, "internal", &voice).await;
        assert_eq!(fetch(&staff, &path(&voice), &[]).await.0, 200);
        assert_eq!(fetch(&customer, &path(&voice), &[]).await.0, 404, "an internal word");
    }
}

#[tokio::test]
async fn a_file_is_sent_once_by_its_author_in_its_lane() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let (staff, link) = group(&server, "files-2").await;
        let customer = Page::joined(&server, &link).await;
        let (other, _) = group(&server, "files-3").await;
        let file = uploaded(&staff, "lane=internal&name=a.txt", "for us").await;
        for (page, lane) in [(&staff, "customer"), (&customer, "customer"), (&other, "internal")] {
            let answer = send(page, lane, &file).await;
            assert_eq!(answer.status, 404, "{lane}: {}", answer.body);
        }
        sent(&staff, "internal", &file).await;
        assert_eq!(send(&staff, "internal", &file).await.status, 404, "sent already");
        // Taken back before it was sent.
        let file = uploaded(&staff, "lane=internal&name=b.txt", "never mind").await;
        assert_eq!(customer.delete(&path(&file)).await.status, 404, "somebody else's");
        assert_eq!(staff.delete(&path(&file)).await.status, 204);
        assert_eq!(staff.delete(&path(&file)).await.status, 404);
        assert_eq!(fetch(&staff, &path(&file), &[]).await.0, 404);
        assert_eq!(send(&staff, "internal", &file).await.status, 404);
        // A lane is always said, and a visitor has one.
        for (page, query) in
            [(&staff, "name=a"), (&staff, "lane=both&name=a"), (&customer, "lane=internal&name=a")]
        {
            let answer = upload(page, query, "x").await;
            assert_eq!((answer.status, &answer.json()["code"]), (400, &json!("lane")), "{query}");
        }
    }
}
