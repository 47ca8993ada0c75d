//! Staff from a file.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use store::{Read, Tx, params};
use uuid::Uuid;

use super::{
    Line, Plan, Problem, Rules, conflict, lacks,
    lookup::{by_keys, for_many},
};
use crate::domain::{
    Error, Tenant,
    audit::Actor,
    change::Change,
    staff::{Account, account},
};

/// What a row says.
#[derive(Debug, Clone)]
pub struct StaffValues {
    /// Row id, if the person is new.
    pub id: Uuid,
    /// `userIdentify`, if the person is new.
    pub user_identify: String,
    /// The tenant's own id of the person.
    pub staff_id: String,
    /// The name people read.
    pub name: Option<String>,
    /// 1 own, 2 outsourced or another organisation's.
    pub account_type: Option<i64>,
    /// `DingTalk`'s unionId.
    pub union_id: Change<String>,
    /// Accounts on platforms, by platform.
    pub accounts: Vec<(&'static str, Change<String>)>,
}

store::record! {
    /// Who is there.
    pub(super) struct There {
        pub(super) id: Uuid,
        pub(super) staff_id: String,
        pub(super) name: String,
        pub(super) account_type: i64,
        pub(super) union_id: Option<String>,
        pub(super) active: bool,
    }
}

static FIND: LazyLock<String> = LazyLock::new(|| {
    for_many(
        "SELECT id, staff_id, name, account_type, union_id, active FROM staff WHERE tenant_id = $1 AND staff_id = $2",
    )
});

static FIND_BY_UNION_ID: LazyLock<String> = LazyLock::new(|| {
    for_many(
        "SELECT union_id, staff_id FROM staff
         WHERE tenant_id = $1 AND union_id IS NOT NULL AND union_id = $2",
    )
});

// The platforms are named, all of them, so that the index on (tenant, platform, account) is of use.
static FIND_BY_ACCOUNT: LazyLock<String> = LazyLock::new(|| {
    for_many(
        "SELECT a.platform, a.account, s.staff_id FROM staff_account a
         JOIN staff s ON s.tenant_id = a.tenant_id AND s.id = a.staff WHERE a.tenant_id = $1
         AND a.platform IN ('dingtalk', 'matrix', 'feishu', 'wecom', 'slack') AND a.account = $2",
    )
});

static ACCOUNTS_OF: LazyLock<String> = LazyLock::new(|| {
    for_many("SELECT s.staff_id, a.platform, a.account FROM staff s
         JOIN staff_account a ON a.tenant_id = s.tenant_id AND a.staff = s.id WHERE s.tenant_id = $1 AND s.staff_id = $2")
});

/// Who is there of these, by `staff_id`.
pub(super) fn find<'k>(
    reader: &mut impl Read,
    tenant: &Tenant,
    ids: impl IntoIterator<Item = &'k str>,
) -> Result<HashMap<String, There>, Error> {
    let there: Vec<There> = by_keys(reader, FIND.as_str(), tenant, ids)?;
    Ok(there.into_iter().map(|person| (person.staff_id.clone(), person)).collect())
}

/// What is known of unionIds and accounts: whose they are.
struct Elsewhere {
    /// unionId → `staff_id`.
    union_ids: HashMap<String, String>,
    /// (platform, account) → `staff_id`.
    holders: HashMap<(String, String), String>,
    /// (`staff_id`, platform) → account.
    accounts: HashMap<(String, String), String>,
}

impl Elsewhere {
    fn look(reader: &mut impl Read, tenant: &Tenant, rows: &[&StaffValues]) -> Result<Self, Error> {
        let given = |change: &'_ Change<String>| match change {
            Change::To(value) => Some(value.clone()),
            Change::Keep | Change::Clear => None,
        };
        let union_ids: HashSet<String> = rows.iter().filter_map(|v| given(&v.union_id)).collect();
        let accounts: HashSet<String> =
            rows.iter().flat_map(|v| &v.accounts).filter_map(|(_, change)| given(change)).collect();
        let with_accounts = rows.iter().filter(|v| !v.accounts.is_empty()).map(|v| v.staff_id.as_str());
        let union_ids: Vec<(String, String)> =
            by_keys(reader, FIND_BY_UNION_ID.as_str(), tenant, union_ids.iter().map(String::as_str))?;
        let holders: Vec<(String, String, String)> =
            by_keys(reader, FIND_BY_ACCOUNT.as_str(), tenant, accounts.iter().map(String::as_str))?;
        let accounts: Vec<(String, String, String)> =
            by_keys(reader, ACCOUNTS_OF.as_str(), tenant, with_accounts)?;
        Ok(Self {
            union_ids: union_ids.into_iter().collect(),
            holders: holders
                .into_iter()
                .map(|(platform, account, staff)| ((platform, account), staff))
                .collect(),
            accounts: accounts
                .into_iter()
                .map(|(staff, platform, account)| ((staff, platform), account))
                .collect(),
        })
    }

    /// Values that are somebody else's.
    fn problems(&self, values: &StaffValues) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut check = |column: &str, value: &str, holder: Option<&String>| {
            if let Some(holder) = holder.filter(|holder| **holder != values.staff_id) {
                let why = format!("it is staff member {holder}'s");
                problems.push(Problem::new(
                    column,
                    value,
                    why,
                    "one that is nobody's: remove it there first",
                ));
            }
        };
        if let Change::To(union_id) = &values.union_id {
            check("union_id", union_id, self.union_ids.get(union_id));
        }
        for (platform, change) in &values.accounts {
            if let Change::To(account) = change {
                check(platform, account, self.holders.get(&((*platform).to_owned(), account.clone())));
            }
        }
        problems
    }

    fn same_accounts(&self, values: &StaffValues) -> bool {
        values.accounts.iter().all(|(platform, change)| {
            let there = self.accounts.get(&(values.staff_id.clone(), (*platform).to_owned()));
            match change {
                Change::Keep => true,
                Change::Clear => there.is_none(),
                Change::To(account) => there == Some(account),
            }
        })
    }
}

/// What there is to write: the row's values, under the row id to write them to.
pub(super) type Write = StaffValues;

pub(super) fn plan(
    reader: &mut impl Read,
    tenant: &Tenant,
    rules: Rules,
    lines: &[Line<StaffValues>],
) -> Result<Vec<Plan<Write>>, Error> {
    let rows: Vec<&StaffValues> = lines.iter().filter_map(|line| line.values.as_ref().ok()).collect();
    let there = find(reader, tenant, rows.iter().map(|v| v.staff_id.as_str()))?;
    let elsewhere = Elsewhere::look(reader, tenant, &rows)?;
    let plan = |line: &Line<StaffValues>| {
        let values = match &line.values {
            Ok(values) => values,
            Err(problems) => return Plan::Refuse(problems.clone()),
        };
        let person = there.get(&values.staff_id);
        if person.is_none() && values.name.is_none() {
            return lacks("name", "this staff member");
        }
        if person.is_some_and(|person| person.active)
            && let Some(plan) = conflict(rules, "staff_id", &values.staff_id)
        {
            return plan;
        }
        let problems = elsewhere.problems(values);
        if !problems.is_empty() {
            return Plan::Refuse(problems);
        }
        let Some(person) = person else { return Plan::Add(values.clone()) };
        let same = person.active
            && values.name.as_ref().is_none_or(|name| *name == person.name)
            && values.account_type.is_none_or(|kind| kind == person.account_type)
            && values.union_id.clone().apply(person.union_id.clone()) == person.union_id
            && elsewhere.same_accounts(values);
        if same { Plan::Unchanged } else { Plan::Update(StaffValues { id: person.id, ..values.clone() }) }
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
                add(tx, actor, tenant, new)?;
                // Who is new has nothing that could be taken away.
                let given = |change: &Change<String>| matches!(change, Change::To(_));
                if given(&new.union_id) || new.accounts.iter().any(|(_, change)| given(change)) {
                    put_elsewhere(tx, tenant, new)?;
                }
            }
            Plan::Update(change) => {
                tx.put(
                    "UPDATE staff SET name = COALESCE(CAST($3 AS TEXT), name),
                         account_type = COALESCE(CAST($4 AS BIGINT), account_type), active = 1
                     WHERE tenant_id = $1 AND id = $2",
                    params![tenant.id(), change.id, &change.name, change.account_type],
                )?;
                put_elsewhere(tx, tenant, change)?;
            }
            Plan::Refuse(_) | Plan::Skip | Plan::Unchanged => {}
        }
    }
    Ok(())
}

/// A new person, without unionId and accounts.
pub(super) fn add(tx: &mut Tx<'_>, actor: &Actor, tenant: &Tenant, new: &StaffValues) -> Result<(), Error> {
    let name = new.name.as_ref().unwrap_or(&new.staff_id);
    let account_type = new.account_type.unwrap_or(1);
    tx.put(
        "INSERT INTO staff (tenant_id, staff_id, id, name, account_type, user_identify, active, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, 1, $7)",
        params![tenant.id(), &new.staff_id, new.id, name, account_type, &new.user_identify, actor.now_ms],
    )?;
    Ok(tx.put(
        "INSERT INTO person (tenant_id, user_identify, kind, person_id) VALUES ($1, $2, 'staff', $3)",
        params![tenant.id(), &new.user_identify, new.id],
    )?)
}

/// unionId and accounts of a person who is there.
fn put_elsewhere(tx: &mut Tx<'_>, tenant: &Tenant, values: &StaffValues) -> Result<(), Error> {
    if values.union_id != Change::Keep {
        tx.put(
            "UPDATE staff SET union_id = $3 WHERE tenant_id = $1 AND id = $2",
            params![tenant.id(), values.id, values.union_id.clone().apply(None).as_deref()],
        )?;
    }
    for (platform, change) in &values.accounts {
        match change {
            Change::Keep => {}
            Change::Clear => account::remove(tx, tenant, values.id, platform)?,
            Change::To(name) => {
                let account = Account { platform: (*platform).to_owned(), account: name.clone() };
                account::put(tx, tenant, values.id, &account)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_looked_for_on_every_platform_there_is() {
        let named = format!("a.platform IN ('{}')", account::PLATFORMS.join("', '"));
        assert!(FIND_BY_ACCOUNT.contains(&named), "{named}");
    }
}
