//! Rows of text as values of a noun.

use store::MasterKey;

use super::{
    Noun, Row,
    column::{FIRST_ACCOUNT, STAFF},
};
use crate::{
    domain::{
        Tenant,
        change::Change,
        import::{Batch, CustomerValues, Line, Phone, Problem, StaffValues, TicketValues},
    },
    ids::Ids,
};

/// The batch that these rows are. Ids for those who are new are made here: a unit of work has no randomness.
pub(super) fn batch(
    noun: Noun,
    rows: &[Row],
    ids: &Ids,
    now_ms: i64,
    (master, tenant): (&MasterKey, &Tenant),
) -> Batch {
    match noun {
        Noun::Staff => Batch::Staff(lines(rows, |row| staff(row, ids, now_ms))),
        Noun::Customer => Batch::Customer(lines(rows, |row| customer(row, ids, now_ms, master, tenant))),
        Noun::Ticket => Batch::Ticket(lines(rows, |row| ticket(row, ids, now_ms))),
    }
}

fn lines<V>(rows: &[Row], values: impl Fn(&Row) -> V) -> Vec<Line<V>> {
    let values = |row: &Row| -> Result<V, Vec<Problem>> {
        if row.problems.is_empty() { Ok(values(row)) } else { Err(row.problems.clone()) }
    };
    rows.iter().map(|row| Line { line: row.line, values: values(row) }).collect()
}

fn staff(row: &Row, ids: &Ids, now_ms: i64) -> StaffValues {
    StaffValues {
        id: ids.uuid(now_ms),
        user_identify: ids.user_identify(),
        staff_id: row.cells[0].clone().unwrap_or_default(),
        name: row.cells[1].clone(),
        account_type: row.value(2).map(|word| if word == "2" { 2 } else { 1 }),
        union_id: change(row, 3),
        accounts: STAFF
            .iter()
            .enumerate()
            .skip(FIRST_ACCOUNT)
            .map(|(at, column)| (column.name, change(row, at)))
            .filter(|(_, change)| *change != Change::Keep)
            .collect(),
    }
}

fn customer(row: &Row, ids: &Ids, now_ms: i64, master: &MasterKey, tenant: &Tenant) -> CustomerValues {
    CustomerValues {
        id: ids.uuid(now_ms),
        user_identify: ids.user_identify(),
        customer_id: row.cells[0].clone().unwrap_or_default(),
        name: row.cells[1].clone(),
        phone: match change(row, 2) {
            Change::Keep => Change::Keep,
            Change::Clear => Change::Clear,
            Change::To(plain) => Change::To(Phone::new(master, tenant.id(), plain)),
        },
    }
}

fn ticket(row: &Row, ids: &Ids, now_ms: i64) -> TicketValues {
    TicketValues {
        case_id: row.cells[0].clone().unwrap_or_default(),
        title: row.cells[1].clone(),
        description: row.cells[2].clone(),
        // A word is never taken away: without one, a ticket keeps what it has or begins with the default.
        status: row.value(3).map(str::to_owned),
        priority: row.value(4).map(str::to_owned),
        assignee: change(row, 5),
        customer: change(row, 6),
        stubs: [5, 6].map(|at| match row.value(at) {
            Some(_) => (ids.uuid(now_ms), ids.user_identify()),
            None => Default::default(),
        }),
    }
}

fn change(row: &Row, at: usize) -> Change<String> {
    match row.cells[at].as_deref() {
        None => Change::Keep,
        Some("") => Change::Clear,
        Some(value) => Change::To(value.to_owned()),
    }
}
