//! What a call finds, in one statement: the warm click reads this and nothing else.

use store::{Param, Read, Store, params};
use uuid::Uuid;

use super::{State, member::Reason};
use crate::domain::{Error, Tenant, directory::Channel};

store::record! {
    /// Everything that one click needs to know.
    pub struct Found {
        /// The directory's version, read in the same statement.
        pub version: i64,
        /// The caller's row, if the tenant has such a person.
        pub staff: Option<Uuid>,
        /// The caller's `userIdentify`.
        pub user_identify: Option<String>,
        /// The caller's kind: 1 own, 2 outsourced.
        pub account_type: Option<i64>,
        /// Whether the caller is still there.
        pub active: Option<bool>,
        /// Whether the tenant knows the ticket.
        pub case_id: Option<String>,
        /// The ticket's assignee.
        pub assignee: Option<Uuid>,
        /// The ticket's customer.
        pub customer: Option<Uuid>,
        /// The live group.
        pub group_id: Option<Uuid>,
        /// Its state.
        pub state: Option<State>,
        /// Its name.
        pub title: Option<String>,
        /// The outer type that its first call gave.
        pub outer_type: Option<String>,
        /// Its token, sealed.
        pub token_sealed: Option<Vec<u8>>,
        /// The caller's membership.
        pub member: Option<String>,
    }
}

pub(super) const FIND: &str = "
SELECT v.version, s.id AS staff, s.user_identify, s.account_type, s.active,
       k.case_id, k.assignee, k.customer,
       g.id AS group_id, g.state, g.title, g.outer_type, g.token_sealed, m.state AS member
FROM directory_version v
LEFT JOIN staff s ON s.tenant_id = $1 AND s.staff_id = $4
LEFT JOIN ticket k ON k.tenant_id = $1 AND k.case_id = $3
LEFT JOIN chat_group g ON g.tenant_id = $1 AND g.case_id = $3 AND g.channel_id = $2 AND g.state <> 'dissolved'
LEFT JOIN group_member m ON m.tenant_id = $1 AND m.group_id = g.id AND m.person_id = s.id
WHERE v.one = 1";

fn keys<'a>(tenant: &Tenant, channel: &Channel, case_id: &'a str, staff_id: &'a str) -> [Param<'a>; 4] {
    [tenant.id().into(), channel.id.into(), case_id.into(), staff_id.into()]
}

/// Looks up outside any unit: the hot path.
pub async fn find(
    store: &Store,
    tenant: &Tenant,
    channel: &Channel,
    case_id: &str,
    staff_id: &str,
) -> Result<Option<Found>, Error> {
    Ok(store.query_opt(FIND, &keys(tenant, channel, case_id, staff_id)).await?)
}

/// Looks up inside a unit.
pub fn find_in(
    reader: &mut impl Read,
    tenant: &Tenant,
    channel: &Channel,
    case_id: &str,
    staff_id: &str,
) -> Result<Option<Found>, Error> {
    Ok(reader.one(FIND, &keys(tenant, channel, case_id, staff_id))?)
}

store::record! {
    struct ChannelOf {
        channel_id: Uuid,
    }
}

pub(super) const MADE_BY_DEFAULT: &str = "
SELECT channel_id FROM chat_group
WHERE tenant_id = $1 AND case_id = $2 AND by_default = 1 AND state <> 'dissolved' LIMIT 1";

/// The channel of the ticket's live group that was made by a call without `outer_type`.
pub async fn made_by_default(store: &Store, tenant: &Tenant, case_id: &str) -> Result<Option<Uuid>, Error> {
    let row: Option<ChannelOf> = store.query_opt(MADE_BY_DEFAULT, params![tenant.id(), case_id]).await?;
    Ok(row.map(|r| r.channel_id))
}

store::record! {
    struct StaffId {
        staff_id: String,
    }
}

/// Who is called when the call names nobody: the ticket's assignee, else the channel's default owner.
pub async fn default_caller(
    store: &Store,
    tenant: &Tenant,
    channel: &Channel,
    case_id: &str,
) -> Result<Option<(String, Reason)>, Error> {
    let assignee: Option<StaffId> = store
        .query_opt(
            "SELECT s.staff_id FROM ticket k
             JOIN staff s ON s.tenant_id = k.tenant_id AND s.id = k.assignee AND s.active = 1
             WHERE k.tenant_id = $1 AND k.case_id = $2",
            params![tenant.id(), case_id],
        )
        .await?;
    if let Some(row) = assignee {
        return Ok(Some((row.staff_id, Reason::Assignee)));
    }
    let Some(owner) = channel.default_owner else { return Ok(None) };
    let sql = "SELECT staff_id FROM staff WHERE tenant_id = $1 AND id = $2 AND active = 1";
    let found: Option<StaffId> = store.query_opt(sql, params![tenant.id(), owner]).await?;
    Ok(found.map(|row| (row.staff_id, Reason::DefaultOwner)))
}

/// Takes the ticket's row, or makes a stub of one, and tells who of its people is still here.
///
/// COALESCE of one value is that value. In what an INSERT returns, SQLite looks a bare column up by no index but the first
/// part of the primary key, and would walk all people of the tenant.
pub(super) const TAKE_TICKET: &str = "
INSERT INTO ticket (tenant_id, case_id, title, description, status, priority, assignee, customer, stub, created_at, updated_at)
VALUES ($1, $2, '', '', 'accepted', 'medium', NULL, NULL, 1, $3, $3)
ON CONFLICT (tenant_id, case_id) DO UPDATE SET updated_at = ticket.updated_at
RETURNING (SELECT s.id FROM staff s WHERE s.tenant_id = ticket.tenant_id
           AND s.id = COALESCE(ticket.assignee, NULL) AND s.active = 1) AS assignee,
          (SELECT c.id FROM customer c WHERE c.tenant_id = ticket.tenant_id
           AND c.id = COALESCE(ticket.customer, NULL) AND c.active = 1) AS customer";
