//! `laqun customer`.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{
    Failure, Global,
    print::{self, members, time},
    session::{PAGE, Session},
};
use crate::domain::customer::{self, Customer, NewCustomer};

/// Add, list and show customers.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Add a customer.
    Add {
        /// The tenant's own id of the person.
        customer_id: String,
        /// The name people read.
        #[arg(long)]
        name: String,
        /// The tenant; the only one without it.
        #[arg(long)]
        tenant: Option<i64>,
    },
    /// List customers by customer_id.
    List {
        /// The tenant; the only one without it.
        #[arg(long)]
        tenant: Option<i64>,
        /// Begin after this customer_id.
        #[arg(long, default_value = "")]
        after: String,
    },
    /// Show a customer.
    Show {
        /// The tenant's own id of the person.
        customer_id: String,
        /// The tenant; the only one without it.
        #[arg(long)]
        tenant: Option<i64>,
    },
}

impl Verb {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let session = Session::open(global).await?;
        match self {
            Self::Add { customer_id, name, tenant } => {
                let tenant = session.tenant(tenant).await?;
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
            Self::List { tenant, after } => {
                let tenant = session.tenant(tenant).await?;
                let page = move |r: &mut store::Reader<'_>| customer::list(r, &tenant, &after, PAGE + 1);
                let rows = session.store().read("customer.list", page).await?;
                let rows: Vec<_> = rows.iter().map(|row| members(view(row))).collect();
                print::page(global.json, &["customer_id", "name", "created_at"], rows, PAGE, "customer_id");
            }
            Self::Show { customer_id, tenant } => {
                let tenant = session.tenant(tenant).await?;
                let find = move |r: &mut store::Reader<'_>| customer::find(r, &tenant, &customer_id);
                let row = session.store().read("customer.show", find).await?;
                let row =
                    row.ok_or_else(|| anyhow::anyhow!("no such customer: see `laqun customer list`"))?;
                print::object(global.json, &members(view(&row)));
            }
        }
        session.close().await;
        Ok(())
    }
}

fn view(row: &Customer) -> Value {
    json!({
        "customer_id": row.customer_id,
        "name": row.name,
        "user_identify": row.user_identify,
        "created_at": time(row.created_at),
    })
}
