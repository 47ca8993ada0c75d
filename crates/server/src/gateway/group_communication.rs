//! `alibaba.lyservice.group.group.communication`, 客服一键拉群.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use top::{Api, Fault, Value};
use tracing::Instrument as _;

use super::{Call, Done, Failed};
use crate::domain::{
    Refusal, Tenant,
    channel::Pending,
    directory::Channel,
    group::{
        State,
        ask::{Asked, Fresh},
        click::{Asker, Words},
        link::Link,
        token::Token,
        wait,
    },
    id,
};

const OBJECT: &str = "service_communication_request";

pub(super) async fn call(call: &Call<'_>, api: &'static Api) -> Result<Done, Failed> {
    let arguments = api.arguments(call.request)?;
    let object = arguments.object(OBJECT).ok_or_else(|| {
        call.refused(Refusal::Missing {
            member: OBJECT, zh: "请传入 JSON 对象", en: "send a JSON object"
        })
    })?;
    let words = Words::parse(object.text("case_id"), object.text("staff_id"), object.text("outer_type"))
        .map_err(|refusal| call.refused(refusal))?;
    let tenant = tenant(call, object.number("tenant_id"))?;
    call.seen.tenant.store(tenant.id(), Ordering::Relaxed);
    let (asked, channel) = run(call, &tenant, &words).await?;
    let (state, pending) = wait_if_needed(call, &tenant, &channel, &asked).await?;
    let value = answer(call, &tenant, &words, &asked, state, pending)?;
    Ok(Done { value, version_checked: true })
}

impl Call<'_> {
    fn refused(&self, refusal: Refusal) -> Failed {
        self.failed(refusal.into())
    }
}

/// The tenant named, if granted; without a name the app's only one.
fn tenant(call: &Call<'_>, named: Option<i64>) -> Result<Tenant, Failed> {
    let id = match (named, call.caller.grants.as_slice()) {
        (Some(id), _) => id,
        (None, [only]) => *only,
        (None, granted) => {
            let (zh, en) = if granted.is_empty() {
                (
                    "该应用未获任何租户授权，请管理员执行 laqun app grant",
                    "this app was granted no tenant: `laqun app grant`",
                )
            } else {
                ("该应用可访问多个租户，请指明", "this app may act for several tenants, say which")
            };
            return Err(call.refused(Refusal::Missing { member: "tenant_id", zh, en }));
        }
    };
    call.directory.granted(call.caller, id).ok_or_else(|| call.refused(Refusal::TenantNotExist))
}

async fn run(call: &Call<'_>, tenant: &Tenant, words: &Words<'_>) -> Result<(Asked, Arc<Channel>), Failed> {
    let app = call.app;
    let asker = Asker {
        actor: format!("app:{}", call.caller.key),
        now_ms: call.now_ms,
        directory_version: call.directory.version,
    };
    let ask = words.ask(&app.store, tenant, asker).await.map_err(|e| call.failed(e))?;
    let channel = Arc::clone(&ask.channel);
    let fresh = || Fresh::new(&app.ids, &app.key, tenant, call.now_ms);
    Ok((ask.run(&app.store, fresh).await.map_err(|e| call.failed(e))?, channel))
}

/// Waits for a group that its platform is still making, as long as the channel is patient.
async fn wait_if_needed(
    call: &Call<'_>,
    tenant: &Tenant,
    channel: &Channel,
    asked: &Asked,
) -> Result<(State, Pending), Failed> {
    let settings = &call.live.settings;
    let pending =
        channel.pending.or_else(|| Pending::from_word(&settings.channel.pending)).unwrap_or(Pending::Ok);
    if !asked.state.is_being_made() {
        return Ok((asked.state, pending));
    }
    let patience = channel.patience_ms.map_or_else(|| settings.patience(), Duration::from_millis);
    let waiting = tracing::trace_span!("wait for the platform");
    let state =
        match wait::until_made(&call.app.store, tenant, asked.group, patience).instrument(waiting).await {
            Ok(state) => state,
            Err(error) => {
                // The group is durable: not seeing how far it is must not turn into "nothing was written".
                tracing::warn!(%error, "waiting for a group's platform ended early");
                asked.state
            }
        };
    // Closed or dissolved while we waited: the click is asked again, and reopens it or makes the next generation.
    let over = !(state.is_open() || state.is_being_made() || state == State::Failed);
    if over { Err(Failed::Stale) } else { Ok((state, pending)) }
}

fn answer(
    call: &Call<'_>,
    tenant: &Tenant,
    words: &Words<'_>,
    asked: &Asked,
    state: State,
    pending: Pending,
) -> Result<Value, Failed> {
    let app = call.app;
    let ready = state.is_open();
    let code = match pending {
        _ if ready => "200",
        Pending::Ok => "200",
        Pending::Accepted => "202",
        Pending::Error => return Err(not_ready(call.live.settings.gateway.business_error_code, state).into()),
    };
    // A platform that refused is no reason to hold the agent (promise 4): link and code work, the page says what is the matter.
    let msg = match state {
        State::Failed => "平台建群失败，链接已可用，再次点击会重试",
        _ if ready => "成功",
        _ => "群创建中，链接已可用",
    };
    let token =
        Token::open(&app.key, tenant.id(), &asked.token_sealed).map_err(|error| call.failed(error))?;
    let st = app.tickets.mint(&app.ids, tenant.id(), asked.staff, asked.group, call.now_ms);
    let link = Link {
        public_url: &call.live.public_url,
        corp_id: &tenant.entry().corp_id,
        group_name: &asked.title,
        created: ready,
        open_conversation_id: &id::open_conversation_id(asked.group),
        outer_type: words.outer_type.unwrap_or(&asked.outer_type),
        tenant_id: tenant.id(),
        user_identify: &asked.user_identify,
        st: Some(&st),
    };
    let data = Value::object([
        ("group_link", link.web().into()),
        ("group_qr_code", format!("{}/g/{token}/qr.png", call.live.public_url).into()),
        ("account_type", Value::Number(asked.account_type)),
        ("team_group_id", id::team_group_id(asked.group).into()),
    ]);
    let result =
        Value::object([("msg", msg.into()), ("code", code.into()), ("data", data), ("success", true.into())]);
    Ok(Value::object([("result", result)]))
}

fn not_ready(code: u16, state: State) -> Fault {
    if state == State::Failed {
        let sub_msg = "平台拒绝建群，原因见群时间线，再次点击会重试 (the platform refused, see the group's timeline; a further click tries again)";
        return Fault::business(code, "isp.remote-service-error", sub_msg);
    }
    Fault::business(
        code,
        "isp.remote-service-timeout",
        "群创建中，请稍后重试 (the group is being made, ask again)",
    )
}
