//! How far an import has come: a row that is written by the same unit as the rows of the file.

use serde_json::{Value, json};
use store::{Read, Tx, params};
use uuid::Uuid;

use super::{Batch, Counts, Outcome, Problem, Rules};
use crate::domain::{
    Error, Tenant,
    audit::{self, Actor},
};

/// Checkpoints that nobody went on from for so long are dropped.
const FORGOTTEN_MS: i64 = 30 * 24 * 3_600_000;

/// Which import.
#[derive(Debug, Clone)]
pub struct Key {
    /// `staff`, `customer` or `ticket`.
    pub noun: &'static str,
    /// SHA-256 of the file and of what decides what its rows mean.
    pub digest: [u8; 32],
}

/// How far an import has come.
#[derive(Debug, Clone)]
pub struct State {
    /// Rows of the file that are dealt with.
    pub done: i64,
    /// What they came to.
    pub counts: Counts,
    /// Bytes of the report before what the last unit refused; none without a report.
    pub report: Option<i64>,
    /// What the last unit refused, by line.
    pub last: Vec<(u64, Vec<Problem>)>,
}

store::record! {
    struct Row {
        done: i64,
        added: i64,
        updated: i64,
        unchanged: i64,
        skipped: i64,
        refused: i64,
        report: Option<i64>,
        last_refused: String,
    }
}

/// Where the import of this key stands, if one was begun and did not end.
pub fn find(reader: &mut impl Read, tenant: &Tenant, key: &Key) -> Result<Option<State>, Error> {
    let row: Option<Row> = reader.one(
        "SELECT done, added, updated, unchanged, skipped, refused, report, last_refused FROM import_checkpoint
         WHERE tenant_id = $1 AND noun = $2 AND digest = $3",
        params![tenant.id(), key.noun, &key.digest],
    )?;
    Ok(row.map(|row| State {
        done: row.done,
        counts: Counts {
            added: row.added,
            updated: row.updated,
            unchanged: row.unchanged,
            skipped: row.skipped,
            refused: row.refused,
        },
        report: row.report,
        // Written by us; what cannot be read of it would only be missing in a report.
        last: serde_json::from_str(&row.last_refused).unwrap_or_default(),
    }))
}

/// Begins an import, or goes on with the one of this key unless `anew`. That it begins is in the audit log, because it may
/// be ended at any moment.
pub fn begin(
    tx: &mut Tx<'_>,
    actor: &Actor,
    tenant: &Tenant,
    key: &Key,
    file: &str,
    detail: &Value,
    anew: bool,
) -> Result<State, Error> {
    tx.put(
        "DELETE FROM import_checkpoint WHERE tenant_id = $1 AND updated_at < $2",
        params![tenant.id(), actor.now_ms - FORGOTTEN_MS],
    )?;
    if anew {
        // Not what this very unit began before its COMMIT was lost.
        tx.put(
            "DELETE FROM import_checkpoint WHERE tenant_id = $1 AND noun = $2 AND digest = $3 AND run <> $4",
            params![tenant.id(), key.noun, &key.digest, actor.act],
        )?;
    }
    let made = tx.exec(
        "INSERT INTO import_checkpoint (tenant_id, noun, digest, run, done, added, updated, unchanged, skipped, refused,
                                        report, last_refused, started_at, updated_at)
         VALUES ($1, $2, $3, $4, 0, 0, 0, 0, 0, 0, NULL, '[]', $5, $5) ON CONFLICT (tenant_id, noun, digest) DO NOTHING",
        params![tenant.id(), key.noun, &key.digest, actor.act, actor.now_ms],
    )?;
    if made == 1 {
        audit::record_detail(tx, actor, tenant.id(), &format!("{}.import_started", key.noun), file, detail)?;
    }
    find(tx, tenant, key)?.ok_or(Error::Stale)
}

/// One unit: the rows of a batch, and how far it brings the import. Asked again after its COMMIT was lost, it finds that
/// it happened. `None` when another process has taken the import on meanwhile.
#[expect(clippy::too_many_arguments, reason = "what a unit of an import is told, each once")]
pub fn advance(
    tx: &mut Tx<'_>,
    actor: &Actor,
    tenant: &Tenant,
    key: &Key,
    rules: Rules,
    from: i64,
    batch: &Batch,
    report: Option<i64>,
) -> Result<Option<State>, Error> {
    let Some(state) = find(tx, tenant, key)? else { return Ok(None) };
    let to = from + i64::try_from(batch.len()).unwrap_or(i64::MAX);
    if state.done == to {
        return Ok(Some(state));
    }
    if state.done != from {
        return Ok(None);
    }
    let Outcome { counts, refused } = batch.write(tx, actor, tenant, rules)?;
    let mut all = state.counts;
    all += counts;
    let moved = tx.exec(
        "UPDATE import_checkpoint SET done = $4, added = $5, updated = $6, unchanged = $7, skipped = $8, refused = $9,
             report = $10, last_refused = $11, updated_at = $12
         WHERE tenant_id = $1 AND noun = $2 AND digest = $3 AND done = $13",
        params![
            tenant.id(),
            key.noun,
            &key.digest,
            to,
            all.added,
            all.updated,
            all.unchanged,
            all.skipped,
            all.refused,
            report,
            &json!(refused).to_string(),
            actor.now_ms,
            from
        ],
    )?;
    // The rows must not stay either.
    if moved == 0 {
        return Err(Error::Stale);
    }
    Ok(Some(State { done: to, counts: all, report, last: refused }))
}

/// Ends an import: its checkpoint goes, and the audit log tells what it came to.
pub fn finish(
    tx: &mut Tx<'_>,
    actor: &Actor,
    tenant: &Tenant,
    key: &Key,
    file: &str,
    detail: &Value,
) -> Result<(), Error> {
    let ended = tx.exec(
        "DELETE FROM import_checkpoint WHERE tenant_id = $1 AND noun = $2 AND digest = $3",
        params![tenant.id(), key.noun, &key.digest],
    )?;
    if ended == 1 {
        audit::record_detail(tx, actor, tenant.id(), &format!("{}.import", key.noun), file, detail)?;
    }
    Ok(())
}

/// Who acts in one run: the audit lines of its begin and end are apart.
pub fn ending(actor: &Actor) -> Actor {
    Actor { act: Uuid::from_u128(actor.act.as_u128().wrapping_add(1)), ..actor.clone() }
}
