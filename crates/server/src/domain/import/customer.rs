//! Customers from a file.

use std::{collections::HashMap, sync::LazyLock};

use store::{Read, Tx, params};
use uuid::Uuid;

use super::{
    Line, Plan, Rules, conflict, lacks,
    lookup::{by_keys, for_many},
};
use crate::domain::{Error, Tenant, audit::Actor};

/// What a row says.
#[derive(Debug, Clone)]
pub struct CustomerValues {
    /// Row id, if the person is new.
    pub id: Uuid,
    /// `userIdentify`, if the person is new.
    pub user_identify: String,
    /// The tenant's own id of the person.
    pub customer_id: String,
    /// The name people read.
    pub name: Option<String>,
}

store::record! {
    /// Who is there.
    pub(super) struct There {
        pub(super) id: Uuid,
        pub(super) customer_id: String,
        pub(super) name: String,
        pub(super) active: bool,
    }
}

static FIND: LazyLock<String> = LazyLock::new(|| {
    for_many("SELECT id, customer_id, name, active FROM customer WHERE tenant_id = $1 AND customer_id = $2")
});

/// Who is there of these, by `customer_id`.
pub(super) fn find<'k>(
    reader: &mut impl Read,
    tenant: &Tenant,
    ids: impl IntoIterator<Item = &'k str>,
) -> Result<HashMap<String, There>, Error> {
    let there: Vec<There> = by_keys(reader, FIND.as_str(), tenant, ids)?;
    Ok(there.into_iter().map(|person| (person.customer_id.clone(), person)).collect())
}

/// What there is to write: the row's values, under the row id to write them to.
pub(super) type Write = CustomerValues;

pub(super) fn plan(
    reader: &mut impl Read,
    tenant: &Tenant,
    rules: Rules,
    lines: &[Line<CustomerValues>],
) -> Result<Vec<Plan<Write>>, Error> {
    let ids = lines.iter().filter_map(|line| line.values.as_ref().ok()).map(|v| v.customer_id.as_str());
    let there = find(reader, tenant, ids)?;
    let plan = |line: &Line<CustomerValues>| {
        let values = match &line.values {
            Ok(values) => values,
            Err(problems) => return Plan::Refuse(problems.clone()),
        };
        let Some(person) = there.get(&values.customer_id) else {
            return match values.name {
                Some(_) => Plan::Add(values.clone()),
                None => lacks("name", "this customer"),
            };
        };
        if person.active {
            if let Some(plan) = conflict(rules, "customer_id", &values.customer_id) {
                return plan;
            }
            if values.name.as_ref().is_none_or(|name| *name == person.name) {
                return Plan::Unchanged;
            }
        }
        Plan::Update(CustomerValues { id: person.id, ..values.clone() })
    };
    Ok(lines.iter().map(plan).collect())
}

pub(super) fn write(
    tx: &mut Tx<'_>,
    actor: &Actor,
    tenant: &Tenant,
    plans: &[Plan<Write>],
) -> Result<(), Error> {
    for plan in plans {
        match plan {
            Plan::Add(new) => {
                let name = new.name.as_deref().unwrap_or(&new.customer_id);
                add(tx, actor, tenant, new.id, &new.customer_id, name, &new.user_identify)?;
            }
            Plan::Update(change) => {
                tx.put(
                    "UPDATE customer SET name = COALESCE(CAST($3 AS TEXT), name), active = 1
                     WHERE tenant_id = $1 AND id = $2",
                    params![tenant.id(), change.id, &change.name],
                )?;
            }
            Plan::Refuse(_) | Plan::Skip | Plan::Unchanged => {}
        }
    }
    Ok(())
}

/// A new person. One who was added by somebody else since the batch was planned makes the unit fail, to be planned again.
pub(super) fn add(
    tx: &mut Tx<'_>,
    actor: &Actor,
    tenant: &Tenant,
    id: Uuid,
    customer_id: &str,
    name: &str,
    user_identify: &str,
) -> Result<(), Error> {
    tx.put(
        "INSERT INTO customer (tenant_id, customer_id, id, name, user_identify, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        params![tenant.id(), customer_id, id, name, user_identify, actor.now_ms],
    )?;
    Ok(tx.put(
        "INSERT INTO person (tenant_id, user_identify, kind, person_id) VALUES ($1, $2, 'customer', $3)",
        params![tenant.id(), user_identify, id],
    )?)
}
