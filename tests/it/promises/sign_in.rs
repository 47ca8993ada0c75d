//! Sessions and the staff page: what a cookie is, and what nobody sees without one.

use serde_json::{Value, json};

use super::stored;
use crate::harness::{Caller, Engine, Server, TENANT};

pub(crate) const TITLE: &str = "洗碗机安装后漏水";

/// What came of a redemption.
pub(crate) struct Redeemed {
    pub(crate) status: u16,
    pub(crate) body: Value,
    /// `Set-Cookie`, whole.
    pub(crate) cookie: Option<String>,
}

impl Redeemed {
    /// The session, without the cookie's name.
    pub(crate) fn session(&self) -> String {
        let (_, value) = self.pair();
        value
    }

    /// What a browser sends back.
    pub(crate) fn sent_back(&self) -> String {
        let (name, value) = self.pair();
        format!("{name}={value}")
    }

    fn pair(&self) -> (String, String) {
        let cookie = self.cookie.as_deref().expect("a cookie");
        let (name, value) = cookie.split(';').next().and_then(|p| p.split_once('=')).expect("a pair");
        (name.to_owned(), value.to_owned())
    }
}

/// What the page's script does with a link's fragment.
pub(crate) async fn redeem(server: &Server, st: &str, headers: &[(&str, &str)]) -> Redeemed {
    let mut request = server.caller().http.post(format!("{}/customer-service/session", server.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.json(&json!({"st": st})).send().await.expect("an answer");
    let cookie = response.headers().get("set-cookie").map(|v| v.to_str().expect("text").to_owned());
    let status = response.status().as_u16();
    Redeemed { status, cookie, body: response.json().await.expect("JSON") }
}

/// A page as a browser with this cookie gets it.
pub(crate) async fn page(server: &Server, path: &str, cookie: Option<&str>) -> (u16, String) {
    let mut request = server.caller().http.get(format!("{}{path}", server.url));
    if let Some(cookie) = cookie {
        request = request.header("cookie", cookie);
    }
    let response = request.send().await.expect("an answer");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["referrer-policy"], "no-referrer");
    (response.status().as_u16(), response.text().await.expect("a page"))
}

/// Path and query of a `group_link`.
pub(crate) fn path_of(link: &str) -> &str {
    let at = link.find("/customer-service/").expect("the staff page");
    link[at..].split('#').next().expect("a path")
}

#[tokio::test]
async fn the_staff_page_shows_the_ticket_to_its_people_and_nothing_of_it_to_others() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        server.admin_json("staff add", &["outsider", "--name", "路人"]);
        let caller = server.caller();
        let object = json!({"case_id": "123", "staff_id": "123", "outer_type": "111"});
        let link = caller.communicate(&object).await;
        let path = path_of(&link.permanent_link()).to_owned();
        // The link's own query spells the group's name; without it the page has only what it looked up.
        let id = path.split('&').find(|p| p.starts_with("openConversationId=")).expect("an id");
        let path = format!("/customer-service/index.html?tenantId={TENANT}&{id}");

        let (status, gate) = page(&server, &path, None).await;
        assert_eq!(status, 200);
        let forged = format!("lq_session={}", "A".repeat(43));
        assert_eq!(page(&server, &path, Some(&forged)).await, (200, gate.clone()), "a forged cookie is none");
        let unknown = path.replace("cid", "cie");
        assert_eq!(
            page(&server, &unknown, None).await.1.replace("cie", "cid"),
            gate,
            "the gate knows no groups"
        );
        let token = server.printed["group_qr_code"].as_str().expect("a code").split('/').rev().nth(1);
        for told in [TITLE, "林晓", "陈女士", "云杉家电售后", token.expect("a token")] {
            assert!(!gate.contains(told), "the gate shows {told}");
        }

        let mine = redeem(&server, &link.sign_in_ticket(), &[]).await;
        assert_eq!((mine.status, mine.body["signed_in"].as_bool()), (200, Some(true)));
        let (status, shown) = page(&server, &path, Some(&mine.sent_back())).await;
        assert_eq!(status, 200);
        for told in [TITLE, "林晓", "陈女士", token.expect("a token")] {
            assert!(shown.contains(told), "the page lacks {told}");
        }

        // Signed in through a group of his own, the outsider sees of this one what he sees of none.
        let own = json!({"case_id": "his-own", "staff_id": "outsider", "outer_type": "111"});
        let his = redeem(&server, &caller.communicate(&own).await.sign_in_ticket(), &[]).await;
        let (status, foreign) = page(&server, &path, Some(&his.sent_back())).await;
        assert_eq!(status, 404);
        assert!(!foreign.contains(TITLE) && foreign.contains("路人"));
        let (status, none) = page(&server, &path.replace("cid", "cie"), Some(&his.sent_back())).await;
        assert_eq!((status, none.replace("cie", "cid")), (404, foreign), "on {engine:?}");
    }
}

#[tokio::test]
async fn a_session_is_a_cookie_that_scripts_cannot_read() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let link = server.caller().communicate(&json!({"case_id": "123", "staff_id": "123"})).await;
        let redeemed = redeem(&server, &link.sign_in_ticket(), &[("origin", &server.url)]).await;
        let cookie = redeemed.cookie.clone().expect("a cookie");
        let flags: Vec<_> = cookie.split("; ").collect();
        assert!(flags[0].starts_with("lq_session="), "{cookie}");
        assert_eq!(flags[1..], ["Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=43200"], "{cookie}");
        let hashes = stored::rows(&server, "SELECT session_hash FROM staff_session").await;
        assert_eq!(hashes.len(), 1, "and only its hash is kept");
        let raw = data_encoding::BASE64URL_NOPAD.decode(redeemed.session().as_bytes()).expect("base64url");
        assert_ne!(hashes[0][0], data_encoding::HEXLOWER.encode(&raw));
    }
}

#[tokio::test]
async fn behind_https_the_cookie_is_bound_to_the_host() {
    let public = "https://laqun.example.com";
    let server =
        Server::start_with(Engine::Sqlite, &["--public-url", "HTTPS://Laqun.example.com:443"], &[]).await;
    // The sample app works on loopback only, and this address is not.
    let app = ["7700", "--secret", "s", "--grant", &TENANT.to_string()];
    server.admin_json("app add", &app);
    let caller = Caller { app_key: "7700".into(), secret: "s".into(), ..server.caller() };
    let link = caller.communicate(&json!({"case_id": "123", "staff_id": "123", "outer_type": "111"})).await;
    assert!(link.permanent_link().starts_with(public));
    let st = link.sign_in_ticket();
    assert_eq!(
        redeem(&server, &st, &[("origin", &server.url)]).await.status,
        403,
        "the listen address is foreign"
    );
    let redeemed = redeem(&server, &st, &[("origin", public)]).await;
    let cookie = redeemed.cookie.clone().expect("a cookie");
    let flags: Vec<_> = cookie.split("; ").collect();
    assert!(flags[0].starts_with("__Host-lq_session="), "{cookie}");
    assert_eq!(flags[1..], ["Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=43200", "Secure"], "{cookie}");
    let path = path_of(&link.permanent_link()).to_owned();
    assert!(page(&server, &path, Some(&redeemed.sent_back())).await.1.contains(TITLE));
    // The plain name is not believed there: any page of the domain could have set it.
    let plain = format!("lq_session={}", redeemed.session());
    assert!(!page(&server, &path, Some(&plain)).await.1.contains(TITLE));
}

#[tokio::test]
async fn a_link_from_the_command_line_signs_a_member_in_and_nobody_else() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let group = server.printed_group();
        let group = group.as_str().expect("an id");
        let link = server.admin_json("staff link", &["123", group])[0]["group_link"].clone();
        let link = link.as_str().expect("a link");
        let redeemed = redeem(&server, link.split_once("&st=").expect("a ticket").1, &[]).await;
        assert_eq!(redeemed.status, 200);
        assert!(page(&server, path_of(link), Some(&redeemed.sent_back())).await.1.contains(TITLE));
        server.admin_json("staff add", &["outsider", "--name", "x"]);
        for (staff, group) in
            [("outsider", group), ("nobody", group), ("123", "chataaaaaaaaaaaaaaaaaaaaaaaaaa")]
        {
            let refused = server.admin("staff link", &[staff, group]);
            assert_eq!(refused.status.code(), Some(1), "{staff} {group} on {engine:?}");
            assert!(refused.stdout.is_empty());
        }
    }
}
