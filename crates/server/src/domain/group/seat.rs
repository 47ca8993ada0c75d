//! Who sits where: a member of staff by session, a visitor by device. The only places that make a [`Seat`].

use store::{Store, params};
use uuid::Uuid;

use super::{State, token::Token};
use crate::domain::{
    Error, Tenant,
    conversation::{Seat, SeatKind},
    directory::Directory,
    sign_in,
    visitor::{self, DEVICE_BYTES},
};

/// What a session is in a group.
#[derive(Debug, Clone)]
pub enum StaffSeat {
    /// Nobody is signed in, or not any more.
    NotSignedIn,
    /// The tenant has no such group, or the person never was in it.
    NotFound,
    /// The person was removed from the group.
    Removed,
    /// A member.
    Seated {
        /// The seat.
        seat: Seat,
        /// The person's `staff_id`.
        staff_id: String,
        /// The group's state.
        state: State,
    },
    /// The copy of the directory is older than the rows: read it again and ask once more.
    OldDirectory,
}

store::record! {
    struct StaffRow {
        version: i64,
        tenant_id: i64,
        staff: Uuid,
        staff_id: String,
        name: String,
        member: Option<String>,
        state: Option<State>,
    }
}

/// The seat of a session in a group.
pub async fn of_staff(
    store: &Store,
    directory: &Directory,
    cookie: &[u8; sign_in::SESSION_BYTES],
    group: Option<Uuid>,
    now_ms: i64,
) -> Result<StaffSeat, Error> {
    let hash = sign_in::hash(cookie);
    let sql = "SELECT v.version, n.tenant_id, n.staff, s.staff_id, s.name, m.state AS member, g.state
               FROM staff_session n
               JOIN directory_version v ON v.one = 1
               JOIN staff s ON s.tenant_id = n.tenant_id AND s.id = n.staff AND s.active = 1
               LEFT JOIN group_member m ON m.tenant_id = n.tenant_id AND m.group_id = $3 AND m.person_id = n.staff
               LEFT JOIN chat_group g ON g.tenant_id = n.tenant_id AND g.id = m.group_id
               WHERE n.session_hash = $1 AND n.expires_at > $2";
    let row: Option<StaffRow> = store.query_opt(sql, params![&hash, now_ms, group]).await?;
    let Some(row) = row else { return Ok(StaffSeat::NotSignedIn) };
    if row.version != directory.version {
        return Ok(StaffSeat::OldDirectory);
    }
    let Some(tenant) = directory.tenant(row.tenant_id) else { return Ok(StaffSeat::NotSignedIn) };
    let (Some(group), Some(member), Some(state)) = (group, row.member, row.state) else {
        return Ok(StaffSeat::NotFound);
    };
    if member == "removed" {
        return Ok(StaffSeat::Removed);
    }
    let seat =
        Seat { tenant, group, person: row.staff, kind: SeatKind::Staff, name: row.name, history_from: 0 };
    Ok(StaffSeat::Seated { seat, staff_id: row.staff_id, state })
}

/// Who is signed in.
#[derive(Debug, Clone)]
pub enum Session {
    /// Nobody, or not any more.
    None,
    /// The copy of the directory is older than the rows: read it again and ask once more.
    OldDirectory,
    /// A member of staff.
    Staff {
        /// Whose.
        tenant: Tenant,
        /// Row id.
        staff: Uuid,
        /// The person's `staff_id`.
        staff_id: String,
    },
}

store::record! {
    struct SessionRow {
        version: i64,
        tenant_id: i64,
        staff: Uuid,
        staff_id: String,
    }
}

/// Who a session is, in no group.
pub async fn of_session(
    store: &Store,
    directory: &Directory,
    cookie: &[u8; sign_in::SESSION_BYTES],
    now_ms: i64,
) -> Result<Session, Error> {
    let hash = sign_in::hash(cookie);
    let sql = "SELECT v.version, n.tenant_id, n.staff, s.staff_id
               FROM staff_session n
               JOIN directory_version v ON v.one = 1
               JOIN staff s ON s.tenant_id = n.tenant_id AND s.id = n.staff AND s.active = 1
               WHERE n.session_hash = $1 AND n.expires_at > $2";
    let row: Option<SessionRow> = store.query_opt(sql, params![&hash, now_ms]).await?;
    let Some(row) = row else { return Ok(Session::None) };
    if row.version != directory.version {
        return Ok(Session::OldDirectory);
    }
    let tenant = directory.tenant(row.tenant_id);
    Ok(tenant.map_or(Session::None, |tenant| Session::Staff {
        tenant,
        staff: row.staff,
        staff_id: row.staff_id,
    }))
}

/// What a token opens, for whoever holds it.
#[derive(Debug, Clone)]
pub struct Door {
    /// Whose group; none where the copy of the directory is older than the rows.
    pub tenant: Option<Tenant>,
    /// Row id of the group.
    pub group: Uuid,
    /// Row id of its channel.
    pub channel: Uuid,
    /// Its state.
    pub state: State,
    /// Its name.
    pub title: String,
    /// The token was replaced: who has not joined is told so.
    pub renewed: bool,
}

store::record! {
    struct DoorRow {
        version: i64,
        tenant_id: i64,
        group_id: Uuid,
        channel_id: Uuid,
        state: State,
        title: String,
        revoked_at: Option<i64>,
    }
}

/// The group of a token. The tenant is found through it: the token is the secret.
pub async fn door(store: &Store, directory: &Directory, token: &Token) -> Result<Option<Door>, Error> {
    let hash = token.hash();
    let sql = "SELECT v.version, t.tenant_id, t.group_id, g.channel_id, g.state, g.title, t.revoked_at
               FROM group_token t
               JOIN directory_version v ON v.one = 1
               JOIN chat_group g ON g.tenant_id = t.tenant_id AND g.id = t.group_id
               WHERE t.token_hash = $1";
    let row: Option<DoorRow> = store.query_opt(sql, params![&hash]).await?;
    Ok(row.map(|row| Door {
        tenant: if row.version == directory.version { directory.tenant(row.tenant_id) } else { None },
        group: row.group_id,
        channel: row.channel_id,
        state: row.state,
        title: row.title,
        renewed: row.revoked_at.is_some(),
    }))
}

/// What a device is in a group.
#[derive(Debug, Clone)]
pub enum VisitorSeat {
    /// It has not joined.
    NotJoined,
    /// Staff removed it.
    Removed,
    /// It has joined.
    Seated {
        /// The seat.
        seat: Seat,
        /// Row id of the visitor.
        visitor: Uuid,
    },
}

store::record! {
    struct VisitorRow {
        id: Uuid,
        person: Uuid,
        first: bool,
        name: String,
        customer_name: Option<String>,
        history_from: i64,
        guests_see_history: bool,
        removed_at: Option<i64>,
        active: bool,
    }
}

/// The seat of a device in the group behind the door.
pub async fn of_visitor(
    store: &Store,
    tenant: &Tenant,
    group: Uuid,
    cookie: &[u8; DEVICE_BYTES],
) -> Result<VisitorSeat, Error> {
    let hash = visitor::device_hash(cookie, group);
    let sql = "SELECT v.id, v.person, v.first, v.name, c.name AS customer_name, v.history_from, g.guests_see_history,
                      v.removed_at, COALESCE(c.active, 1) AS active
               FROM visitor v
               JOIN chat_group g ON g.tenant_id = v.tenant_id AND g.id = v.group_id
               LEFT JOIN customer c ON c.tenant_id = v.tenant_id AND c.id = v.person
               WHERE v.tenant_id = $1 AND v.group_id = $2 AND v.device_hash = $3";
    let row: Option<VisitorRow> = store.query_opt(sql, params![tenant.id(), group, &hash]).await?;
    let Some(row) = row else { return Ok(VisitorSeat::NotJoined) };
    // A customer whom the tenant does not have any more is out, as a colleague is.
    if row.removed_at.is_some() || !row.active {
        return Ok(VisitorSeat::Removed);
    }
    let name = if row.name.is_empty() { row.customer_name.unwrap_or_default() } else { row.name };
    let seat = Seat {
        tenant: tenant.clone(),
        group,
        person: row.person,
        kind: if row.first { SeatKind::Customer } else { SeatKind::Guest },
        name,
        history_from: if row.guests_see_history { 0 } else { row.history_from },
    };
    Ok(VisitorSeat::Seated { seat, visitor: row.id })
}
