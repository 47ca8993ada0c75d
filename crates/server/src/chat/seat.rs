//! Who asks: a member of the group, found by session or device. One extractor for both bases of addresses, so that each
//! handler is written once.

use std::{collections::HashMap, sync::Arc};

use axum::extract::{FromRequestParts, Path};
use http::{HeaderMap, HeaderValue, request::Parts};
use uuid::Uuid;

use super::{answer::Refused, origin};
use crate::{
    app::App,
    domain::{
        Tenant,
        audit::Actor,
        conversation::{Seat, SeatKind},
        group::{
            seat::{self, Door, Session, StaffSeat, VisitorSeat},
            token::Token,
        },
        id, sign_in,
        visitor::DEVICE_BYTES,
    },
    pages::reader::{cookie, is_https, session_of},
};

/// The header in which a page says whose it is: the person's row id, `me.id` of the state.
const PERSON: &str = "laqun-person";

/// Somebody who sits in the group that the address names. What changes something is let in from our own pages only.
#[derive(Debug, Clone)]
pub struct Seated {
    /// The seat.
    pub seat: Seat,
    /// By which right.
    pub who: Who,
}

/// By which right somebody sits.
#[derive(Debug, Clone)]
pub enum Who {
    /// A session.
    Staff {
        /// The person's `staff_id`.
        staff_id: String,
        /// The session's cookie: who goes on for hours (a live connection) asks again whether it still is good.
        session: [u8; sign_in::SESSION_BYTES],
    },
    /// A device that joined.
    Visitor {
        /// Row id of the visitor.
        visitor: Uuid,
        /// The device's cookie.
        device: [u8; DEVICE_BYTES],
        /// The token in the address.
        token: Token,
    },
}

impl Seated {
    /// Who does something now, for timeline, events and audit log. Staff by `staff_id`, visitors by the person's row id.
    pub fn actor(&self, app: &App) -> Actor {
        let now_ms = app.clock.now_ms();
        let name = match &self.who {
            Who::Staff { staff_id, .. } => format!("staff:{staff_id}"),
            Who::Visitor { .. } => format!("visitor:{}", self.seat.person),
        };
        Actor { name, now_ms, act: app.ids.uuid(now_ms) }
    }

    /// Refuses visitors.
    ///
    /// # Errors
    /// [`Refused::STAFF_ONLY`].
    pub fn staff_only(&self) -> Result<(), Refused> {
        if self.seat.kind == SeatKind::Staff { Ok(()) } else { Err(Refused::STAFF_ONLY) }
    }

    /// Refuses staff.
    ///
    /// # Errors
    /// 403 `visitors_only`.
    pub fn visitor_only(&self) -> Result<(), Refused> {
        if self.seat.kind == SeatKind::Staff {
            return Err(Refused::new(
                http::StatusCode::FORBIDDEN,
                "visitors_only",
                "这是给客户的",
                "This is for the customer",
            ));
        }
        Ok(())
    }

    /// Looks again, as the request did: whether the person still sits there, by the same right.
    ///
    /// # Errors
    /// As the extractor.
    pub async fn again(&self, app: &App) -> Result<Self, Refused> {
        match &self.who {
            Who::Staff { session, .. } => staff(app, session, Some(self.seat.group)).await,
            Who::Visitor { device, token, .. } => visitor(app, token, Some(device)).await,
        }
    }
}

impl FromRequestParts<Arc<App>> for Seated {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refused> {
        origin::check(app, parts)?;
        let Path(path) = Path::<HashMap<String, String>>::from_request_parts(parts, app)
            .await
            .map_err(|_| Refused::NOT_FOUND)?;
        let seated = match (path.get("token"), path.get("group")) {
            (Some(token), _) => {
                let token = Token::parse(token).ok_or(Refused::NOT_FOUND)?;
                visitor(app, &token, device_of(app, &parts.headers).as_ref()).await?
            }
            (None, Some(group)) => of_session(app, &parts.headers, group).await?,
            (None, None) => return Err(Refused::NOT_FOUND),
        };
        same_person(parts, seated.seat.person)?;
        Ok(seated)
    }
}

/// Refuses a page that was opened for somebody else: cookies belong to the browser, and another tab may have signed in
/// another person since. A page says whose it is in the header [`PERSON`], or, where a browser sends none of our headers (a
/// socket, an event source), as `me=`; a request that says nothing is its cookie's.
fn same_person(parts: &Parts, person: Uuid) -> Result<(), Refused> {
    let asked = || parts.uri.query()?.split('&').find_map(|pair| pair.strip_prefix("me="));
    let told = parts.headers.get(PERSON).map(HeaderValue::as_bytes).or_else(|| asked().map(str::as_bytes));
    match told {
        Some(told) if told != person.to_string().as_bytes() => Err(Refused::OTHER_PERSON),
        _ => Ok(()),
    }
}

/// Somebody who is signed in, in no group.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Whose member of staff.
    pub tenant: Tenant,
    /// Row id.
    pub staff: Uuid,
    /// The person's `staff_id`.
    pub staff_id: String,
}

impl SignedIn {
    /// Who does something now.
    pub fn actor(&self, app: &App) -> Actor {
        let now_ms = app.clock.now_ms();
        Actor { name: format!("staff:{}", self.staff_id), now_ms, act: app.ids.uuid(now_ms) }
    }
}

impl FromRequestParts<Arc<App>> for SignedIn {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refused> {
        origin::check(app, parts)?;
        let cookie = session_of(app, &parts.headers).ok_or(Refused::NOT_SIGNED_IN)?;
        let mut directory = app.directory.current();
        loop {
            match seat::of_session(&app.store, &directory, &cookie, app.clock.now_ms()).await? {
                Session::None => return Err(Refused::NOT_SIGNED_IN),
                Session::OldDirectory => directory = app.directory.reload(&app.store, &app.key).await?,
                Session::Staff { tenant, staff, staff_id } => {
                    same_person(parts, staff)?;
                    return Ok(Self { tenant, staff, staff_id });
                }
            }
        }
    }
}

/// The seat of whoever is signed in, in the group of that `open_conversation_id`.
pub(super) async fn of_session(app: &App, headers: &HeaderMap, group: &str) -> Result<Seated, Refused> {
    let session = session_of(app, headers).ok_or(Refused::NOT_SIGNED_IN)?;
    staff(app, &session, id::from_open_conversation_id(group)).await
}

async fn staff(
    app: &App,
    session: &[u8; sign_in::SESSION_BYTES],
    group: Option<Uuid>,
) -> Result<Seated, Refused> {
    let mut directory = app.directory.current();
    loop {
        match seat::of_staff(&app.store, &directory, session, group, app.clock.now_ms()).await? {
            StaffSeat::NotSignedIn => return Err(Refused::NOT_SIGNED_IN),
            StaffSeat::NotFound => return Err(Refused::NOT_FOUND),
            StaffSeat::Removed => return Err(Refused::REMOVED),
            StaffSeat::Seated { seat, staff_id, .. } => {
                return Ok(Seated { seat, who: Who::Staff { staff_id, session: *session } });
            }
            StaffSeat::OldDirectory => directory = app.directory.reload(&app.store, &app.key).await?,
        }
    }
}

async fn visitor(app: &App, token: &Token, device: Option<&[u8; DEVICE_BYTES]>) -> Result<Seated, Refused> {
    let (door, tenant) = door(app, token).await?;
    let not_joined = || if door.renewed { Refused::RENEWED } else { Refused::NOT_JOINED };
    let device = device.ok_or_else(not_joined)?;
    match seat::of_visitor(&app.store, &tenant, door.group, device).await? {
        VisitorSeat::NotJoined => Err(not_joined()),
        VisitorSeat::Removed => Err(Refused::REMOVED),
        VisitorSeat::Seated { seat, visitor } => {
            Ok(Seated { seat, who: Who::Visitor { visitor, device: *device, token: token.clone() } })
        }
    }
}

/// What the device that asks is to the token's group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It has joined.
    In,
    /// Staff have taken it out.
    Removed,
    /// It has not joined; also after a failure: the page then says how to come in.
    Outside,
}

/// Looks whether the device that asks has joined the token's group.
pub(crate) async fn standing(app: &App, token: &Token, headers: &HeaderMap) -> Standing {
    let Some(device) = device_of(app, headers) else { return Standing::Outside };
    match visitor(app, token, Some(&device)).await {
        Ok(_) => Standing::In,
        Err(refused) if refused.code() == Refused::REMOVED.code() => Standing::Removed,
        Err(_) => Standing::Outside,
    }
}

/// What a token opens, with its tenant.
///
/// # Errors
/// 404 where no group has or had the token.
pub(crate) async fn door(app: &App, token: &Token) -> Result<(Door, Tenant), Refused> {
    let mut directory = app.directory.current();
    let mut door = seat::door(&app.store, &directory, token).await?.ok_or(Refused::NOT_FOUND)?;
    if door.tenant.is_none() {
        directory = app.directory.reload(&app.store, &app.key).await?;
        door = seat::door(&app.store, &directory, token).await?.ok_or(Refused::NOT_FOUND)?;
    }
    let tenant = door.tenant.clone().ok_or(Refused::NOT_FOUND)?;
    Ok((door, tenant))
}

/// The device's cookie, if it has the right shape.
pub(super) fn device_of(app: &App, headers: &HeaderMap) -> Option<[u8; DEVICE_BYTES]> {
    let text = cookie(headers, device_cookie(app))?;
    data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// The name of the device's cookie: `__Host-` wherever the browser can be held to https.
pub(super) fn device_cookie(app: &App) -> &'static str {
    if is_https(app) { "__Host-lq_visitor" } else { "lq_visitor" }
}
