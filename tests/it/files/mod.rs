//! Files of a group: pictures, documents, voice.

mod bad;
mod flood;
mod kept;
mod sent;
mod served;

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, RgbImage};
use reqwest::{Method, Response, header::HeaderMap};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use uuid::Uuid;

use crate::harness::{Answer, Page, Server};

/// Sends a file to the server, with this query.
pub(crate) async fn upload(page: &Page, query: &str, content: impl Into<reqwest::Body>) -> Answer {
    let request = page.request(Method::POST, &format!("/files?{query}"), None);
    // What the browser claims it is counts for nothing.
    let request = request.header("content-type", "image/png").body(content);
    Answer::read(request.send().await.expect("an answer")).await.expect("an answer")
}

/// The same, which must be taken: the member `file`.
pub(crate) async fn uploaded(page: &Page, query: &str, content: impl Into<reqwest::Body>) -> Value {
    let answer = upload(page, query, content).await;
    assert_eq!(answer.status, 201, "{query}: {}", answer.body);
    answer.json()["file"].clone()
}

/// An upload whose bytes are sent by and by.
pub(crate) struct Slow(TcpStream);

impl Slow {
    /// Sends the head of the request, `length` being the header that says how long the body is.
    pub(crate) async fn begin(page: &Page, query: &str, length: &str) -> Self {
        let address = page.url.strip_prefix("http://").expect("an address");
        let stream = TcpStream::connect(address).await.expect("the server accepts");
        let mut slow = Self(stream);
        let (base, cookie) = (&page.base, page.cookie.as_deref().unwrap_or_default());
        let head = format!(
            "POST {base}/files?{query} HTTP/1.1\r\nhost: {address}\r\ncookie: {cookie}\r\n{length}\r\n\r\n"
        );
        slow.send(head.as_bytes()).await;
        slow
    }

    /// Sends more of it.
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.expect("sent");
    }

    /// The answer's beginning, as it comes over the wire.
    pub(crate) async fn answer(&mut self) -> String {
        let mut read = vec![0; 4096];
        let length = self.0.read(&mut read).await.expect("an answer");
        String::from_utf8_lossy(&read[..length]).into_owned()
    }
}

/// Sends a message with an uploaded file; the entry.
pub(crate) async fn sent(page: &Page, lane: &str, file: &Value) -> Value {
    let answer = send(page, lane, file).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json()["entry"].clone()
}

/// The same, whatever the answer.
pub(crate) async fn send(page: &Page, lane: &str, file: &Value) -> Answer {
    let body =
        json!({"client_id": Uuid::from_u128(rand()), "lane": lane, "kind": file["kind"], "file": file["id"]});
    page.post("/messages", &body).await
}

/// A number that was not there before: tests have no use for more.
fn rand() -> u128 {
    use std::hash::{BuildHasher, RandomState};
    u128::from(RandomState::new().hash_one(1)) << 64 | u128::from(RandomState::new().hash_one(2))
}

/// Asks for a file as it is: status, headers, bytes.
pub(crate) async fn fetch(page: &Page, path: &str, headers: &[(&str, &str)]) -> (u16, HeaderMap, Vec<u8>) {
    let mut request = page.request(Method::GET, path, None);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response: Response = request.send().await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    (status, headers, response.bytes().await.expect("a body").to_vec())
}

/// Where the bytes of a file are.
pub(crate) fn path(file: &Value) -> String {
    format!("/files/{}", file["id"].as_str().expect("an id"))
}

/// A picture of these pixels.
pub(crate) fn picture(format: ImageFormat, width: u32, height: u32) -> Vec<u8> {
    let shade = |n: u32| u8::try_from(n % 256).expect("small");
    let image = RgbImage::from_fn(width, height, |x, y| image::Rgb([shade(x), shade(y), shade(x * y)]));
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(image).write_to(&mut bytes, format).expect("encoded");
    bytes.into_inner()
}

/// Half a second of silence, as a recorder in a browser writes it.
pub(crate) fn wav() -> Vec<u8> {
    let mut wav = b"RIFF\xa4\x3e\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    wav.extend(16_000_u32.to_le_bytes());
    wav.extend(32_000_u32.to_le_bytes());
    wav.extend(b"\x02\0\x10\0data");
    wav.extend(16_000_u32.to_le_bytes());
    wav.extend([0; 16_000]);
    wav
}

/// Every file below the folder of blobs, by its path from there.
pub(crate) fn blobs(server: &Server) -> Vec<String> {
    let root = server.folder.path().join("data/blobs");
    let (mut found, mut folders) = (Vec::new(), vec![root.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(&root).expect("below").display().to_string());
            }
        }
    }
    found.sort();
    found
}
