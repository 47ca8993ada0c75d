//! `laqun customer`.

use clap::Subcommand;
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
        customer::{self, Customer, NewCustomer},
    },
    import::{Noun, column::help},
};

/// Add, list, show, rename and remove customers.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Add a customer. Who was removed is back, as the same person.
    #[command(after_long_help = "Examples:\n  laqun customer add c-1001 --name 陈女士")]
    Add {
        /// The tenant's own id of the person.
        customer_id: String,
        /// The name people read.
        #[arg(long)]
        name: String,
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
    /// Give a customer another name.
    #[command(after_long_help = "Examples:\n  laqun customer set c-1001 --name 陈静")]
    Set {
        /// The tenant's own id of the person.
        customer_id: String,
        /// The name people read.
        #[arg(long)]
        name: String,
        #[command(flatten)]
        of: OfTenant,
    },
    /// Set a customer aside: no new ticket or group has the person; what there is stays.
    #[command(after_long_help = "Examples:\n  laqun customer remove c-1001")]
    Remove {
        /// The tenant's own id of the person.
        customer_id: String,
        #[command(flatten)]
        of: OfTenant,
    },
}

impl Verb {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let session = Session::open(global).await?;
        match self {
            Self::Add { customer_id, name, of } => {
                let tenant = session.tenant(of).await?;
                let new = NewCustomer {
                    id: session.ids.uuid(session.now_ms),
                    customer_id: customer_id.clone(),
                    name,
                    user_identify: session.ids.user_identify(),
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
                let list = move |r: &mut store::Reader<'_>| customer::list(r, &tenant, &after, asked);
                let rows = session.store().read("customer.list", list).await?;
                let rows: Vec<_> = rows.iter().map(|row| members(view(row))).collect();
                print::page(global.json, &["customer_id", "name", "created_at"], rows, &page, "customer_id");
            }
            Self::Show { customer_id, of } => {
                let tenant = session.tenant(of).await?;
                let find = move |r: &mut store::Reader<'_>| there(r, &tenant, &customer_id);
                let row = session.store().read("customer.show", find).await?;
                print::object(global.json, &members(view(&row)));
            }
            Self::Set { customer_id, name, of } => {
                let tenant = session.tenant(of).await?;
                let (actor, id) = (session.actor(), customer_id.clone());
                let unit = move |tx: &mut store::Tx<'_>| {
                    customer::set(tx, &actor, &tenant, &id, &name)?;
                    there(tx, &tenant, &id)
                };
                let row = session.write("customer.set", unit).await?;
                print::done(global.json, &format!("customer {customer_id} changed"), &view(&row));
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

fn view(row: &Customer) -> Value {
    json!({
        "customer_id": row.customer_id,
        "name": row.name,
        "user_identify": row.user_identify,
        "created_at": time(row.created_at),
    })
}
