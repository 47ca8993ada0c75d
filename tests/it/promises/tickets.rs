//! Sign-in tickets (`st`): once, for ten minutes, from our own page, by nobody else's key.

use std::path::PathBuf;

use laqun::{
    app::ids::Ids,
    domain::sign_in::{TICKET_LIFETIME_MS, Tickets},
};
use serde_json::json;
use store::MasterKey;
use uuid::Uuid;

use super::{
    sign_in::{Redeemed, redeem},
    stored,
};
use crate::harness::{Engine, Server, TENANT, now_ms};

fn key_file(server: &Server) -> PathBuf {
    match server.engine {
        Engine::Sqlite => server.folder.path().join("data").join("master.key"),
        Engine::Postgres => server.folder.path().join("key"),
    }
}

/// Mints as the server would, at any time.
struct Mint {
    tickets: Tickets,
    staff: Uuid,
    group: Uuid,
}

impl Mint {
    async fn of(server: &Server, key: MasterKey) -> Self {
        let id = |rows: Vec<Vec<String>>| Uuid::parse_str(&rows[0][0]).expect("a row id");
        Self {
            tickets: Tickets::new(&key),
            staff: id(stored::rows(server, "SELECT id FROM staff WHERE staff_id = '123'").await),
            group: id(stored::rows(server, "SELECT id FROM chat_group").await),
        }
    }

    fn at(&self, tenant_id: i64, ms: i64) -> String {
        self.tickets.mint(&Ids::system(), tenant_id, self.staff, self.group, ms)
    }
}

fn assert_refused(redeemed: &Redeemed, status: u16, code: &str) {
    assert_eq!((redeemed.status, redeemed.body["code"].as_str()), (status, Some(code)), "{}", redeemed.body);
    assert!(redeemed.cookie.is_none(), "no session comes with a refusal");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_signs_in_once_even_if_twenty_redeem_it_at_once() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let link = server.caller().communicate(&json!({"case_id": "123", "staff_id": "123"})).await;
        let st = link.sign_in_ticket();
        let all = futures_util::future::join_all((0..20).map(|_| redeem(&server, &st, &[]))).await;
        let (won, lost): (Vec<_>, Vec<_>) = all.iter().partition(|redeemed| redeemed.status == 200);
        assert_eq!((won.len(), lost.len()), (1, 19), "on {engine:?}");
        for redeemed in lost {
            assert_refused(redeemed, 401, "used");
        }
        assert_eq!(stored::count(&server, "SELECT COUNT(*) FROM staff_session").await, 1);
        let next = server.caller().communicate(&json!({"case_id": "123", "staff_id": "123"})).await;
        assert_eq!(
            redeem(&server, &next.sign_in_ticket(), &[]).await.status,
            200,
            "the next click has its own"
        );
    }
}

#[tokio::test]
async fn a_ticket_is_refused_after_ten_minutes_and_from_the_future() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let mint = Mint::of(&server, MasterKey::from_file(&key_file(&server)).expect("the key")).await;
        for off in [-TICKET_LIFETIME_MS - 1000, TICKET_LIFETIME_MS + 60_000, i64::MIN / 4, i64::MAX / 4] {
            let old = mint.at(TENANT, now_ms() + off);
            assert_refused(&redeem(&server, &old, &[]).await, 401, "expired");
        }
        // Nine minutes are within the ten: only the age decided above.
        let young = mint.at(TENANT, now_ms() - TICKET_LIFETIME_MS + 60_000);
        assert_eq!(redeem(&server, &young, &[]).await.status, 200);
        assert_refused(&redeem(&server, &young, &[]).await, 401, "used");
    }
}

#[tokio::test]
async fn a_ticket_that_is_not_ours_is_refused() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let mint = Mint::of(&server, MasterKey::from_file(&key_file(&server)).expect("the key")).await;
        let good = mint.at(TENANT, now_ms());
        for at in (0..good.len()).step_by(7) {
            let other = if good.as_bytes()[at] == b'A' { "B" } else { "A" };
            let tampered = format!("{}{other}{}", &good[..at], &good[at + 1..]);
            assert_refused(&redeem(&server, &tampered, &[]).await, 401, "invalid");
        }
        let elsewhere = Mint::of(&server, MasterKey::from_bytes([7; 32])).await.at(TENANT, now_ms());
        for wrong in ["", "A", &good[1..], &format!("{good}A"), &format!("{good}="), &elsewhere, "群"] {
            assert_refused(&redeem(&server, wrong, &[]).await, 401, "invalid");
        }
        // Ours, for a tenant that is not there, and for a person of another tenant.
        server.admin_json("tenant add", &["300", "--name", "Other"]);
        for tenant_id in [999, 300, 0, -1] {
            assert_refused(&redeem(&server, &mint.at(tenant_id, now_ms()), &[]).await, 401, "invalid");
        }
        assert_eq!(redeem(&server, &good, &[]).await.status, 200, "none of that used it up");
    }
}

#[tokio::test]
async fn a_ticket_is_redeemed_from_our_own_page_only() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let link = server.caller().communicate(&json!({"case_id": "123", "staff_id": "123"})).await;
        let st = link.sign_in_ticket();
        let url = server.url.clone();
        for foreign in [
            &[("origin", "https://evil.example")][..],
            &[("origin", "null")],
            &[("origin", "")],
            &[("sec-fetch-site", "cross-site"), ("origin", &url)],
            &[("sec-fetch-site", "same-site"), ("origin", &url)],
            &[("sec-fetch-site", "none")],
        ] {
            assert_refused(&redeem(&server, &st, foreign).await, 403, "foreign");
        }
        let http = server.caller().http;
        let to = format!("{url}/customer-service/session");
        let form = http.post(&to).form(&[("st", &st)]).send().await.expect("an answer");
        assert_eq!(form.status(), 400, "a form that another page could send is not read");
        assert_eq!(http.get(&to).send().await.expect("an answer").status(), 405);
        let own = redeem(&server, &st, &[("sec-fetch-site", "same-origin"), ("origin", &url)]).await;
        assert_eq!(own.status, 200, "and none of that used it up");
    }
}
