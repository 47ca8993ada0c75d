//! What was signed is accepted; what differs from it in one parameter is refused.

use top::sign::Empties;
use top::{HttpRequest, Request, SignMethod, sign};

use crate::message::{CAP, Message, Params, encode, read};

const SECRET: &str = "helloworld";
const NOW_MS: i64 = 1_795_450_351_000;

pub(crate) fn run(input: &[u8]) {
    let message = Message::of(input);
    let Ok(request) = Request::read(&message.http(), CAP) else { return };
    never_by_chance(&request);
    let mut params = read(&request);
    params.remove("sign");
    let Ok(method) = request.sign_method() else { return };
    let body = request.raw_body();
    for empties in [Empties::Kept, Empties::Dropped] {
        let genuine = signature(method, &params, empties, body);
        assert!(accepted(&params, &genuine, body, &[SECRET]), "the genuine one is refused");
        assert!(accepted(&params, &genuine.to_lowercase(), body, &["another", SECRET]), "one of two secrets");
        assert!(!accepted(&params, &genuine, body, &["another"]), "a foreign secret is accepted");
        assert!(!accepted(&params, &genuine[1..], body, &[SECRET]), "a short signature is accepted");
        // TOP joins names, values and body without separators and forgives empties: `x=` with an empty body may be signed
        // like the body `x`. So a change is noticed if it changes the text that is signed; no more can be asked.
        let noticed = |what: &str, params: &Params, body: &[u8]| {
            let same = [Empties::Kept, Empties::Dropped]
                .into_iter()
                .any(|way| signature(method, params, way, body) == genuine);
            assert_eq!(accepted(params, &genuine, body, &[SECRET]), same, "{what}");
        };
        noticed("a longer body", &params, &[body, b"x"].concat());
        for (name, value) in params.iter().filter(|(name, _)| *name != "sign_method") {
            let mut other = params.clone();
            other.insert(name.clone(), format!("{value}x"));
            noticed("a longer value", &other, body);
            other.remove(name);
            noticed("a missing parameter", &other, body);
        }
        for other in SignMethod::ALL.into_iter().filter(|other| *other != method) {
            let mut params = params.clone();
            params.insert("sign_method".to_owned(), other.as_str().to_owned());
            assert!(!accepted(&params, &genuine, body, &[SECRET]), "{other} is accepted for {method}");
        }
    }
}

/// An accepted request has a signature of just this text, and passes the other checks for a reason.
fn never_by_chance(request: &Request) {
    let good = request.check_signature(&[SECRET]).is_ok();
    let mut params = read(request);
    let sent = params.remove("sign").unwrap_or_default().to_ascii_uppercase();
    let body = request.raw_body();
    let method = request.sign_method().ok();
    let expected = [Empties::Kept, Empties::Dropped]
        .map(|way| method.map(|method| signature(method, &params, way, body)));
    assert_eq!(good, expected.iter().flatten().any(|expected| *expected == sent));
    let authentic = request.authenticate(&[SECRET], NOW_MS, 1 << 53).is_ok();
    assert!(!authentic || (good && request.get("v") == Some("2.0") && request.get("timestamp").is_some()));
    for (empties, expected) in [Empties::Kept, Empties::Dropped].into_iter().zip(expected) {
        let said = request.base_string(empties);
        let again = method.map(|method| sign::sign(method, SECRET.as_bytes(), &said));
        assert_eq!(again, expected, "base_string is not what is signed");
    }
}

/// Made without the code that checks it, but for the digest.
fn signature(method: SignMethod, params: &Params, empties: Empties, body: &[u8]) -> String {
    let mut base = String::new();
    for (name, value) in params {
        if empties == Empties::Kept || !value.is_empty() {
            base.push_str(name);
            base.push_str(value);
        }
    }
    sign::sign(method, SECRET.as_bytes(), &[base.as_bytes(), body].concat())
}

fn accepted(params: &Params, sign: &str, body: &[u8], secrets: &[&str]) -> bool {
    let mut params = params.clone();
    params.insert("sign".to_owned(), sign.to_owned());
    let query = encode(&params);
    let http = HttpRequest { verb: "POST", query: &query, content_type: "application/json", body };
    Request::read(&http, CAP).expect("well encoded").check_signature(secrets).is_ok()
}
