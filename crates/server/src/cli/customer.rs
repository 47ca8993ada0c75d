//! `laqun customer`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    Failure, Global,
    import::ImportFile,
    print::{self, members, time},
    scope::{OfTenant, Page},
    session::Session,
};
use crate::{
    domain::{
        self, Tenant,
        change::Change,
        customer::{self, Customer, CustomerChange, NewCustomer},
        visitor::phone,
    },
    import::{Noun, column::help},
};

/// Add, list, show, change and remove customers.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Add a customer. Who was removed is back, as the same person.
    #[command(after_long_help = "Examples:\n  laqun customer add c-1001 --name 陈女士\n  \
        laqun customer add c-1002 --name 王先生 --phone '138 0013 8000'")]
    Add {
        /// The tenant's own id of the person.
        customer_id: String,
        /// The name people read.
        #[arg(long)]
        name: String,
        /// The phone number; a visitor is asked its last four digits where the channel says so. Stored encrypted.
        #[arg(long)]
        phone: Option<String>,
        #[command(flatten)]
        of: OfTenant,
    },
    /// Import customers from a CSV or NDJSON file.
    #[command(after_long_help = help(Noun::Customer))]
    Import(ImportFile),
    /// List customers by customer_id.
    #[command(
        after_long_help = "Examples:\n  laqun customer list\n  laqun customer list --after c-1001 --limit 500 --json"
    )]
    List {
        #[command(flatten)]
        page: Page,
        #[command(flatten)]
        of: OfTenant,
    },
    /// Show a customer.
    #[command(after_long_help = "Examples:\n  laqun customer show c-1001")]
    Show {
        /// The tenant's own id of the person.
        customer_id: String,
        #[command(flatten)]
        of: OfTenant,
    },
    /// Change a customer; what is not named stays.
    #[command(
        after_long_help = "Examples:\n  laqun customer set c-1001 --name 陈静\n  laqun customer set c-1001 --phone 13800138000"
    )]
    Set(Set),
    /// Set a customer aside: no new ticket or group has the person; what there is stays.
    #[command(after_long_help = "Examples:\n  laqun customer remove c-1001")]
    Remove {
        /// The tenant's own id of the person.
        customer_id: String,
        #[command(flatten)]
        of: OfTenant,
    },
}

/// What is to change.
#[derive(Debug, Args)]
#[command(override_usage = "laqun customer set <CUSTOMER_ID> CHANGES")]
pub(super) struct Set {
    /// The tenant's own id of the person.
    customer_id: String,
    #[command(flatten)]
    changes: Changes,
    #[command(flatten)]
    of: OfTenant,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct Changes {
    /// The name people read.
    #[arg(long)]
    name: Option<String>,
    /// The phone number. Stored encrypted.
    #[arg(long, conflicts_with = "no_phone")]
    phone: Option<String>,
    /// Forget it.
    #[arg(long)]
    no_phone: bool,
}

impl Verb {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let session = Session::open(global).await?;
        match self {
            Self::Add { customer_id, name, phone, of } => {
                let tenant = session.tenant(of).await?;
                let new = NewCustomer {
                    id: session.ids.uuid(session.now_ms),
                    customer_id: customer_id.clone(),
                    name,
                    user_identify: session.ids.user_identify(),
                    phone: sealed(&session, &tenant, phone.as_deref())?,
                };
                let actor = session.actor();
                session.write("customer.add", move |tx| customer::add(tx, &actor, &tenant, &new)).await?;
                let value = json!({"customer_id": customer_id});
                print::done(global.json, &format!("customer {customer_id} added"), &value);
            }
            Self::Import(import) => import.run(global, &session, Noun::Customer).await?,
            Self::List { page, of } => {
                let tenant = session.tenant(of).await?;
                let (after, asked) = (page.after.clone().unwrap_or_default(), page.asked());
                let number = tenant.id();
                let list = move |r: &mut store::Reader<'_>| customer::list(r, &tenant, &after, asked);
                let rows = session.store().read("customer.list", list).await?;
                let rows: Vec<_> = rows.iter().map(|row| members(view(&session, number, row))).collect();
                print::page(
                    global.json,
                    &["customer_id", "name", "phone", "created_at"],
                    rows,
                    &page,
                    "customer_id",
                );
            }
            Self::Show { customer_id, of } => {
                let tenant = session.tenant(of).await?;
                let number = tenant.id();
                let find = move |r: &mut store::Reader<'_>| there(r, &tenant, &customer_id);
                let row = session.store().read("customer.show", find).await?;
                print::object(global.json, &members(view(&session, number, &row)));
            }
            Self::Set(Set { customer_id, changes, of }) => {
                let tenant = session.tenant(of).await?;
                let (actor, id, number) = (session.actor(), customer_id.clone(), tenant.id());
                let change = CustomerChange {
                    name: changes.name,
                    phone: Change::of(sealed(&session, &tenant, changes.phone.as_deref())?, changes.no_phone),
                };
                let unit = move |tx: &mut store::Tx<'_>| {
                    customer::set(tx, &actor, &tenant, &id, change.clone())?;
                    there(tx, &tenant, &id)
                };
                let row = session.write("customer.set", unit).await?;
                print::done(
                    global.json,
                    &format!("customer {customer_id} changed"),
                    &view(&session, number, &row),
                );
            }
            Self::Remove { customer_id, of } => {
                let tenant = session.tenant(of).await?;
                let (actor, id) = (session.actor(), customer_id.clone());
                let unit = move |tx: &mut store::Tx<'_>| customer::remove(tx, &actor, &tenant, &id);
                session.write("customer.remove", unit).await?;
                let value = json!({"customer_id": customer_id});
                print::done(global.json, &format!("customer {customer_id} removed"), &value);
            }
        }
        session.close().await;
        Ok(())
    }
}

fn there(reader: &mut impl store::Read, tenant: &Tenant, id: &str) -> Result<Customer, domain::Error> {
    Ok(customer::find(reader, tenant, id)?.ok_or_else(customer::no_customer)?)
}

/// A number as the table keeps it.
fn sealed(session: &Session, tenant: &Tenant, phone: Option<&str>) -> Result<Option<Vec<u8>>, Failure> {
    let seal = |phone| phone::seal(&session.opened.key, tenant.id(), phone);
    Ok(phone.map(seal).transpose().map_err(domain::Error::from)?)
}

/// Of a number the last four digits are shown: enough to compare, too little to call.
fn view(session: &Session, tenant_id: i64, row: &Customer) -> Value {
    let tail = row.phone.as_ref().map(|sealed| phone::tail(&session.opened.key, tenant_id, sealed));
    json!({
        "customer_id": row.customer_id,
        "name": row.name,
        "phone": tail.map(|tail| tail.map_or_else(|_| "?".to_owned(), |tail| format!("…{tail}"))),
        "user_identify": row.user_identify,
        "created_at": time(row.created_at),
    })
}
