//! Bringing in many people or tickets at once: what each row of a batch means for what is there, and writing it.
//!
//! A batch is first *planned*, with reads only, which is all that a dry run does; then, in the same unit, written. What a
//! row changes is what `laqun staff add`, `set` and the like would change; the difference is the number of statements.

pub mod checkpoint;
mod customer;
mod lookup;
mod staff;
mod ticket;

use serde::{Deserialize, Serialize};
use store::{Read, Tx};

pub use self::{
    customer::{CustomerValues, Phone},
    staff::StaffValues,
    ticket::TicketValues,
};
use super::{Error, Tenant, audit::Actor};

/// One mistake in one value of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The column; empty where the whole row is meant.
    pub column: String,
    /// The value, shortened.
    pub value: String,
    /// What is wrong.
    pub why: String,
    /// What is allowed instead.
    pub allowed: String,
}

impl Problem {
    /// The most characters of a value that are repeated.
    const SHOWN: usize = 100;

    /// A mistake in `column`.
    pub fn new(column: &str, value: &str, why: impl Into<String>, allowed: impl Into<String>) -> Self {
        let mut shown: String = value.chars().take(Self::SHOWN).collect();
        if shown.len() < value.len() {
            shown.push('…');
        }
        Self { column: column.to_owned(), value: shown, why: why.into(), allowed: allowed.into() }
    }
}

/// What to do with a row whose id is there already. A stub counts as not there, and so does who was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnConflict {
    /// What the row says is written over what is there; columns that it does not have stay.
    Update,
    /// What is there stays.
    Skip,
    /// The row is refused.
    Refuse,
}

/// What to do with a ticket that names a person nobody told us of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownPeople {
    /// The row is refused.
    Refuse,
    /// The person is added, with the id as name.
    Stub,
    /// The ticket is written without that person.
    Ignore,
}

/// The rules of one import.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// About ids that are there.
    pub on_conflict: OnConflict,
    /// About people who are not.
    pub unknown_people: UnknownPeople,
}

/// A row of the file, by its line.
#[derive(Debug, Clone)]
pub struct Line<V> {
    /// The line it begins on.
    pub line: u64,
    /// What it says, or why it was refused before anybody looked at the database.
    pub values: Result<V, Vec<Problem>>,
}

/// Some hundred rows, written by one unit of work.
#[derive(Debug, Clone)]
pub enum Batch {
    /// 员工.
    Staff(Vec<Line<StaffValues>>),
    /// 访客.
    Customer(Vec<Line<CustomerValues>>),
    /// 工单.
    Ticket(Vec<Line<TicketValues>>),
}

/// How many rows came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// New ones.
    pub added: i64,
    /// There before, and changed.
    pub updated: i64,
    /// There before, and as the row says.
    pub unchanged: i64,
    /// There before, and left alone as asked.
    pub skipped: i64,
    /// Refused.
    pub refused: i64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.added += more.added;
        self.updated += more.updated;
        self.unchanged += more.unchanged;
        self.skipped += more.skipped;
        self.refused += more.refused;
    }
}

/// What a row comes to; `T` is what has to be written.
enum Plan<T> {
    Refuse(Vec<Problem>),
    Skip,
    Unchanged,
    Add(T),
    Update(T),
}

/// What a batch came to.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// How many rows came to what.
    pub counts: Counts,
    /// The refused ones, by line.
    pub refused: Vec<(u64, Vec<Problem>)>,
}

impl Batch {
    /// How many rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Staff(lines) => lines.len(),
            Self::Customer(lines) => lines.len(),
            Self::Ticket(lines) => lines.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What writing it would come to.
    pub fn check(&self, reader: &mut impl Read, tenant: &Tenant, rules: Rules) -> Result<Outcome, Error> {
        Ok(match self {
            Self::Staff(lines) => outcome(lines, &staff::plan(reader, tenant, rules, lines)?),
            Self::Customer(lines) => outcome(lines, &customer::plan(reader, tenant, rules, lines)?),
            Self::Ticket(lines) => outcome(lines, &ticket::plan(reader, tenant, rules, lines)?.rows),
        })
    }

    fn write(&self, tx: &mut Tx<'_>, actor: &Actor, tenant: &Tenant, rules: Rules) -> Result<Outcome, Error> {
        Ok(match self {
            Self::Staff(lines) => {
                let plans = staff::plan(tx, tenant, rules, lines)?;
                staff::write(tx, actor, tenant, &plans)?;
                outcome(lines, &plans)
            }
            Self::Customer(lines) => {
                let plans = customer::plan(tx, tenant, rules, lines)?;
                customer::write(tx, actor, tenant, &plans)?;
                outcome(lines, &plans)
            }
            Self::Ticket(lines) => {
                let plan = ticket::plan(tx, tenant, rules, lines)?;
                ticket::write(tx, actor, tenant, &plan)?;
                outcome(lines, &plan.rows)
            }
        })
    }
}

fn outcome<V, T>(lines: &[Line<V>], plans: &[Plan<T>]) -> Outcome {
    let mut outcome = Outcome::default();
    for (line, plan) in lines.iter().zip(plans) {
        let counts = &mut outcome.counts;
        *match plan {
            Plan::Refuse(problems) => {
                outcome.refused.push((line.line, problems.clone()));
                &mut counts.refused
            }
            Plan::Skip => &mut counts.skipped,
            Plan::Unchanged => &mut counts.unchanged,
            Plan::Add(_) => &mut counts.added,
            Plan::Update(_) => &mut counts.updated,
        } += 1;
    }
    outcome
}

/// What becomes of a row whose id is there already, if it is not to be written over.
fn conflict<T>(rules: Rules, column: &str, id: &str) -> Option<Plan<T>> {
    match rules.on_conflict {
        OnConflict::Update => None,
        OnConflict::Skip => Some(Plan::Skip),
        OnConflict::Refuse => Some(Plan::Refuse(vec![Problem::new(
            column,
            id,
            "there already",
            "an id that is not there yet; or --on-conflict update or skip",
        )])),
    }
}

/// A new row lacks what it cannot be without.
fn lacks<T>(column: &str, what: &str) -> Plan<T> {
    let allowed = "a value, or the id of one that is there already";
    Plan::Refuse(vec![Problem::new(column, "", format!("missing, and {what} is not there yet"), allowed)])
}
