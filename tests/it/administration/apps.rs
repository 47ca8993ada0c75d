//! Apps: switches, grants, secrets, limits.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{click, one, refused, says_no};
use crate::harness::{Caller, Engine, Server};

/// A fail-safe, not a measure.
const DEADLINE: Duration = Duration::from_mins(2);

/// An app of its own, and a caller with its first secret.
fn app(server: &Server, more: &[&str]) -> Caller {
    let made = one(server, "app add", &[&["777", "--grant", "200110004"], more].concat());
    with_secret(server, made["secret"].as_str().expect("a secret"))
}

fn with_secret(server: &Server, secret: &str) -> Caller {
    Caller { app_key: "777".into(), secret: secret.into(), ..server.caller() }
}

#[tokio::test]
async fn an_app_that_is_switched_off_is_refused_by_every_server_until_it_is_on() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        // On PostgreSQL there can be a second server, which sees the change as well.
        let beside = (engine == Engine::Postgres).then(|| server.beside());
        let caller = app(&server, &[]);
        let callers: Vec<Caller> = [&server]
            .into_iter()
            .chain(&beside)
            .map(|s| Caller { url: s.url.clone(), ..caller.clone() })
            .collect();
        for _ in 0..2 {
            for caller in &callers {
                assert_eq!(refused(&click(caller, "1", json!({})).await), None, "{engine:?}");
            }
            assert_eq!(one(&server, "app off", &["777"])["enabled"], false);
            for caller in &callers {
                let no = refused(&click(caller, "1", json!({})).await).expect("refused");
                assert_eq!(no.0, 29, "{engine:?}");
            }
            assert_eq!(one(&server, "app on", &["777"])["enabled"], true);
        }
        one(&server, "app remove", &["777"]);
        for caller in &callers {
            assert_eq!(refused(&click(caller, "1", json!({})).await).expect("refused").0, 29, "{engine:?}");
        }
        assert!(says_no(&server, "app show", &["777"]).contains("laqun app list"));
    }
}

#[tokio::test]
async fn a_grant_that_is_taken_back_makes_the_tenant_unknown() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let caller = app(&server, &[]);
        assert_eq!(refused(&click(&caller, "1", json!({})).await), None);
        one(&server, "app revoke", &["777", "200110004"]);
        let no = refused(&click(&caller, "1", json!({})).await);
        assert_eq!(no, Some((50, "isv.tenant-not-exist".into())), "{engine:?}");
        assert!(says_no(&server, "app revoke", &["777", "200110004"]).contains("laqun app show 777"));
        one(&server, "app grant", &["777", "200110004"]);
        assert_eq!(refused(&click(&caller, "1", json!({})).await), None, "{engine:?}");
    }
}

#[tokio::test]
async fn two_secrets_sign_a_removed_one_does_not_and_the_last_one_stays() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let old = app(&server, &[]);
        let added = one(&server, "app secret add", &["777"]);
        let new = with_secret(&server, added["secret"].as_str().expect("a secret"));
        for caller in [&old, &new] {
            assert_eq!(refused(&click(caller, "1", json!({})).await), None, "{engine:?}: both sign");
        }
        assert!(says_no(&server, "app secret add", &["777"]).contains("2 live secrets"));
        assert!(says_no(&server, "app rotate", &["777"]).contains("laqun app secret list 777"));

        let listed = server.admin_json("app secret list", &["777"]);
        assert_eq!(listed.len(), 2);
        assert!(listed.iter().all(|row| row["live"] == true && row.get("secret").is_none()), "{listed:?}");
        let id = |n: usize| listed[n]["secret_id"].as_str().expect("an id");
        assert_eq!(id(0), added["secret_id"], "the newest comes first");
        one(&server, "app secret remove", &["777", id(1)]);
        assert_eq!(refused(&click(&old, "1", json!({})).await).expect("refused").0, 25, "{engine:?}");
        assert_eq!(refused(&click(&new, "1", json!({})).await), None, "{engine:?}");
        assert!(says_no(&server, "app secret remove", &["777", id(0)]).contains("the only live secret"));
        assert!(says_no(&server, "app secret remove", &["777", id(1)]).contains("has no secret"));
        assert_eq!(refused(&click(&new, "1", json!({})).await), None, "{engine:?}");
    }
}

#[tokio::test]
async fn a_rotated_secret_signs_as_long_as_it_is_kept() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let first = app(&server, &[]);
        let rotate = |more: &[&str]| {
            let told = one(&server, "app rotate", &[&["777"], more].concat());
            with_secret(&server, told["secret"].as_str().expect("a secret"))
        };
        let second = rotate(&["--keep", "7d"]);
        for caller in [&first, &second] {
            assert_eq!(refused(&click(caller, "1", json!({})).await), None, "{engine:?}: kept");
        }
        let listed = server.admin_json("app secret list", &["777"]);
        assert!(listed[0]["expires_at"].is_null() && listed[1]["expires_at"].is_string(), "{listed:?}");
        one(&server, "app secret remove", &["777", listed[1]["secret_id"].as_str().expect("an id")]);
        let third = rotate(&["--keep", "0"]);
        assert_eq!(
            refused(&click(&second, "1", json!({})).await).expect("refused").0,
            25,
            "{engine:?}: leaked"
        );
        assert_eq!(refused(&click(&third, "1", json!({})).await), None, "{engine:?}");

        // A secret whose time runs out stops by itself: no command and no restart tells the server.
        let fourth = rotate(&["--keep", "1.5"]);
        let deadline = Instant::now() + DEADLINE;
        while refused(&click(&third, "1", json!({})).await).is_none() {
            assert!(Instant::now() < deadline, "{engine:?}: the old secret signs on");
            sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(refused(&click(&fourth, "1", json!({})).await), None, "{engine:?}");
        let listed = server.admin_json("app secret list", &["777"]);
        assert_eq!(listed.iter().filter(|row| row["live"] == true).count(), 1, "{listed:?}");
    }
}

#[tokio::test]
async fn networks_and_rates_are_set_and_cleared_while_the_server_runs() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let caller = app(&server, &[]);
        let shown = one(&server, "app set", &["777", "--allow-ip", "10.0.0.0/8", "--allow-ip", "192.0.2.7"]);
        assert_eq!(shown["allow_ip"], json!(["10.0.0.0/8", "192.0.2.7/32"]));
        assert_eq!(refused(&click(&caller, "1", json!({})).await).expect("refused").0, 11, "{engine:?}");
        one(&server, "app set", &["777", "--allow-ip", "127.0.0.0/8"]);
        assert_eq!(
            refused(&click(&caller, "1", json!({})).await),
            None,
            "{engine:?}: the new list replaces the old"
        );
        one(&server, "app set", &["777", "--allow-ip", "10.0.0.0/8"]);
        one(&server, "app set", &["777", "--any-ip", "--calls-per-second", "1"]);
        let many = || async {
            let calls = (0..30).map(|_| click(&caller, "1", json!({})));
            let answers = futures_util::future::join_all(calls).await;
            answers.iter().filter(|answer| refused(answer).is_some_and(|(code, _)| code == 7)).count()
        };
        assert!(many().await > 0, "{engine:?}: thirty calls at once are more than one a second");
        assert_eq!(one(&server, "app set", &["777", "--no-limit"])["calls_per_second"], json!(null));
        assert_eq!(many().await, 0, "{engine:?}");
        assert!(says_no(&server, "app set", &["777", "--calls-per-second", "0"]).contains("laqun app off"));
    }
}
