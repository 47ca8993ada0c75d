//! Groups with a member of staff and a customer in each.

use std::net::SocketAddr;
use std::rc::Rc;

use anyhow::{Context as _, bail};
use hyper::{Method, Request};
use top::{SignMethod, apis, client::Call};

use crate::connection::Connection;

/// A group, and how its people get in.
pub(crate) struct Group {
    /// Staff's addresses, and the session.
    pub(crate) staff: Seat,
    /// The customer's, and the device.
    pub(crate) customer: Seat,
}

/// A person of a group.
#[derive(Clone)]
pub(crate) struct Seat {
    pub(crate) base: Rc<str>,
    pub(crate) cookie: Rc<str>,
}

impl Seat {
    pub(crate) fn post(&self, path: &str, body: String) -> anyhow::Result<Request<String>> {
        let request = Request::post(format!("{}{path}", self.base));
        Ok(request.header("cookie", &*self.cookie).header("content-type", "application/json").body(body)?)
    }
}

pub(crate) async fn groups(
    address: SocketAddr,
    now: i64,
    prefix: &str,
    count: usize,
) -> anyhow::Result<Vec<Group>> {
    let mut connection = Connection::open(address).await?;
    let (mut groups, mut session) = (Vec::with_capacity(count), None::<Rc<str>>);
    for number in 0..count {
        let clicked = connection.ask(click(now, &format!("{prefix}{number}"))?).await?;
        let group = between(&clicked, "openConversationId=", '&').with_context(|| clicked.clone())?;
        if session.is_none() {
            let ticket = between(&clicked, "&st=", '"').with_context(|| clicked.clone())?;
            let redeem =
                Request::post("/customer-service/session").header("content-type", "application/json");
            let answer = connection.ask(redeem.body(format!(r#"{{"st":"{ticket}"}}"#))?).await?;
            session = Some(between(&answer, "200 ", ';').with_context(|| answer.clone())?.into());
        }
        let cookie = session.clone().context("signed in")?;
        let staff = Seat { base: format!("/customer-service/groups/{group}").into(), cookie };
        let state = Request::builder().method(Method::GET).uri(format!("{}/state", staff.base));
        let state = connection.ask(state.header("cookie", &*staff.cookie).body(String::new())?).await?;
        let token = between(&state, "/g/", '"').with_context(|| state.clone())?;
        let mut customer = Seat { base: format!("/g/{token}").into(), cookie: "none=".into() };
        let joined = connection.ask(customer.post("/join", r#"{"consent":true}"#.to_owned())?).await?;
        let cookie = between(&joined, "200 ", ';').with_context(|| joined.clone())?;
        if !cookie.contains('=') {
            bail!("no cookie: {joined}");
        }
        customer.cookie = cookie.into();
        groups.push(Group { staff, customer });
    }
    Ok(groups)
}

fn click(now: i64, case_id: &str) -> anyhow::Result<Request<String>> {
    let object =
        format!(r#"{{"case_id":"{case_id}","outer_type":"111","staff_id":"123","tenant_id":200110004}}"#);
    let call = Call::new("12345678", "helloworld", apis::GROUP_COMMUNICATION.name, now * 1000)
        .sign_method(SignMethod::HmacSha256)
        .param("service_communication_request", object)
        .sign();
    let request = Request::post(format!("/router/rest?{}", call.query));
    Ok(request.header("content-type", call.content_type).body(call.body)?)
}

fn between<'t>(text: &'t str, before: &str, after: char) -> Option<&'t str> {
    text.split_once(before).and_then(|(_, rest)| rest.split(after).next())
}
