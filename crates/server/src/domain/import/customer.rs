//! Customers from a file.

use std::{collections::HashMap, sync::LazyLock};

use store::{MasterKey, Read, Tx, params};
use uuid::Uuid;

use super::{
    Line, Plan, Rules, conflict, lacks,
    lookup::{by_keys, for_many},
};
use crate::domain::{Error, Tenant, audit::Actor, change::Change, visitor::phone};

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
    /// The phone number.
    pub phone: Change<Phone>,
}

/// A number from a file, with what tells whether it is the one that is there.
#[derive(Clone)]
pub struct Phone {
    /// Without what only divides it.
    plain: String,
    sealed: Vec<u8>,
    master: MasterKey,
}

impl Phone {
    /// `plain` as [`phone::clean`] gives it.
    pub fn new(master: &MasterKey, tenant_id: i64, plain: String) -> Self {
        let sealed = master.seal(&phone::purpose(tenant_id), plain.as_bytes());
        Self { plain, sealed, master: master.clone() }
    }

    fn is(&self, tenant: &Tenant, sealed: Option<&[u8]>) -> bool {
        let open = |sealed| phone::open(&self.master, tenant.id(), sealed);
        sealed.is_some_and(|sealed| open(sealed).is_ok_and(|there| there == self.plain))
    }
}

impl PartialEq for Phone {
    fn eq(&self, other: &Self) -> bool {
        self.plain == other.plain
    }
}

impl std::fmt::Debug for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Phone(…)")
    }
}

store::record! {
    /// Who is there.
    pub(super) struct There {
        pub(super) id: Uuid,
        pub(super) customer_id: String,
        pub(super) name: String,
        pub(super) phone: Option<Vec<u8>>,
        pub(super) active: bool,
    }
}

static FIND: LazyLock<String> = LazyLock::new(|| {
    for_many(
        "SELECT id, customer_id, name, phone, active FROM customer WHERE tenant_id = $1 AND customer_id = $2",
    )
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
            let same_phone = match &values.phone {
                Change::Keep => true,
                Change::Clear => person.phone.is_none(),
                Change::To(phone) => phone.is(tenant, person.phone.as_deref()),
            };
            if same_phone && values.name.as_ref().is_none_or(|name| *name == person.name) {
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
                put_phone(tx, tenant, new)?;
            }
            Plan::Update(change) => {
                tx.put(
                    "UPDATE customer SET name = COALESCE(CAST($3 AS TEXT), name), active = 1
                     WHERE tenant_id = $1 AND id = $2",
                    params![tenant.id(), change.id, &change.name],
                )?;
                put_phone(tx, tenant, change)?;
            }
            Plan::Refuse(_) | Plan::Skip | Plan::Unchanged => {}
        }
    }
    Ok(())
}

fn put_phone(tx: &mut Tx<'_>, tenant: &Tenant, values: &CustomerValues) -> Result<(), Error> {
    let phone = match &values.phone {
        Change::Keep => return Ok(()),
        Change::Clear => None,
        Change::To(phone) => Some(&phone.sealed[..]),
    };
    Ok(tx.put(
        "UPDATE customer SET phone = $3 WHERE tenant_id = $1 AND id = $2",
        params![tenant.id(), values.id, phone],
    )?)
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
