//! No byte of a signed request can be changed unnoticed.

use top::Request;
use top::batch::Batch;

use crate::fixtures::{Fixture, all};
use crate::wire::{CAP, Message, SECRET};

/// What a signature covers: parameters with a value (an empty one may lawfully be left out of it), the signature
/// itself in either case of hex, and the raw body.
fn meaning(request: &Request) -> (Vec<(String, String)>, Vec<u8>) {
    let params = request.params().filter(|(_, value)| !value.is_empty()).map(|(name, value)| {
        (name.to_owned(), if name == "sign" { value.to_uppercase() } else { value.to_owned() })
    });
    (params.collect(), request.raw_body().to_vec())
}

fn accepted(fixture: &Fixture, message: &Message) -> Option<Request> {
    let request = if fixture.is_batch() {
        Batch::read(&message.http(), None, CAP).ok()?.request().clone()
    } else {
        Request::read(&message.http(), CAP).ok()?
    };
    request.authenticate(&[SECRET], fixture.now_ms(), 600).ok().map(|()| request)
}

#[test]
fn a_changed_byte_changes_nothing_or_is_refused() {
    let (mut tried, mut refused) = (0_u32, 0_u32);
    for fixture in all().into_iter().filter(Fixture::valid) {
        let genuine = meaning(&fixture.request());
        let query_length = fixture.message.query.len();
        for at in 0..query_length + fixture.message.body.len() {
            let mut message = fixture.message.clone();
            if at < query_length {
                let instead = if message.query.as_bytes()[at] == b'1' { "2" } else { "1" };
                message.query.replace_range(at..=at, instead);
            } else {
                message.body[at - query_length] ^= 1;
            }
            tried += 1;
            match accepted(&fixture, &message) {
                Some(request) => assert_eq!(meaning(&request), genuine, "{} at {at}", fixture.file),
                None => refused += 1,
            }
        }
    }
    // What may be changed is rare: the case of the signature's letters, file parts, multipart headers.
    assert!(tried > 15_000 && refused * 10 > tried * 8, "{refused} of {tried} refused");
}

#[test]
fn a_missing_signature_is_told_from_a_wrong_one() {
    for fixture in all().into_iter().filter(|f| f.valid() && f.message.query.contains("sign=")) {
        let mut message = fixture.message.clone();
        message.query = message.query.replace("&sign=", "&gone=");
        let request = if fixture.is_batch() {
            Batch::read(&message.http(), None, CAP).unwrap().request().clone()
        } else {
            message.read()
        };
        assert_eq!(request.authenticate(&[SECRET], fixture.now_ms(), 600).unwrap_err().code, 24);
    }
}
