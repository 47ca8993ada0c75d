//! How good the help was: asked when it has ended, answered once by each visitor, changeable while it is asked.

use serde_json::json;
use store::{Read, Tx, params};

use crate::domain::{
    Error, Refusal,
    conversation::{SystemLine, What},
    group::{
        State,
        people::{Hand, Told},
        timeline::Kind,
    },
};

/// The most characters of a comment.
pub const COMMENT_MAX: usize = 500;

store::record! {
    struct Asked {
        state: State,
        status: String,
    }
}

/// Whether the question is asked now: the ticket is done, or the group is closed.
pub fn is_asked(state: State, status: &str) -> bool {
    status == "done" || state.is_closed()
}

/// Keeps the answer in place of an earlier one.
pub fn answer(tx: &mut Tx<'_>, hand: &Hand, score: i64, comment: &str) -> Result<(), Error> {
    let group = hand.take(tx)?;
    let (tenant_id, id, person) = (hand.seat.tenant.id(), hand.seat.group, hand.seat.person);
    let asked: Option<Asked> = tx.one(
        "SELECT g.state, COALESCE(k.status, '') AS status FROM chat_group g
         LEFT JOIN ticket k ON k.tenant_id = g.tenant_id AND k.case_id = g.case_id
         WHERE g.tenant_id = $1 AND g.id = $2",
        params![tenant_id, id],
    )?;
    if !asked.is_some_and(|asked| is_asked(asked.state, &asked.status)) {
        return Err(Refusal::NotAsked.into());
    }
    if !(1..=5).contains(&score) {
        return Err(Refusal::Invalid {
            member: "score",
            zh: "评分为 1 到 5".into(),
            en: "a score is 1 to 5".into(),
        }
        .into());
    }
    if comment.chars().count() > COMMENT_MAX {
        return Err(Refusal::Invalid {
            member: "comment",
            zh: format!("评语最多 {COMMENT_MAX} 个字"),
            en: format!("a comment has at most {COMMENT_MAX} characters"),
        }
        .into());
    }
    tx.put(
        "INSERT INTO satisfaction (tenant_id, group_id, person, score, comment, at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (tenant_id, group_id, person) DO UPDATE
         SET score = excluded.score, comment = excluded.comment, at = excluded.at",
        params![tenant_id, id, person, score, comment, hand.actor.now_ms],
    )?;
    hand.tell(
        tx,
        &group,
        Told {
            kind: Kind::Satisfaction,
            evidence: &person.to_string(),
            detail: json!({"score": score}),
            event: "group.changed",
            staff_only: true,
            line: Some(SystemLine::new(What::Satisfaction).value(score.to_string())),
        },
    )
}
