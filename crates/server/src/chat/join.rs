//! `POST /g/{token}/join`: a device becomes a member.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde_json::json;

use super::{
    Body, Refused,
    answer::ok,
    origin::OurPage,
    seat::{device_cookie, device_of, door},
    state::me,
};
use crate::{
    app::App,
    domain::{
        channel::VisitorCheck,
        group::{
            seat::{self, Door, VisitorSeat},
            token::Token,
        },
        visitor::{
            self, DEVICE_BYTES, NAME_MAX,
            join::{Checked, Join, Joined, Words},
            phone,
        },
    },
    pages::{Reader, reader::is_https},
    web::{Lang, show},
};

/// How long a device is remembered, seconds: a year.
const REMEMBERED_S: u32 = 365 * 24 * 60 * 60;

/// What the page sends.
#[derive(Debug, Deserialize)]
pub struct Request {
    #[serde(default)]
    name: Option<String>,
    /// The visitor read what becomes of the data, and goes on.
    #[serde(default)]
    consent: bool,
    /// The answer to the channel's check. Empty: the visitor does not know it, and comes in as a guest.
    #[serde(default)]
    phone_tail: Option<String>,
    /// Open the group again if it is closed.
    #[serde(default)]
    reopen: bool,
}

/// The handler. A device that is in already is told so, and nothing else happens.
pub async fn join(
    State(app): State<Arc<App>>,
    _: OurPage,
    Path(text): Path<String>,
    reader: Reader,
    headers: HeaderMap,
    Body(request): Body<Request>,
) -> Result<Response, Refused> {
    let token = Token::parse(&text).ok_or(Refused::NOT_FOUND)?;
    let (door, tenant) = door(&app, &token).await?;
    let device = device_of(&app, &headers).unwrap_or_else(|| app.ids.random());
    match seat::of_visitor(&app.store, &tenant, door.group, &device).await? {
        VisitorSeat::Seated { seat, .. } => {
            app.flood.call(seat.group, seat.person).map_err(Refused::flood)?;
            return Ok(seated(&app, &device, &me(&seat)));
        }
        VisitorSeat::Removed => return Err(Refused::REMOVED),
        VisitorSeat::NotJoined => {}
    }
    if door.renewed {
        return Err(Refused::RENEWED);
    }
    may_open(&door, request.reopen)?;
    if !request.consent {
        return Err(Refused::invalid("请先同意后再加入", "Agree before you join"));
    }
    let name = show::line(request.name.as_deref().unwrap_or_default());
    if name.chars().count() > NAME_MAX {
        return Err(Refused::invalid(
            format!("名字最多 {NAME_MAX} 个字"),
            format!("A name has at most {NAME_MAX} characters"),
        ));
    }
    // Who has the link can make as many devices as he likes.
    app.flood.join(door.group).map_err(Refused::flood)?;
    let now_ms = app.clock.now_ms();
    let join = Join {
        group: door.group,
        id: app.ids.uuid(now_ms),
        device_hash: visitor::device_hash(&device, door.group),
        name,
        words: words(reader.lang),
        checked: checked(&app, &tenant, &door, request.phone_tail.as_deref()).await?,
        reopen: request.reopen,
        act: app.ids.uuid(now_ms),
        now_ms,
        tenant: tenant.clone(),
    };
    match app.store.write("visitor.join", move |tx| join.run(tx)).await? {
        Joined::In => app.hub.touch(door.group),
        Joined::Removed => return Err(Refused::REMOVED),
        Joined::Full => return Err(Refused::FULL),
        Joined::Wrong { left } => return Err(wrong(left)),
        Joined::Exhausted { retry_after } => return Err(exhausted(retry_after)),
    }
    match seat::of_visitor(&app.store, &tenant, door.group, &device).await? {
        VisitorSeat::Seated { seat, .. } => Ok(seated(&app, &device, &me(&seat))),
        VisitorSeat::NotJoined | VisitorSeat::Removed => Err(Refused::REMOVED),
    }
}

/// Refuses early what the unit would refuse, so that nobody is asked for digits in vain.
fn may_open(door: &Door, reopen: bool) -> Result<(), Refused> {
    use crate::domain::group::State;
    match door.state {
        State::Active | State::WaitingCustomer => Ok(()),
        State::Closing | State::Sealed | State::Archived if reopen => Ok(()),
        State::Closing | State::Sealed | State::Archived => Err(Refused::CLOSED),
        State::Reserved | State::Creating | State::Failed => Err(Refused::NOT_READY),
        State::Dissolved => Err(Refused::DISSOLVED),
    }
}

/// What the visitor is asked: nothing where the channel asks nothing, and nothing where nobody wrote a number down.
async fn asked(
    app: &App,
    tenant: &crate::domain::Tenant,
    door: &Door,
) -> Result<Option<phone::Known>, crate::domain::Error> {
    let channel = tenant.entry().channels.get(&door.channel);
    if channel.is_none_or(|channel| channel.visitor_check == VisitorCheck::None) {
        return Ok(None);
    }
    match phone::known(&app.store, &app.key, tenant, door.group).await {
        // Sealed with a key that is newer than our last look.
        Err(crate::domain::Error::Stale) => {
            app.refresh_key().await?;
            phone::known(&app.store, &app.key, tenant, door.group).await
        }
        known => known,
    }
}

/// Whether whoever joins is asked for the last digits of the customer's phone number.
pub(crate) async fn asks_phone_tail(
    app: &App,
    tenant: &crate::domain::Tenant,
    door: &Door,
) -> Result<bool, crate::domain::Error> {
    Ok(asked(app, tenant, door).await?.is_some())
}

/// The check, which compares outside of the unit; the unit counts.
async fn checked(
    app: &App,
    tenant: &crate::domain::Tenant,
    door: &Door,
    answer: Option<&str>,
) -> Result<Checked, Refused> {
    match (asked(app, tenant, door).await?, answer.map(str::trim)) {
        (None, _) => Ok(Checked::NotAsked),
        (Some(_), Some("")) => Ok(Checked::Unknown),
        (Some(_), None) => Err(Refused::new(
            StatusCode::FORBIDDEN,
            "check_needed",
            "请输入你手机号的后四位；不知道可以留空，以访客身份进入",
            "Enter the last four digits of your phone number; leave it empty to come in as a guest",
        )),
        (Some(known), Some(answer)) if known.is_passed_by(answer) => Ok(Checked::Passed(known.customer)),
        (Some(_), Some(_)) => Ok(Checked::Wrong),
    }
}

fn wrong(left: i64) -> Refused {
    Refused::said(
        StatusCode::FORBIDDEN,
        "check_failed",
        format!("手机号后四位不对，这个小时还可以试 {left} 次；也可以留空，以访客身份进入"),
        format!("Those are not the digits; {left} tries are left in this hour. Or come in as a guest, without them"),
    )
    .with(json!({"tries_left": left}))
}

fn exhausted(retry_after: i64) -> Refused {
    Refused::new(
        StatusCode::TOO_MANY_REQUESTS,
        "check_failed",
        "输错次数太多，请一小时后再试；也可以留空，以访客身份进入",
        "Too many wrong answers: try again in an hour, or come in as a guest, without the digits",
    )
    .after(u32::try_from(retry_after).unwrap_or(1))
    .with(json!({"tries_left": 0}))
}

const fn words(lang: Lang) -> Words {
    match lang {
        Lang::Zh => Words { customer: "客户", guest: "访客" },
        Lang::En => Words { customer: "Customer", guest: "Guest" },
    }
}

fn seated(app: &App, device: &[u8; DEVICE_BYTES], me: &serde_json::Value) -> Response {
    let mut response = ok(&json!({"me": me}));
    let value = data_encoding::BASE64URL_NOPAD.encode(device);
    let (name, secure) = (device_cookie(app), if is_https(app) { "; Secure" } else { "" });
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={REMEMBERED_S}{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}
