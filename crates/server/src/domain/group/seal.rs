//! The seal of a group: a hash chain over what was said, in both lanes, and over the timeline.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::{Read, params};
use uuid::Uuid;

use super::timeline;
use crate::domain::{Error, conversation::Lane};

/// How many messages are read at once.
const STEP: i64 = 500;

/// A seal, and how much it covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// The head of the chain: `sha256:` and hexadecimal digits.
    pub head: String,
    /// The last number of each lane, in the order of [`Lane::ALL`].
    lanes: [i64; 2],
}

impl Seal {
    /// What the timeline tells of it, so that it can be computed again.
    pub(super) fn detail(&self) -> Value {
        let [customer, internal] = self.lanes;
        json!({"customer": customer, "internal": internal})
    }
}

store::record! {
    struct Message {
        lane: String,
        seq: i64,
        kind: String,
        author: Option<Uuid>,
        author_kind: String,
        body: String,
        detail: String,
        quote: Option<i64>,
        blob: Option<String>,
        recalled_at: Option<i64>,
        at: i64,
    }
}

/// Seals all that is there. In a unit, after the group's row was taken: nothing is said meanwhile.
pub(super) fn seal(reader: &mut impl Read, tenant_id: i64, group: Uuid) -> Result<Seal, Error> {
    chain(reader, tenant_id, group, [i64::MAX; 2], i64::MAX)
}

store::record! {
    struct SealLine {
        seq: i64,
        detail: String,
        evidence: String,
    }
}

/// Whether what is there now still gives the seal that the group got last; none if it was never sealed.
pub fn holds(reader: &mut impl Read, tenant_id: i64, group: Uuid) -> Result<Option<bool>, Error> {
    let line: Option<SealLine> = reader.one(
        "SELECT seq, detail, evidence FROM timeline WHERE tenant_id = $1 AND group_id = $2 AND kind = 'sealed'
         ORDER BY seq DESC LIMIT 1",
        params![tenant_id, group],
    )?;
    let Some(line) = line else { return Ok(None) };
    // Seals of the time before there were messages cover none.
    let detail: Value = serde_json::from_str(&line.detail).unwrap_or_default();
    let covered = Lane::ALL.map(|lane| detail[lane.word()].as_i64().unwrap_or(0));
    let again = chain(reader, tenant_id, group, covered, line.seq - 1)?;
    Ok(Some(again.head == line.evidence && again.lanes == covered))
}

/// Each link hashes the one before and the row's own text. A file counts by the digest of its content.
fn chain(
    reader: &mut impl Read,
    tenant_id: i64,
    group: Uuid,
    upto: [i64; 2],
    upto_line: i64,
) -> Result<Seal, Error> {
    let mut head = [0; 32];
    let mut link = |row: Value| {
        let mut digest = Sha256::new();
        digest.update(head);
        digest.update(row.to_string());
        head = digest.finalize().into();
    };
    let mut lanes = [0; 2];
    for (at, lane) in Lane::ALL.into_iter().enumerate() {
        loop {
            let page: Vec<Message> = reader.all(
                "SELECT m.lane, m.seq, m.kind, m.author, m.author_kind, m.body, m.detail, m.quote, f.blob, m.recalled_at, m.at
                 FROM message m LEFT JOIN attachment f ON f.tenant_id = m.tenant_id AND f.id = m.file
                 WHERE m.tenant_id = $1 AND m.group_id = $2 AND m.lane = $3 AND m.seq > $4 AND m.seq <= $5
                 ORDER BY m.seq LIMIT $6",
                params![tenant_id, group, lane.word(), lanes[at], upto[at], STEP],
            )?;
            let Some(last) = page.last() else { break };
            lanes[at] = last.seq;
            for m in page {
                link(json!([
                    m.lane,
                    m.seq,
                    m.kind,
                    m.author,
                    m.author_kind,
                    m.body,
                    m.detail,
                    m.quote,
                    m.blob,
                    m.recalled_at,
                    m.at
                ]));
            }
        }
    }
    for row in timeline::list(reader, tenant_id, group)?.into_iter().filter(|row| row.seq <= upto_line) {
        link(json!([row.seq, row.at, row.kind, row.actor, row.detail, row.evidence]));
    }
    Ok(Seal { head: format!("sha256:{}", data_encoding::HEXLOWER.encode(&head)), lanes })
}
