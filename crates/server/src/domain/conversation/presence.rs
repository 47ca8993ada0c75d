//! Who has a group open now. A row a process and person; rows of a process that shows no sign of life count for nothing.

use store::{Read, Store, Tx, params};
use uuid::Uuid;

use super::SeatKind;
use crate::domain::{Error, Tenant};

/// How old a process's sign of life may be for its pages to count, milliseconds.
pub const ALIVE_MS: i64 = 30_000;
/// How often a process gives one while pages are open, milliseconds.
pub const SIGN_MS: i64 = 10_000;

store::record! {
    struct Person {
        person: Uuid,
    }
}

store::record! {
    struct Count {
        pages: i64,
    }
}

/// Who has the group open, each once.
pub fn online(reader: &mut impl Read, tenant: &Tenant, group: Uuid, now_ms: i64) -> Result<Vec<Uuid>, Error> {
    let people: Vec<Person> = reader.all(
        "SELECT DISTINCT p.person FROM page_open p JOIN server_instance i ON i.instance = p.instance
         WHERE p.tenant_id = $1 AND p.group_id = $2 AND i.seen_at > $3 ORDER BY p.person",
        params![tenant.id(), group, now_ms.saturating_sub(ALIVE_MS)],
    )?;
    Ok(people.into_iter().map(|row| row.person).collect())
}

/// How many members of staff have the group open.
pub fn staff_pages_open(
    reader: &mut impl Read,
    tenant: &Tenant,
    group: Uuid,
    now_ms: i64,
) -> Result<i64, Error> {
    let count: Option<Count> = reader.one(
        "SELECT COUNT(DISTINCT p.person) AS pages FROM page_open p
         JOIN server_instance i ON i.instance = p.instance
         WHERE p.tenant_id = $1 AND p.group_id = $2 AND p.kind = 'staff' AND i.seen_at > $3",
        params![tenant.id(), group, now_ms.saturating_sub(ALIVE_MS)],
    )?;
    Ok(count.map_or(0, |count| count.pages))
}

store::record! {
    struct Dissolved {
        dissolved: bool,
    }
}

/// Whether the group is over for good: nothing will ever happen in it again.
pub async fn is_dissolved(store: &Store, tenant: &Tenant, group: Uuid) -> Result<bool, Error> {
    let row: Option<Dissolved> = store
        .query_opt(
            "SELECT CASE WHEN state = 'dissolved' THEN 1 ELSE 0 END AS dissolved FROM chat_group
             WHERE tenant_id = $1 AND id = $2",
            params![tenant.id(), group],
        )
        .await?;
    Ok(row.is_none_or(|row| row.dissolved))
}

/// Somebody's first page of a group in this process.
pub fn open(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    group: Uuid,
    (person, kind): (Uuid, SeatKind),
    instance: Uuid,
    now_ms: i64,
) -> Result<(), Error> {
    Ok(tx.put(
        "INSERT INTO page_open (tenant_id, group_id, person, instance, kind, opened_at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, group_id, person, instance) DO NOTHING",
        params![tenant.id(), group, person, instance, kind.word(), now_ms],
    )?)
}

/// Somebody's last page of a group in this process was closed.
pub fn close(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    group: Uuid,
    person: Uuid,
    instance: Uuid,
) -> Result<(), Error> {
    Ok(tx.put(
        "DELETE FROM page_open WHERE tenant_id = $1 AND group_id = $2 AND person = $3 AND instance = $4",
        params![tenant.id(), group, person, instance],
    )?)
}

/// A sign of life.
pub fn alive(tx: &mut Tx<'_>, instance: Uuid, now_ms: i64) -> Result<(), Error> {
    Ok(tx.put(
        "INSERT INTO server_instance (instance, seen_at) VALUES ($1, $2)
         ON CONFLICT (instance) DO UPDATE SET seen_at = excluded.seen_at",
        params![instance, now_ms],
    )?)
}

/// Removes what an earlier process on the same data folder left, and processes that were not seen for a long time.
pub fn clear(tx: &mut Tx<'_>, instance: Uuid, now_ms: i64) -> Result<(), Error> {
    tx.put("DELETE FROM page_open WHERE instance = $1", params![instance])?;
    bury(tx, now_ms)
}

/// Removes processes that were not seen for ten times as long as would do, with their pages: clocks differ.
pub fn bury(tx: &mut Tx<'_>, now_ms: i64) -> Result<(), Error> {
    let dead = now_ms.saturating_sub(10 * ALIVE_MS);
    tx.put(
        "DELETE FROM page_open WHERE instance IN (SELECT instance FROM server_instance WHERE seen_at < $1)",
        params![dead],
    )?;
    Ok(tx.put("DELETE FROM server_instance WHERE seen_at < $1", params![dead])?)
}
