//! `laqun ticket`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    Failure, Global,
    import::ImportTickets,
    print::{self, members, time},
    scope::{OfTenant, Page},
    session::Session,
};
use crate::domain::{
    self, Refusal, Tenant,
    change::Change,
    ticket::{self, NewTicket, PRIORITIES, STATUSES, Ticket, TicketChange},
};

/// Add, list, show, change and remove tickets.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Add a ticket; a stub that a call made before takes these values.
    #[command(
        after_long_help = "Examples:\n  laqun ticket add T-1 --title 洗碗机漏水 --assignee 123 --customer c-1001\n  \
        laqun ticket add T-2 --title 换滤芯 --priority high --description \"$(cat mail.txt)\""
    )]
    Add(Add),
    /// Import tickets from a CSV or NDJSON file; their people follow into groups that there are.
    Import(ImportTickets),
    /// List tickets by case_id.
    #[command(
        after_long_help = "Examples:\n  laqun ticket list\n  laqun ticket list --after T-1 --limit 1000 --json"
    )]
    List {
        #[command(flatten)]
        page: Page,
        #[command(flatten)]
        of: OfTenant,
    },
    /// Show a ticket.
    #[command(after_long_help = "Examples:\n  laqun ticket show T-1")]
    Show {
        /// The ticket system's own id.
        case_id: String,
        #[command(flatten)]
        of: OfTenant,
    },
    /// Change a ticket; what is not named stays. Whom it names anew comes into its groups.
    #[command(after_long_help = "Examples:\n  laqun ticket set T-1 --status in_progress --assignee 124\n  \
        laqun ticket set T-1 --no-customer\n  laqun ticket set T-1 --status done")]
    Set(Set),
    /// Remove a ticket that never had a group.
    #[command(after_long_help = "Examples:\n  laqun ticket remove T-1")]
    Remove {
        /// The ticket system's own id.
        case_id: String,
        #[command(flatten)]
        of: OfTenant,
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
    #[command(flatten)]
    of: OfTenant,
}

/// What is to change.
#[derive(Debug, Args)]
#[command(override_usage = "laqun ticket set <CASE_ID> CHANGES")]
pub(super) struct Set {
    /// The ticket system's own id.
    case_id: String,
    #[command(flatten)]
    changes: Changes,
    #[command(flatten)]
    of: OfTenant,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct Changes {
    /// One line that says what it is about.
    #[arg(long)]
    title: Option<String>,
    /// More of it.
    #[arg(long)]
    description: Option<String>,
    /// Its stage.
    #[arg(long, value_parser = STATUSES)]
    status: Option<String>,
    /// How urgent it is.
    #[arg(long, value_parser = PRIORITIES)]
    priority: Option<String>,
    /// The assignee's staff_id.
    #[arg(long, conflicts_with = "no_assignee")]
    assignee: Option<String>,
    /// Nobody's.
    #[arg(long)]
    no_assignee: bool,
    /// The customer's customer_id.
    #[arg(long, conflicts_with = "no_customer")]
    customer: Option<String>,
    /// About no customer.
    #[arg(long)]
    no_customer: bool,
}

impl Verb {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let session = Session::open(global).await?;
        match self {
            Self::Add(add) => {
                let tenant = session.tenant(add.of).await?;
                let case_id = add.case_id.clone();
                let new = add.into_new();
                let actor = session.actor();
                session.write("ticket.add", move |tx| ticket::add(tx, &actor, &tenant, &new)).await?;
                print::done(global.json, &format!("ticket {case_id} added"), &json!({"case_id": case_id}));
            }
            Self::Import(import) => import.run(global, &session).await?,
            Self::List { page, of } => {
                let tenant = session.tenant(of).await?;
                let (after, asked) = (page.after.clone().unwrap_or_default(), page.asked());
                let list = move |r: &mut store::Reader<'_>| ticket::list(r, &tenant, &after, asked);
                let rows = session.store().read("ticket.list", list).await?;
                let rows: Vec<_> = rows.iter().map(|row| members(view(row))).collect();
                let columns = ["case_id", "title", "status", "priority", "assignee", "customer", "stub"];
                print::page(global.json, &columns, rows, &page, "case_id");
            }
            Self::Show { case_id, of } => {
                let tenant = session.tenant(of).await?;
                let find = move |r: &mut store::Reader<'_>| there(r, &tenant, &case_id);
                let row = session.store().read("ticket.show", find).await?;
                print::object(global.json, &members(view(&row)));
            }
            Self::Set(Set { case_id, changes, of }) => {
                let tenant = session.tenant(of).await?;
                let (actor, id, change) = (session.actor(), case_id.clone(), changes.into_change());
                let unit = move |tx: &mut store::Tx<'_>| {
                    ticket::set(tx, &actor, &tenant, &id, change.clone())?;
                    there(tx, &tenant, &id)
                };
                let row = session.write("ticket.set", unit).await?;
                print::done(global.json, &format!("ticket {case_id} changed"), &view(&row));
            }
            Self::Remove { case_id, of } => {
                let tenant = session.tenant(of).await?;
                let (actor, id) = (session.actor(), case_id.clone());
                let unit = move |tx: &mut store::Tx<'_>| ticket::remove(tx, &actor, &tenant, &id);
                session.write("ticket.remove", unit).await?;
                print::done(global.json, &format!("ticket {case_id} removed"), &json!({"case_id": case_id}));
            }
        }
        session.close().await;
        Ok(())
    }
}

impl Add {
    fn into_new(self) -> NewTicket {
        NewTicket {
            case_id: self.case_id,
            title: self.title,
            description: self.description,
            status: self.status,
            priority: self.priority,
            assignee: self.assignee,
            customer: self.customer,
        }
    }
}

impl Changes {
    fn into_change(self) -> TicketChange {
        TicketChange {
            title: self.title,
            description: self.description,
            status: self.status,
            priority: self.priority,
            assignee: Change::of(self.assignee, self.no_assignee),
            customer: Change::of(self.customer, self.no_customer),
        }
    }
}

fn there(reader: &mut impl store::Read, tenant: &Tenant, case_id: &str) -> Result<Ticket, domain::Error> {
    Ok(ticket::find(reader, tenant, case_id)?.ok_or(Refusal::CaseNotExist)?)
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
