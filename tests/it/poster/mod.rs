//! The QR poster: on paper, as a drawing, as a picture; read by programs that are not ours.

mod drawn;
mod refused;

use std::{path::PathBuf, process::Command};

use serde_json::json;

use crate::harness::{Server, TENANT};

/// The path `/g/{token}` of a ticket's group.
async fn path(server: &Server, case_id: &str) -> String {
    let request = json!({"case_id": case_id, "tenant_id": TENANT, "staff_id": "123", "outer_type": "111"});
    let data = server.caller().communicate(&request).await.data();
    let picture = data["group_qr_code"].as_str().expect("an address").to_owned();
    picture.strip_prefix(&server.url).and_then(|p| p.strip_suffix("/qr.png")).expect("our address").to_owned()
}

/// What a program answers, which must succeed.
fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap_or_else(|e| panic!("{program}: {e}"));
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What the codes in a picture say.
fn scanned(picture: &str) -> String {
    run("zbarimg", &["--quiet", "--raw", picture]).trim().to_owned()
}

/// Fetches a file and keeps it in the server's folder.
async fn file(server: &Server, address: &str, name: &str, content_type: &str) -> String {
    let answer = reqwest::get(format!("{}{address}", server.url)).await.expect("the server answers");
    assert_eq!(answer.status(), 200, "{address}");
    assert_eq!(answer.headers()["content-type"], content_type, "{address}");
    assert_eq!(answer.headers()["content-security-policy"], "default-src 'none'");
    let file: PathBuf = server.folder.path().join(name);
    std::fs::write(&file, answer.bytes().await.expect("a body")).expect("a file");
    file.display().to_string()
}
