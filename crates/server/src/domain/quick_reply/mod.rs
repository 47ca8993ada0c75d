//! Quick replies: what staff say often; one's own, and everybody's.

use serde_json::json;
use store::{Read, Tx, params};
use uuid::Uuid;

use super::{Error, Refusal, Tenant, audit, audit::Actor};

/// The most characters of one.
pub const BODY_MAX: usize = 1000;
/// The most that one person, or everybody together, has.
pub const COUNT_MAX: i64 = 200;

store::record! {
    /// A quick reply.
    pub struct QuickReply {
        /// Row id.
        pub id: Uuid,
        /// What it says.
        pub body: String,
        /// Whose it is; none = everybody's.
        pub staff: Option<Uuid>,
    }
}

store::record! {
    struct Count {
        replies: i64,
    }
}

/// The person's own, then everybody's, each oldest first.
pub fn list(reader: &mut impl Read, tenant: &Tenant, staff: Uuid) -> Result<Vec<QuickReply>, Error> {
    Ok(reader.all(
        "SELECT id, body, staff FROM quick_reply WHERE tenant_id = $1 AND (staff = $2 OR staff IS NULL)
         ORDER BY CASE WHEN staff IS NULL THEN 1 ELSE 0 END, created_at, id",
        params![tenant.id(), staff],
    )?)
}

/// Adds one; `staff` none makes it everybody's.
pub fn add(
    tx: &mut Tx<'_>,
    actor: &Actor,
    tenant: &Tenant,
    id: Uuid,
    staff: Option<Uuid>,
    body: &str,
) -> Result<(), Error> {
    if body.is_empty() || body.chars().count() > BODY_MAX {
        return Err(Refusal::Invalid {
            member: "body",
            zh: format!("快捷回复须为 1 到 {BODY_MAX} 个字"),
            en: format!("a quick reply has 1 to {BODY_MAX} characters"),
        }
        .into());
    }
    let count: Option<Count> = tx.one(
        "SELECT COUNT(*) AS replies FROM quick_reply
         WHERE tenant_id = $1 AND COALESCE(staff, $3) = COALESCE($2, $3)",
        params![tenant.id(), staff, Uuid::nil()],
    )?;
    if count.is_some_and(|count| count.replies >= COUNT_MAX) {
        return Err(Refusal::Invalid {
            member: "body",
            zh: format!("快捷回复最多 {COUNT_MAX} 条，请先删除一些"),
            en: format!("there are {COUNT_MAX} quick replies, and no more: delete some first"),
        }
        .into());
    }
    tx.put(
        "INSERT INTO quick_reply (tenant_id, id, staff, body, created_at) VALUES ($1, $2, $3, $4, $5)",
        params![tenant.id(), id, staff, body, actor.now_ms],
    )?;
    let detail = json!({"everybody": staff.is_none()});
    audit::record_detail(tx, actor, tenant.id(), "quick_reply.add", &id.to_string(), &detail)
}

/// Deletes the person's own, or everybody's. Says whether there was one.
pub fn remove(tx: &mut Tx<'_>, actor: &Actor, tenant: &Tenant, staff: Uuid, id: Uuid) -> Result<bool, Error> {
    let removed = tx.exec(
        "DELETE FROM quick_reply WHERE tenant_id = $1 AND id = $2 AND (staff = $3 OR staff IS NULL)",
        params![tenant.id(), id, staff],
    )?;
    if removed == 0 {
        return Ok(false);
    }
    audit::record(tx, actor, tenant.id(), "quick_reply.remove", &id.to_string())?;
    Ok(true)
}
