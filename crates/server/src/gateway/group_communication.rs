//! `alibaba.lyservice.group.group.communication`, 客服一键拉群.

use std::{sync::Arc, time::Duration};

use top::{Api, Fault, Value};

use super::{Call, Done, Failed};
use crate::domain::{
    Refusal, Tenant,
    channel::Pending,
    directory::Channel,
    group::{
        State,
        ask::{self, Ask, Asked, Fresh},
        link::Link,
        lookup,
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
    let words = Words {
        case_id: object.text("case_id"),
        staff_id: object.text("staff_id").filter(|text| !is_blank(text)),
        outer_type: object.text("outer_type").filter(|text| !is_blank(text)),
    };
    words.check().map_err(|refusal| call.refused(refusal))?;
    let tenant = tenant(call, object.number("tenant_id"))?;
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

/// What the caller wrote, blank optional texts counted as absent.
struct Words<'a> {
    case_id: Option<&'a str>,
    staff_id: Option<&'a str>,
    outer_type: Option<&'a str>,
}

impl Words<'_> {
    fn check(&self) -> Result<(), Refusal> {
        if self.case_id.is_none_or(is_blank) {
            return Err(Refusal::Missing {
                member: "case_id",
                zh: "请传入工单 id",
                en: "send the ticket's id",
            });
        }
        id::check("case_id", self.case_id.unwrap_or_default(), id::CASE_ID_MAX)?;
        id::check("staff_id", self.staff_id.unwrap_or_default(), id::NAME_ID_MAX)?;
        id::check("outer_type", self.outer_type.unwrap_or_default(), id::NAME_ID_MAX)
    }

    fn case_id(&self) -> &str {
        self.case_id.unwrap_or_default()
    }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// The tenant named, if granted; without a name the app's only one.
fn tenant(call: &Call<'_>, named: Option<i64>) -> Result<Tenant, Failed> {
    let id = match (named, call.caller.grants.as_slice()) {
        (Some(id), _) => id,
        (None, [only]) => *only,
        (None, _) => {
            let (zh, en) =
                ("该应用可访问多个租户，请指明", "this app may act for several tenants, say which");
            return Err(call.refused(Refusal::Missing { member: "tenant_id", zh, en }));
        }
    };
    call.directory.granted(call.caller, id).ok_or_else(|| call.refused(Refusal::TenantNotExist))
}

async fn run(call: &Call<'_>, tenant: &Tenant, words: &Words<'_>) -> Result<(Asked, Arc<Channel>), Failed> {
    let (app, case_id) = (call.app, words.case_id());
    let by_default = match words.outer_type {
        Some(_) => None,
        None => lookup::made_by_default(&app.store, tenant, case_id).await.map_err(|e| call.failed(e))?,
    };
    let (channel, unknown_outer_type) =
        ask::channel_of(tenant, words.outer_type, by_default).map_err(|e| call.refused(e))?;
    let staff_id = match words.staff_id {
        Some(staff_id) => staff_id.to_owned(),
        None => lookup::default_caller(&app.store, tenant, &channel, case_id)
            .await
            .map_err(|e| call.failed(e))?
            .ok_or_else(|| {
                let (zh, en) = (
                    "工单没有负责人，渠道也没有默认群主，请指明",
                    "neither ticket nor channel has an owner, say who",
                );
                call.refused(Refusal::Missing { member: "staff_id", zh, en })
            })?,
    };
    let ask = Ask {
        tenant: tenant.clone(),
        channel: Arc::clone(&channel),
        outer_type: words.outer_type.map(ToOwned::to_owned),
        unknown_outer_type,
        case_id: case_id.to_owned(),
        staff_id,
        actor: format!("app:{}", call.caller.key),
        now_ms: call.now_ms,
        directory_version: call.directory.version,
    };
    let fresh = || fresh(call, tenant);
    Ok((ask.run(&app.store, fresh).await.map_err(|e| call.failed(e))?, channel))
}

fn fresh(call: &Call<'_>, tenant: &Tenant) -> Fresh {
    let (app, token) = (call.app, Token::random(&call.app.ids));
    Fresh {
        group: app.ids.uuid(call.now_ms),
        staff: app.ids.uuid(call.now_ms),
        user_identify: app.ids.user_identify(),
        token_hash: token.hash(),
        token_sealed: token.seal(&app.key, tenant.id()),
    }
}

/// Waits for a group that its platform is still making, as long as the channel is patient.
async fn wait_if_needed(
    call: &Call<'_>,
    tenant: &Tenant,
    channel: &Channel,
    asked: &Asked,
) -> Result<(State, Pending), Failed> {
    let settings = &call.app.settings;
    let pending =
        channel.pending.or_else(|| Pending::from_word(&settings.channel.pending)).unwrap_or(Pending::Ok);
    if !asked.state.is_being_made() {
        return Ok((asked.state, pending));
    }
    let patience = channel.patience_ms.map_or_else(|| settings.patience(), Duration::from_millis);
    let state =
        wait::until_made(&call.app.store, tenant, asked.group, patience).await.map_err(|e| call.failed(e))?;
    Ok((state, pending))
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
        Pending::Error => return Err(not_ready(app.settings.gateway.business_error_code, state).into()),
    };
    let msg = match state {
        State::Failed => "平台建群失败，链接已可用，再次点击会重试",
        _ if ready => "成功",
        _ => "群创建中，链接已可用",
    };
    let token = Token::open(&app.key, tenant.id(), &asked.token_sealed)
        .map_err(|cause| call.failed(crate::domain::Error::Secret(cause)))?;
    let st = app.tickets.mint(&app.ids, tenant.id(), asked.staff, asked.group, call.now_ms);
    let link = Link {
        public_url: &app.public_url,
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
        ("group_qr_code", format!("{}/g/{token}/qr.png", app.public_url).into()),
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
