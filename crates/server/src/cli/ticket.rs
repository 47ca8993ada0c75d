//! `laqun ticket`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    Failure, Global,
    print::{self, members, time},
    session::{PAGE, Session},
};
use crate::domain::{
    self, Refusal,
    ticket::{self, NewTicket, PRIORITIES, STATUSES, Ticket},
};

/// Add, list and show tickets.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Add a ticket; a stub that a call made before takes these values.
    Add(Add),
    /// List tickets by case_id.
    List {
        /// The tenant; the only one without it.
        #[arg(long)]
        tenant: Option<i64>,
        /// Begin after this case_id.
        #[arg(long, default_value = "")]
        after: String,
    },
    /// Show a ticket.
    Show {
        /// The ticket system's own id.
        case_id: String,
        /// The tenant; the only one without it.
        #[arg(long)]
        tenant: Option<i64>,
    },
}

/// A ticket to be.
#[derive(Debug, Args)]
pub(super) struct Add {
    /// The ticket system's own id: case_id on the wire.
    case_id: String,
    /// One line that says what it is about.
    #[arg(long)]
    title: String,
    /// More of it.
    #[arg(long, default_value = "")]
    description: String,
    /// Its stage.
    #[arg(long, default_value = "accepted", value_parser = STATUSES)]
    status: String,
    /// How urgent it is.
    #[arg(long, default_value = "medium", value_parser = PRIORITIES)]
    priority: String,
    /// The assignee's staff_id.
    #[arg(long)]
    assignee: Option<String>,
    /// The customer's customer_id.
    #[arg(long)]
    customer: Option<String>,
    /// The tenant; the only one without it.
    #[arg(long)]
    tenant: Option<i64>,
}

impl Verb {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let session = Session::open(global).await?;
        match self {
            Self::Add(add) => {
                let tenant = session.tenant(add.tenant).await?;
                let case_id = add.case_id.clone();
                let new = NewTicket {
                    case_id: add.case_id,
                    title: add.title,
                    description: add.description,
                    status: add.status,
                    priority: add.priority,
                    assignee: add.assignee,
                    customer: add.customer,
                };
                let actor = session.actor();
                session.write("ticket.add", move |tx| ticket::add(tx, &actor, &tenant, &new)).await?;
                print::done(global.json, &format!("ticket {case_id} added"), &json!({"case_id": case_id}));
            }
            Self::List { tenant, after } => {
                let tenant = session.tenant(tenant).await?;
                let page = move |r: &mut store::Reader<'_>| ticket::list(r, &tenant, &after, PAGE + 1);
                let rows = session.store().read("ticket.list", page).await?;
                let rows: Vec<_> = rows.iter().map(|row| members(view(row))).collect();
                print::page(
                    global.json,
                    &["case_id", "title", "status", "priority", "assignee", "stub"],
                    rows,
                    PAGE,
                    "case_id",
                );
            }
            Self::Show { case_id, tenant } => {
                let tenant = session.tenant(tenant).await?;
                let find = move |r: &mut store::Reader<'_>| ticket::find(r, &tenant, &case_id);
                let row = session.store().read("ticket.show", find).await?;
                let row = row.ok_or(domain::Error::from(Refusal::CaseNotExist))?;
                print::object(global.json, &members(view(&row)));
            }
        }
        session.close().await;
        Ok(())
    }
}

fn view(row: &Ticket) -> Value {
    json!({
        "case_id": row.case_id,
        "title": row.title,
        "description": row.description,
        "status": row.status,
        "priority": row.priority,
        "assignee": row.assignee,
        "customer": row.customer,
        "stub": row.stub,
        "created_at": time(row.created_at),
        "updated_at": time(row.updated_at),
    })
}
