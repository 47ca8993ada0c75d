//! The published and computed signature vectors.

use serde_json::Value as Json;
use top::sign::{self, Empties};
use top::{Request, SignMethod};

use crate::wire::{CAP, Message, encode, fixture};

struct Vector(Json);

impl Vector {
    fn text(&self, name: &str) -> &str {
        self.0[name].as_str().expect("text")
    }

    fn params(&self) -> Vec<(&str, &str)> {
        let params = self.0["params"].as_object().expect("an object");
        params.iter().map(|(name, value)| (name.as_str(), value.as_str().expect("text"))).collect()
    }

    fn method(&self) -> SignMethod {
        SignMethod::from_name(self.0["params"]["sign_method"].as_str().expect("text")).expect("a method")
    }
}

fn all() -> Vec<Vector> {
    let vectors: Vec<Json> = serde_json::from_slice(&fixture("sign-vectors.json")).expect("vectors");
    assert_eq!(vectors.len(), 15);
    vectors.into_iter().map(Vector).collect()
}

#[test]
fn base_strings_and_signatures() {
    for vector in all() {
        let mut params = vector.params();
        params.sort_unstable();
        for empties in [Empties::Kept, Empties::Dropped] {
            let base = sign::base_string(params.iter().copied(), empties, vector.text("body").as_bytes());
            assert_eq!(base, vector.text("base_string").as_bytes());
        }
        let sign = sign::sign(
            vector.method(),
            vector.text("secret").as_bytes(),
            vector.text("base_string").as_bytes(),
        );
        assert_eq!(sign, vector.text("sign"), "{} {}", vector.text("name"), vector.method());
    }
}

#[test]
fn a_request_made_of_each_is_accepted_in_either_case_of_hex() {
    for vector in all() {
        for sign in [vector.text("sign").to_owned(), vector.text("sign").to_lowercase()] {
            let mut params = vector.params();
            params.push(("sign", &sign));
            let message = Message::post(&encode(&params), "text/plain", vector.text("body"));
            let request = Request::read(&message.http(), CAP).expect("readable");
            assert_eq!(request.base_string(Empties::Kept), vector.text("base_string").as_bytes());
            let now_ms = 1_451_620_800_000;
            assert_eq!(request.authenticate(&[vector.text("secret")], now_ms, 0), Ok(()));
        }
    }
}

#[test]
fn names_sort_by_bytes() {
    let message = Message::form("foobar=4&foo_bar=3&foo=2&bar=1&sign=0");
    assert_eq!(message.read().base_string(Empties::Kept), b"bar1foo2foo_bar3foobar4");
}

#[test]
fn empty_values_are_kept_or_dropped() {
    let request = Message::form("b=&a=1&c=+").read();
    assert_eq!(request.base_string(Empties::Kept), b"a1bc ");
    assert_eq!(request.base_string(Empties::Dropped), b"a1c ");
}
