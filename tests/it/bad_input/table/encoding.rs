//! Bytes that are no text, bodies without an end, too much of everything: 43, 47.

use crate::bad_input::row::{
    Change::{Body, Path, Sign},
    Row, full, platform,
};

const FORM: &str = "application/x-www-form-urlencoded;charset=UTF-8";

pub(super) fn rows() -> Vec<Row> {
    let mut rows = encodings();
    rows.extend(sizes());
    rows
}

fn encodings() -> Vec<Row> {
    let bad = |name: &str, body: &[u8]| {
        platform(47, "Invalid encoding", name, vec![Sign, Body(FORM, body.to_vec())])
    };
    vec![
        bad("a byte that no UTF-8 has", b"service_communication_request=%FF"),
        bad("the same byte, not escaped", b"service_communication_request=\xff"),
        bad("half a character", b"service_communication_request=%E5%AE"),
        bad("a character cut between value and name", b"a=%E5%AE&%A2=b"),
        bad("NUL in two bytes", b"service_communication_request=%C0%80"),
        bad("half a surrogate pair", b"service_communication_request=%ED%A0%80"),
        bad("Chinese in GBK", b"service_communication_request=%BF%CD%B7%FE"),
        bad("a name that is no UTF-8", b"%FF=1"),
        bad("a percent sign at the end", b"service_communication_request=100%"),
        bad("a percent sign before no hex", b"service_communication_request=%zz"),
        platform(
            47,
            "Invalid encoding",
            "a call inside a batch that is no UTF-8",
            vec![Path("/router/batch"), Sign, Body("text/plain", b"method=%FF".to_vec())],
        ),
    ]
}

fn sizes() -> Vec<Row> {
    let large = |name: &str, content_type: &'static str, body: Vec<u8>| {
        let sub_msg = "请求超过上限 1048576 字节 (request exceeds 1048576 bytes)";
        let changes = vec![Sign, Body(content_type, body)];
        full(name, changes, 43, "Parameter error", "isv.request-too-large", sub_msg)
    };
    let multipart = |name: &str, content_type: &'static str, body: &str| {
        let sub_msg = "multipart 请求体缺少 boundary 或不完整 (the multipart body has no boundary or no end)";
        let changes = vec![Sign, Body(content_type, body.as_bytes().to_vec())];
        full(name, changes, 43, "Parameter error", "isv.invalid-multipart", sub_msg)
    };
    let part = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n";
    let mut mebibytes = b"service_communication_request=".to_vec();
    mebibytes.resize(2 << 20, b'1');
    let batch = vec!["method=taobao.time.get"; 21].join("\r\n-S-\r\n");
    vec![
        large("a form of 2 MiB", FORM, mebibytes.clone()),
        large("JSON of 2 MiB", "application/json", mebibytes.clone()),
        large("a body of 2 MiB and invalid UTF-8", FORM, vec![0xff; 2 << 20]),
        large("multipart of 2 MiB", "multipart/form-data; boundary=b", mebibytes),
        multipart("multipart without boundary", "multipart/form-data", &format!("{part}--b--\r\n")),
        multipart(
            "multipart with another boundary",
            "multipart/form-data; boundary=c",
            &format!("{part}--b--\r\n"),
        ),
        multipart("multipart without end", "multipart/form-data; boundary=b", part),
        full(
            "a batch of 21 calls",
            vec![Path("/router/batch"), Sign, Body("text/plain", batch.into_bytes())],
            43,
            "Parameter error",
            "isv.batch-too-many-calls",
            "单次批量最多 20 个调用 (at most 20 calls in one batch)",
        ),
    ]
}
