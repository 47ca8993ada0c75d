//! Tickets from a file.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use store::{Read, Tx, params};
use uuid::Uuid;

use super::{
    CustomerValues, Line, Plan, Problem, Rules, StaffValues, UnknownPeople, conflict, customer, lacks,
    lookup::{by_keys, for_many},
    staff,
};
use crate::domain::{Error, Tenant, audit::Actor, change::Change, group::member};

/// What a row says.
#[derive(Debug, Clone)]
pub struct TicketValues {
    /// The ticket system's own id.
    pub case_id: String,
    /// One line that says what it is about.
    pub title: Option<String>,
    /// More of it.
    pub description: Option<String>,
    /// One of [`STATUSES`](crate::domain::ticket::STATUSES).
    pub status: Option<String>,
    /// One of [`PRIORITIES`](crate::domain::ticket::PRIORITIES).
    pub priority: Option<String>,
    /// The assignee's `staff_id`.
    pub assignee: Change<String>,
    /// The customer's `customer_id`.
    pub customer: Change<String>,
    /// Row ids and `userIdentify` of assignee and customer, should they have to be added.
    pub stubs: [(Uuid, String); 2],
}

store::record! {
    struct There {
        case_id: String,
        title: String,
        description: String,
        status: String,
        priority: String,
        assignee: Option<Uuid>,
        customer: Option<Uuid>,
        stub: bool,
    }
}

static FIND: LazyLock<String> = LazyLock::new(|| {
    for_many(
        "SELECT case_id, title, description, status, priority, assignee, customer, stub FROM ticket
         WHERE tenant_id = $1 AND case_id = $2",
    )
});

static FIND_GROUPS: LazyLock<String> = LazyLock::new(|| {
    for_many("SELECT case_id FROM chat_group WHERE tenant_id = $1 AND state <> 'dissolved' AND case_id = $2")
});

/// What a batch comes to.
pub(super) struct TicketPlan {
    pub(super) rows: Vec<Plan<Write>>,
    /// People to add before.
    staff: Vec<StaffValues>,
    customers: Vec<CustomerValues>,
}

/// What there is to write of a ticket.
pub(super) struct Write {
    values: TicketValues,
    assignee: Change<Uuid>,
    customer: Change<Uuid>,
}

/// Who is there, and who is to be added.
struct People {
    known: HashMap<String, Uuid>,
    /// Those who were removed: what names them stays, but nothing new does.
    removed: HashMap<String, Uuid>,
    rule: UnknownPeople,
}

impl People {
    fn of(people: impl Iterator<Item = (String, Uuid, bool)>, rule: UnknownPeople) -> Self {
        let (known, removed): (Vec<_>, Vec<_>) = people.partition(|(_, _, active)| *active);
        let by_name =
            |people: Vec<(String, Uuid, bool)>| people.into_iter().map(|(name, id, _)| (name, id)).collect();
        Self { known: by_name(known), removed: by_name(removed), rule }
    }

    /// The person named; `add` is told the id of one who is not there. `now` is who the ticket has.
    fn resolve(
        &mut self,
        column: &str,
        named: &Change<String>,
        now: Option<Uuid>,
        stub: &(Uuid, String),
        add: impl FnOnce(&str, &(Uuid, String)),
    ) -> Result<Change<Uuid>, Problem> {
        let name = match named {
            Change::Keep => return Ok(Change::Keep),
            Change::Clear => return Ok(Change::Clear),
            Change::To(name) => name,
        };
        if let Some(id) = self.known.get(name) {
            return Ok(Change::To(*id));
        }
        let noun = if column == "assignee" { "staff" } else { "customer" };
        match (self.removed.get(name), self.rule) {
            (Some(removed), _) if now == Some(*removed) => Ok(Change::Keep),
            (_, UnknownPeople::Ignore) => Ok(Change::Clear),
            (Some(_), _) => {
                let allowed = format!(
                    "somebody who is there: `laqun {noun} add` brings back; or --unknown-people ignore"
                );
                Err(Problem::new(column, name, "removed", allowed))
            }
            (None, UnknownPeople::Stub) => {
                add(name, stub);
                self.known.insert(name.clone(), stub.0);
                Ok(Change::To(stub.0))
            }
            (None, UnknownPeople::Refuse) => {
                let allowed = format!(
                    "an id of `laqun {noun} list`: import them first; or --unknown-people stub or ignore"
                );
                Err(Problem::new(column, name, format!("nobody of that id among {noun}"), allowed))
            }
        }
    }
}

pub(super) fn plan(
    reader: &mut impl Read,
    tenant: &Tenant,
    rules: Rules,
    lines: &[Line<TicketValues>],
) -> Result<TicketPlan, Error> {
    let rows: Vec<&TicketValues> = lines.iter().filter_map(|line| line.values.as_ref().ok()).collect();
    let tickets: Vec<There> =
        by_keys(reader, FIND.as_str(), tenant, rows.iter().map(|v| v.case_id.as_str()))?;
    let tickets: HashMap<&str, &There> = tickets.iter().map(|t| (t.case_id.as_str(), t)).collect();
    let staff = staff::find(reader, tenant, named(&rows, |v| &v.assignee))?;
    let customers = customer::find(reader, tenant, named(&rows, |v| &v.customer))?;
    let rule = rules.unknown_people;
    let mut staff = People::of(staff.into_iter().map(|(name, p)| (name, p.id, p.active)), rule);
    let mut customers = People::of(customers.into_iter().map(|(name, p)| (name, p.id, p.active)), rule);
    let mut plan =
        TicketPlan { rows: Vec::with_capacity(lines.len()), staff: Vec::new(), customers: Vec::new() };
    for line in lines {
        let values = match &line.values {
            Ok(values) => values,
            Err(problems) => {
                plan.rows.push(Plan::Refuse(problems.clone()));
                continue;
            }
        };
        let there = tickets.get(values.case_id.as_str()).filter(|ticket| !ticket.stub);
        let refused = match there {
            None if values.title.is_none() => Some(lacks("title", "this ticket")),
            None => None,
            Some(_) => conflict(rules, "case_id", &values.case_id),
        };
        if let Some(refused) = refused {
            plan.rows.push(refused);
            continue;
        }
        let [for_assignee, for_customer] = &values.stubs;
        let (now_assignee, now_customer) =
            there.map_or((None, None), |there| (there.assignee, there.customer));
        let assignee = staff.resolve(
            "assignee",
            &values.assignee,
            now_assignee,
            for_assignee,
            |name, (id, user_identify)| {
                plan.staff.push(StaffValues {
                    id: *id,
                    user_identify: user_identify.clone(),
                    staff_id: name.to_owned(),
                    name: None,
                    account_type: None,
                    union_id: Change::Keep,
                    accounts: Vec::new(),
                });
            },
        );
        let customer = customers.resolve(
            "customer",
            &values.customer,
            now_customer,
            for_customer,
            |name, (id, user_identify)| {
                plan.customers.push(CustomerValues {
                    id: *id,
                    user_identify: user_identify.clone(),
                    customer_id: name.to_owned(),
                    phone: Change::Keep,
                    name: None,
                });
            },
        );
        plan.rows.push(match (assignee, customer) {
            (Ok(assignee), Ok(customer)) => {
                let write = Write { values: values.clone(), assignee, customer };
                match there {
                    Some(there) if write.is_there(there) => Plan::Unchanged,
                    Some(_) => Plan::Update(write),
                    None => Plan::Add(write),
                }
            }
            (assignee, customer) => Plan::Refuse(assignee.err().into_iter().chain(customer.err()).collect()),
        });
    }
    Ok(plan)
}

/// The people that rows name, each once.
fn named<'v>(rows: &[&'v TicketValues], who: fn(&TicketValues) -> &Change<String>) -> HashSet<&'v str> {
    let name = |values: &&'v TicketValues| match who(values) {
        Change::To(name) => Some(name.as_str()),
        Change::Keep | Change::Clear => None,
    };
    rows.iter().filter_map(name).collect()
}

impl Write {
    fn is_there(&self, there: &There) -> bool {
        let same = |given: &Option<String>, there: &str| given.as_deref().is_none_or(|given| given == there);
        same(&self.values.title, &there.title)
            && same(&self.values.description, &there.description)
            && same(&self.values.status, &there.status)
            && same(&self.values.priority, &there.priority)
            && self.assignee.clone().apply(there.assignee) == there.assignee
            && self.customer.clone().apply(there.customer) == there.customer
    }

    /// One statement for a ticket that is new, a stub, or there: a call may make the stub between the plan and here.
    fn put(&self, tx: &mut Tx<'_>, actor: &Actor, tenant: &Tenant) -> Result<(), Error> {
        let Self { values, assignee, customer } = self;
        Ok(tx.put(
            "INSERT INTO ticket (tenant_id, case_id, title, description, status, priority, assignee, customer, stub,
                                 created_at, updated_at)
             VALUES ($1, $2, COALESCE(CAST($3 AS TEXT), ''), COALESCE(CAST($4 AS TEXT), ''),
                     COALESCE(CAST($5 AS TEXT), 'accepted'), COALESCE(CAST($6 AS TEXT), 'medium'), $7, $8, 0, $11, $11)
             ON CONFLICT (tenant_id, case_id) DO UPDATE
             SET title = COALESCE(CAST($3 AS TEXT), ticket.title),
                 description = COALESCE(CAST($4 AS TEXT), ticket.description),
                 status = COALESCE(CAST($5 AS TEXT), ticket.status),
                 priority = COALESCE(CAST($6 AS TEXT), ticket.priority),
                 assignee = CASE WHEN CAST($9 AS BIGINT) = 1 THEN excluded.assignee ELSE ticket.assignee END,
                 customer = CASE WHEN CAST($10 AS BIGINT) = 1 THEN excluded.customer ELSE ticket.customer END,
                 stub = 0, updated_at = excluded.updated_at",
            params![
                tenant.id(),
                &values.case_id,
                &values.title,
                &values.description,
                &values.status,
                &values.priority,
                assignee.clone().apply(None),
                customer.clone().apply(None),
                *assignee != Change::Keep,
                *customer != Change::Keep,
                actor.now_ms
            ],
        )?)
    }
}

pub(super) fn write(tx: &mut Tx<'_>, actor: &Actor, tenant: &Tenant, plan: &TicketPlan) -> Result<(), Error> {
    for new in &plan.staff {
        staff::add(tx, actor, tenant, new)?;
    }
    for new in &plan.customers {
        customer::add(tx, actor, tenant, new.id, &new.customer_id, &new.customer_id, &new.user_identify)?;
    }
    let mut people = HashMap::new();
    for row in &plan.rows {
        if let Plan::Add(row) | Plan::Update(row) = row {
            row.put(tx, actor, tenant)?;
            let of =
                member::of_ticket(None, row.assignee.clone().apply(None), row.customer.clone().apply(None));
            if !of.is_empty() {
                people.insert(row.values.case_id.as_str(), of);
            }
        }
    }
    // Asked after the tickets were written: a call takes the ticket's row before it makes a group, so either its group is
    // seen here, or it sees the people of the ticket.
    let groups: Vec<(String,)> = by_keys(tx, FIND_GROUPS.as_str(), tenant, people.keys().copied())?;
    let cases: HashSet<String> = groups.into_iter().map(|(case_id,)| case_id).collect();
    for case_id in cases {
        let people = &people[case_id.as_str()];
        member::follow_ticket(tx, actor, tenant, &case_id, people)?;
    }
    Ok(())
}
