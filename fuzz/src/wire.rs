//! A request is read as `form_urlencoded` reads it, or refused with the code that its fault has.

use top::apis::GROUP_COMMUNICATION;
use top::{Request, gmt8};

use crate::message::{CAP, Message, Params, encode, read, urlencoded, well_encoded};

pub(crate) fn run(input: &[u8]) {
    let message = Message::of(input);
    let http = message.http();
    let kind = http.content_type.split(';').next().unwrap_or_default().trim();
    let form = kind.is_empty() || kind.eq_ignore_ascii_case("application/x-www-form-urlencoded");
    let multipart = kind.eq_ignore_ascii_case("multipart/form-data");
    let verb = http.verb == "POST" || http.verb == "GET";
    let encoded = well_encoded(http.query.as_bytes()) && (!form || well_encoded(http.body));
    match Request::read(&http, CAP) {
        Ok(request) => {
            assert!(verb && encoded, "must not be read");
            let params = read(&request);
            assert!(request.params().is_sorted_by(|(a, _), (b, _)| a < b), "by name, each once");
            let mut expected = Params::new();
            urlencoded(http.query.as_bytes(), &mut expected);
            if form {
                urlencoded(http.body, &mut expected);
            }
            if multipart {
                // Which text parts it has is `multipart`'s to say; here: they lie over the query.
                assert!(expected.keys().all(|name| params.contains_key(name)), "a query parameter is lost");
            } else {
                assert_eq!(params, expected);
            }
            assert_eq!(request.raw_body(), if form || multipart { b"" } else { http.body });
            for (name, value) in &params {
                assert_eq!(request.get(name), Some(value.as_str()));
            }
            written_again(&params);
            arguments(&request);
        }
        Err(rejected) if !verb => assert_eq!(rejected.fault.code, 9),
        Err(rejected) if !encoded && !multipart => assert_eq!(rejected.fault.code, 47),
        Err(rejected) => assert!(multipart && matches!(rejected.fault.code, 43 | 47), "{rejected:?}"),
    }
}

/// Read, written, read: the same, wherever the parameters stand.
fn written_again(params: &Params) {
    let form = encode(params);
    let post = top::HttpRequest { verb: "POST", query: "", content_type: "", body: form.as_bytes() };
    let get = top::HttpRequest { verb: "GET", query: &form, content_type: "", body: b"" };
    for http in [post, get] {
        assert_eq!(read(&Request::read(&http, CAP).expect("well encoded")), *params);
    }
}

fn arguments(request: &Request) {
    if let Err(fault) = GROUP_COMMUNICATION.arguments(request) {
        assert!(matches!(fault.code, 40 | 41), "{fault:?}");
    }
    if let Some(text) = request.get("timestamp")
        && let Some(ms) = gmt8::parse(text)
    {
        assert_eq!(gmt8::text(ms), text);
    }
}
