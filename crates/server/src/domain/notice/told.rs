//! Somebody was told, or could not be: what the group's timeline and its staff learn of it.

use serde_json::json;
use store::{Read, Tx, params};

use super::{Letter, Silence, Step};
use crate::domain::{
    Error,
    conversation::{
        Someone,
        system::{SystemLine, What, say},
    },
    group::timeline::{self, Kind, Line},
};

/// What proves that somebody was told.
#[derive(Debug, Clone)]
pub struct Proof {
    /// `webhook` or `mail`.
    pub way: &'static str,
    /// What the other side answered: an HTTP status, an SMTP reply.
    pub answer: String,
}

store::record! {
    struct Earlier {
        seq: i64,
    }
}

/// Somebody was told. The first proof of a step is a line in the conversation, for staff only; each is one in the timeline.
pub fn told(
    tx: &mut Tx<'_>,
    silence: Silence,
    letter: &Letter,
    proof: &Proof,
    now_ms: i64,
) -> Result<(), Error> {
    let Silence { tenant_id, group, since_ms } = silence;
    let (kind, what) = match letter.step {
        Step::Unattended => (Kind::OwnerTold, What::OwnerTold),
        Step::Unanswered => (Kind::Escalated, What::Escalated),
    };
    let detail = json!({"since": since_ms, "way": proof.way, "staff": letter.staff});
    let line = Line::new(kind, "laqun", &proof.answer).with(detail);
    // The group's row is taken first: of two deliveries that end at once, one sees the other's line.
    timeline::append(tx, tenant_id, group, now_ms, &[line])?;
    let earlier: Vec<Earlier> = tx.all(
        "SELECT seq FROM timeline WHERE tenant_id = $1 AND group_id = $2 AND kind = $3 AND at >= $4 LIMIT 2",
        params![tenant_id, group, kind.word(), since_ms],
    )?;
    if earlier.len() > 1 {
        return Ok(());
    }
    let mut said = SystemLine::new(what).value(proof.way);
    if let (Step::Unattended, Some((id, name))) = (letter.step, &letter.owner) {
        said = said.about(Someone::new(*id, name.clone(), "staff"));
    }
    say(tx, tenant_id, group, now_ms, &said)?;
    Ok(())
}

/// Nobody could be told in this way, and it is given up.
pub fn failed(
    tx: &mut Tx<'_>,
    silence: Silence,
    step: Step,
    proof: &Proof,
    remedy: &str,
    now_ms: i64,
) -> Result<(), Error> {
    let detail = json!({
        "since": silence.since_ms,
        "step": step.event(),
        "way": proof.way,
        "cause": proof.answer,
        "remedy": remedy,
    });
    let line = Line::new(Kind::NoticeFailed, "laqun", &proof.answer).with(detail);
    timeline::append(tx, silence.tenant_id, silence.group, now_ms, &[line])
}
