//! `/customer-service/index.html`: the staff page of the documented link.
//!
//! Without a session it shows no ticket data, only how to get in.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use http::StatusCode;

use super::{
    PageError, Reader,
    group::{TIME_ZONE, shown},
    send,
};
use crate::{
    app::App,
    domain::{
        self, Tenant,
        group::{
            member::{self, Member},
            timeline,
            token::Token,
            view::{self, Group},
        },
        id, sign_in,
        staff::{self, Staff},
        ticket::{self, Ticket},
    },
    web::{self, Bilingual},
};

mod words;

/// The page.
pub async fn page(State(app): State<Arc<App>>, reader: Reader) -> Response {
    let page = render(&app, &reader).await;
    send(&app, &reader, page)
}

async fn render(app: &App, reader: &Reader) -> Result<(StatusCode, String), PageError> {
    let now_ms = app.clock.now_ms();
    let session = match reader.session {
        Some(cookie) => sign_in::session(&app.store, &cookie, now_ms).await?,
        None => None,
    };
    let gate = || web::GatePage { lang: reader.lang, self_url: reader.self_url.clone() }.render();
    let Some(session) = session else {
        return Ok((StatusCode::OK, gate()?));
    };
    let Some(tenant) = tenant(app, session.tenant_id).await? else {
        return Ok((StatusCode::OK, gate()?));
    };
    let wanted = reader.parameter("openConversationId").as_deref().and_then(id::from_open_conversation_id);
    let seen = {
        let tenant = tenant.clone();
        app.store.read("staff.page", move |r| Seen::look(r, &tenant, session.staff, wanted)).await?
    };
    let Some(seen) = seen else {
        return Ok((StatusCode::OK, gate()?));
    };
    let me = web::Me { name: seen.me.name.clone(), person: seen.me.id.to_string() };
    let Some(facts) = seen.facts else {
        let page = web::NoGroupPage { lang: reader.lang, me, self_url: reader.self_url.clone() };
        return Ok((StatusCode::NOT_FOUND, page.render()?));
    };
    let shown = match group(app, &tenant, &facts.group) {
        // Sealed with a key that is newer than our last look.
        Err(domain::Error::Stale) => {
            app.refresh_key().await?;
            group(app, &tenant, &facts.group)?
        }
        shown => shown?,
    };
    let page = web::StaffPage {
        lang: reader.lang,
        now: web::Now { ms: now_ms, tz: TIME_ZONE.to_owned() },
        company: tenant.entry().name.clone(),
        group: shown,
        ticket: ticket_view(&facts),
        members: facts.members.iter().map(|m| words::member(m, &seen.me)).collect(),
        timeline: facts.timeline.iter().map(|row| words::line(row, &facts.members)).collect(),
        me,
        self_url: reader.self_url.clone(),
    };
    Ok((StatusCode::OK, page.render()?))
}

async fn tenant(app: &App, tenant_id: i64) -> Result<Option<Tenant>, domain::Error> {
    Ok(app.directory.fresh(&app.store, &app.key).await?.tenant(tenant_id))
}

/// What one look at the database gave.
struct Seen {
    me: Staff,
    facts: Option<Facts>,
}

/// The group, if the person is in it. Unknown, foreign and not his are one: nothing.
struct Facts {
    group: Group,
    ticket: Option<Ticket>,
    members: Vec<Member>,
    timeline: Vec<timeline::Row>,
}

impl Seen {
    fn look(
        r: &mut store::Reader<'_>,
        tenant: &Tenant,
        person: uuid::Uuid,
        wanted: Option<uuid::Uuid>,
    ) -> Result<Option<Self>, domain::Error> {
        let Some(me) = staff::active_by_id(r, tenant, person)? else { return Ok(None) };
        let Some(id) = wanted else { return Ok(Some(Self { me, facts: None })) };
        if !member::is_in(r, tenant.id(), id, person)? {
            return Ok(Some(Self { me, facts: None }));
        }
        let Some(group) = view::by_id(r, tenant, id)? else { return Ok(Some(Self { me, facts: None })) };
        let facts = Facts {
            ticket: ticket::find(r, tenant, &group.case_id)?,
            members: member::list(r, tenant.id(), id)?,
            timeline: timeline::list(r, tenant.id(), id)?,
            group,
        };
        Ok(Some(Self { me, facts: Some(facts) }))
    }
}

fn group(app: &App, tenant: &Tenant, group: &Group) -> Result<web::StaffGroup, domain::Error> {
    let token = Token::open(&app.key, tenant.id(), &group.token_sealed)?;
    Ok(web::StaffGroup {
        name: group.title.clone(),
        state: shown(group.state),
        open_conversation_id: id::open_conversation_id(group.id),
        team_group_id: id::team_group_id(group.id),
        customer_url: format!("{}/g/{token}", app.live().public_url),
        qr_png_url: format!("/g/{token}/qr.png"),
        poster_url: format!("/g/{token}/poster"),
        base_url: base_url(group.id),
    })
}

/// Where the page's script talks about a group. An `open_conversation_id` has no character that a path cannot have but
/// `=`, which some proxies rewrite.
fn base_url(group: uuid::Uuid) -> String {
    format!("/customer-service/groups/{}", id::open_conversation_id(group).replace('=', "%3D"))
}

fn ticket_view(facts: &Facts) -> web::Ticket {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let known = facts.ticket.as_ref();
    web::Ticket {
        case_id: facts.group.case_id.clone(),
        title: known.and_then(|t| text(&t.title)),
        status: known
            .and_then(|t| web::TicketStatus::from_name(&t.status))
            .unwrap_or(web::TicketStatus::Accepted),
        priority: known.filter(|t| !t.stub).and_then(|t| web::Priority::from_name(&t.priority)),
        assignee: known.and_then(|t| t.assignee_name.clone()),
        // The ticket may not know whom the group has met.
        customer: known.and_then(|t| t.customer_name.clone()).or_else(|| {
            facts
                .members
                .iter()
                .find(|member| member.kind == "customer")
                .and_then(|member| member.name.clone())
        }),
        channel: text(&facts.group.outer_type).or_else(|| text(&facts.group.channel)),
        created_at_ms: known.map(|t| t.created_at),
        description: known.and_then(|t| text(&t.description)),
    }
}

/// Both languages at once.
fn both(zh: &str, en: &str) -> Bilingual {
    Bilingual::new(zh, en)
}
