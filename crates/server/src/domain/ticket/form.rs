//! The ticket as it is written on its group's page: saved together with what is told of it in the group.

use store::{Read, Tx, params};
use uuid::Uuid;

use super::{Ticket, TicketChange, find};
use crate::domain::{
    Error, Refusal, attachment,
    change::Change,
    conversation::{SystemLine, What},
    customer::{self, NewCustomer},
    group::{
        people::{Hand, Told},
        timeline::Kind,
    },
};

/// The most files of a ticket.
pub const FILES_MAX: usize = 50;

/// What the form says; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct Form {
    /// One line that says what it is about.
    pub title: Option<String>,
    /// More of it.
    pub description: Option<String>,
    /// One of [`super::PRIORITIES`].
    pub priority: Option<String>,
    /// One of [`super::STATUSES`].
    pub status: Option<String>,
    /// What the customer is called.
    pub customer_name: Option<String>,
    /// All its files: uploaded ones come onto the ticket, those that are not named go.
    pub attachments: Option<Vec<Uuid>>,
}

/// Ids for a customer who has to be made, chosen before the unit.
#[derive(Debug, Clone)]
pub struct Fresh {
    /// Row id.
    pub customer: Uuid,
    /// The person's `userIdentify`; also the `customer_id` of somebody whom no other system knows.
    pub user_identify: String,
}

store::record! {
    struct Case {
        case_id: String,
    }
}

/// Saves the form. The ticket's row is taken before the group's, as a click does.
pub fn save(tx: &mut Tx<'_>, hand: &Hand, form: &Form, fresh: &Fresh) -> Result<(), Error> {
    let (tenant, id) = (&hand.seat.tenant, hand.seat.group);
    let case: Option<Case> =
        tx.one("SELECT case_id FROM chat_group WHERE tenant_id = $1 AND id = $2", params![tenant.id(), id])?;
    let Case { case_id } = case.ok_or(Refusal::GroupNotExist)?;
    let before = find(tx, tenant, &case_id)?.ok_or(Refusal::CaseNotExist)?;
    let change = TicketChange {
        title: form.title.clone(),
        description: form.description.clone(),
        status: form.status.clone(),
        priority: form.priority.clone(),
        customer: Change::Keep,
        assignee: Change::Keep,
    };
    super::change::write(tx, &hand.actor.numbered(0), tenant, &case_id, change)?;
    let group = hand.take(tx)?;
    if let Some(name) = &form.customer_name {
        name_customer(tx, hand, &before, name, fresh)?;
    }
    let files = match &form.attachments {
        Some(wanted) => put_files(tx, hand, wanted)?,
        None => 0,
    };
    let after = find(tx, tenant, &case_id)?.ok_or(Refusal::CaseNotExist)?;
    super::change::tell_groups(tx, &hand.actor, tenant, (&before, &after), Some(id))?;
    let shown = |ticket: &Ticket| (ticket.title.clone(), ticket.status.clone(), ticket.customer_name.clone());
    // Also where the customer is no customer of the tenant's, but a visitor with another name from now on.
    let staff_only = shown(&after) == shown(&before) && form.customer_name.is_none();
    let line =
        (after.status != before.status).then(|| SystemLine::new(What::Ticket).value(after.status.as_str()));
    let mut detail = super::change::told(before, after);
    if files > 0 {
        detail["files"] = files.into();
    }
    hand.tell(
        tx,
        &group,
        Told {
            kind: Kind::TicketSaved,
            evidence: &case_id,
            detail,
            event: "group.changed",
            staff_only,
            line,
        },
    )
}

/// The customer of the ticket has that name from now on, also where the visitor gave another. Without a customer the first
/// visitor has it; without both the ticket gets a customer.
fn name_customer(
    tx: &mut Tx<'_>,
    hand: &Hand,
    before: &Ticket,
    name: &str,
    fresh: &Fresh,
) -> Result<(), Error> {
    let (tenant, id) = (&hand.seat.tenant, hand.seat.group);
    if before.customer_name.as_deref().unwrap_or_default() == name {
        return Ok(());
    }
    if let Some(customer_id) = &before.customer {
        let change = customer::CustomerChange { name: Some(name.to_owned()), ..Default::default() };
        customer::set(tx, &hand.actor.numbered(1), tenant, customer_id, change)?;
        return Ok(tx.put(
            "UPDATE visitor SET name = ''
             WHERE tenant_id = $1 AND group_id = $2 AND first = 1 AND removed_at IS NULL
               AND person = (SELECT c.id FROM customer c WHERE c.tenant_id = $1 AND c.customer_id = $3)",
            params![tenant.id(), id, customer_id],
        )?);
    }
    if name.is_empty() {
        return Ok(());
    }
    let named = tx.exec(
        "UPDATE visitor SET name = $3 WHERE tenant_id = $1 AND group_id = $2 AND first = 1 AND removed_at IS NULL",
        params![tenant.id(), id, name],
    )?;
    if named == 1 {
        return Ok(());
    }
    let new = NewCustomer {
        id: fresh.customer,
        customer_id: fresh.user_identify.clone(),
        name: name.to_owned(),
        user_identify: fresh.user_identify.clone(),
        phone: None,
    };
    customer::add(tx, &hand.actor.numbered(1), tenant, &new)?;
    let change = TicketChange { customer: Change::To(new.customer_id), ..TicketChange::default() };
    super::change::write(tx, &hand.actor.numbered(2), tenant, &before.case_id, change)?;
    Ok(())
}

/// Puts the uploaded files onto the ticket and takes away what is not named any more; how many there are then.
fn put_files(tx: &mut Tx<'_>, hand: &Hand, wanted: &[Uuid]) -> Result<usize, Error> {
    if wanted.len() > FILES_MAX {
        return Err(Refusal::Invalid {
            member: "attachments",
            zh: format!("工单附件最多 {FILES_MAX} 个"),
            en: format!("a ticket has at most {FILES_MAX} files"),
        }
        .into());
    }
    for file in attachment::of_ticket(tx, &hand.seat.tenant, hand.seat.group)? {
        if !wanted.contains(&file.id) {
            attachment::off_ticket(tx, &hand.seat.tenant, hand.seat.group, file.id)?;
        }
    }
    for id in wanted {
        let taken = attachment::take_for_ticket(tx, &hand.seat, *id)?;
        taken.ok_or_else(|| Refusal::Invalid {
            member: "attachments",
            zh: "有附件不存在或已发送，请重新上传".into(),
            en: "a file is not there, or was sent already: upload it again".into(),
        })?;
    }
    Ok(wanted.len())
}
