//! The domain's refusals and the store's failures as TOP says them.

use top::Fault;

use crate::domain::{Error, Refusal};

/// `code` is the configured number of backend errors.
pub(super) fn of(error: Error, code: u16) -> Fault {
    match error {
        Error::Refused(refusal) => refused(refusal, code),
        Error::Store(error) => failed(&error, code),
        Error::Stale => Fault::business(
            code,
            "isp.remote-service-error",
            "配置正在变化，请稍后重试 (settings are changing, try again)",
        ),
        Error::Secret(cause) => {
            tracing::error!(%cause, "a stored secret cannot be opened");
            Fault::business(
                code,
                "isp.remote-service-error",
                "服务端主密钥与数据不符，请联系管理员 (the server's master key does not fit its data, ask its operator)",
            )
        }
    }
}

fn refused(refusal: Refusal, code: u16) -> Fault {
    let (sub_code, sub_msg) = match refusal {
        Refusal::Missing { member, zh, en } => {
            (format!("isv.missing-parameter:{member}"), format!("缺少参数:{member}，{zh} ({en})"))
        }
        Refusal::Invalid { member, zh, en } => {
            (format!("isv.invalid-parameter:{member}"), format!("非法参数:{member}，{zh} ({en})"))
        }
        Refusal::TenantNotExist => (
            "isv.tenant-not-exist".into(),
            "租户不存在或未授权给该应用，请核对 tenant_id (no such tenant for this app, check tenant_id)".into(),
        ),
        Refusal::StaffNotExist => (
            "isv.staff-not-exist".into(),
            "员工不存在，请核对 staff_id 或先添加该员工 (no such staff member, check staff_id or add the person)".into(),
        ),
        Refusal::CaseNotExist => (
            "isv.case-not-exist".into(),
            "工单不存在，请核对 case_id 或先添加该工单 (no such ticket, check case_id or add it)".into(),
        ),
        Refusal::GroupNotExist | Refusal::Removed | Refusal::Full | Refusal::NotAsked | Refusal::Owner => ("isv.group-not-exist".into(), "群不存在 (no such group)".into()),
        Refusal::ChannelNotExist | Refusal::NoChannel => (
            "isv.channel-not-exist".into(),
            "该租户没有可用渠道，请管理员添加默认渠道 (the tenant has no channel to use, have a default one added)".into(),
        ),
        Refusal::Exists(what) => ("isv.invalid-parameter".into(), format!("非法参数:{what} 已存在 (exists already)")),
        Refusal::WrongState { state, remedy } => {
            ("isv.invalid-parameter".into(), format!("非法参数:群状态为 {state} (the group is {state}: {remedy})"))
        }
    };
    Fault::business(code, sub_code, sub_msg)
}

/// What the store could not do is never the caller's fault: `isp.`, so that clients which retry by themselves do.
fn failed(error: &store::Error, code: u16) -> Fault {
    match error {
        store::Error::Busy { .. } => Fault::business(
            code,
            "isp.remote-service-unavailable",
            "系统繁忙，请稍后重试，本次请求未写入 (busy, nothing was written, try again)",
        ),
        store::Error::UnknownCommit { .. } => Fault::business(
            code,
            "isp.remote-service-timeout",
            "结果未知，请用相同参数重试 (the outcome is unknown, ask again with the same parameters)",
        ),
        error => {
            tracing::error!(%error, "the store failed");
            Fault::business(
                code,
                "isp.remote-service-unavailable",
                "存储暂不可用，本次请求未写入，请稍后重试 (storage is unavailable, nothing was written, try again)",
            )
        }
    }
}
