//! `laqun staff`.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{
    Failure, Global,
    print::{self, members, time},
    session::{PAGE, Session},
};
use crate::domain::{
    self, Refusal, audit,
    group::{link::Link, member, view},
    id, sign_in,
    staff::{self, NewStaff, Staff},
};

/// Add, list and show staff; make a sign-in link.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Add a staff member.
    Add {
        /// The tenant's own id of the person: staff_id on the wire.
        staff_id: String,
        /// The name people read.
        #[arg(long)]
        name: String,
        /// The person is outsourced or another organisation's: account_type 2.
        #[arg(long)]
        external: bool,
        /// The tenant; the only one without it.
        #[arg(long)]
        tenant: Option<i64>,
    },
    /// List staff by staff_id.
    List {
        /// The tenant; the only one without it.
        #[arg(long)]
        tenant: Option<i64>,
        /// Begin after this staff_id.
        #[arg(long, default_value = "")]
        after: String,
    },
    /// Show a staff member.
    Show {
        /// The tenant's own id of the person.
        staff_id: String,
        /// The tenant; the only one without it.
        #[arg(long)]
        tenant: Option<i64>,
    },
    /// Print a link that signs the person in to a group, valid for ten minutes and once.
    Link {
        /// The tenant's own id of the person.
        staff_id: String,
        /// The group: its open_conversation_id or team_group_id.
        group: String,
        /// The tenant; the only one without it.
        #[arg(long)]
        tenant: Option<i64>,
    },
}

impl Verb {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let session = Session::open(global).await?;
        match self {
            Self::Add { staff_id, name, external, tenant } => {
                let tenant = session.tenant(tenant).await?;
                let new = NewStaff {
                    id: session.ids.uuid(session.now_ms),
                    staff_id: staff_id.clone(),
                    name,
                    account_type: if external { 2 } else { 1 },
                    user_identify: session.ids.user_identify(),
                    union_id: None,
                    accounts: Vec::new(),
                };
                let actor = session.actor();
                session.write("staff.add", move |tx| staff::add(tx, &actor, &tenant, &new)).await?;
                print::done(global.json, &format!("staff {staff_id} added"), &json!({"staff_id": staff_id}));
            }
            Self::List { tenant, after } => {
                let tenant = session.tenant(tenant).await?;
                let rows = session
                    .store()
                    .read("staff.list", move |r| staff::list(r, &tenant, &after, PAGE + 1))
                    .await?;
                let rows: Vec<_> = rows.iter().map(|row| members(view_of(row))).collect();
                print::page(
                    global.json,
                    &["staff_id", "name", "account_type", "active", "created_at"],
                    rows,
                    PAGE,
                    "staff_id",
                );
            }
            Self::Show { staff_id, tenant } => {
                let tenant = session.tenant(tenant).await?;
                let row =
                    session.store().read("staff.show", move |r| staff::find(r, &tenant, &staff_id)).await?;
                let row = row.ok_or(domain::Error::from(Refusal::StaffNotExist))?;
                print::object(global.json, &members(view_of(&row)));
            }
            Self::Link { staff_id, group, tenant } => {
                let link = link(global, &session, tenant, staff_id, &group).await?;
                print::done(global.json, &link, &json!({"group_link": link}));
            }
        }
        session.close().await;
        Ok(())
    }
}

async fn link(
    global: &Global,
    session: &Session,
    tenant: Option<i64>,
    staff_id: String,
    group: &str,
) -> Result<String, Failure> {
    let settings = global.settings(Vec::new())?;
    let public_url = settings.public_url_at(settings.listen);
    let tenant = session.tenant(tenant).await?;
    let id = id::from_open_conversation_id(group).or_else(|| id::from_team_group_id(group));
    let id = id.ok_or(domain::Error::from(Refusal::GroupNotExist))?;
    let find = {
        let (tenant, actor) = (tenant.clone(), session.actor());
        move |tx: &mut store::Tx<'_>| {
            let person =
                staff::find(tx, &tenant, &staff_id)?.filter(|p| p.active).ok_or(Refusal::StaffNotExist)?;
            let group = view::by_id(tx, &tenant, id)?.ok_or(Refusal::GroupNotExist)?;
            if !member::is_in(tx, tenant.id(), id, person.id)? {
                return Err(domain::Error::from(Refusal::StaffNotExist));
            }
            // Whoever has the link is that person: it is told who made it.
            audit::record(tx, &actor, tenant.id(), "staff.link", &staff_id)?;
            Ok((person, group))
        }
    };
    let (person, group) = session.write("staff.link", find).await?;
    let tickets = sign_in::Tickets::new(&session.opened.key);
    let st = tickets.mint(&session.ids, tenant.id(), person.id, group.id, session.now_ms);
    let link = Link {
        public_url: &public_url,
        corp_id: &tenant.entry().corp_id,
        group_name: &group.title,
        created: group.state.is_open(),
        open_conversation_id: &id::open_conversation_id(group.id),
        outer_type: &group.outer_type,
        tenant_id: tenant.id(),
        user_identify: &person.user_identify,
        st: Some(&st),
    };
    Ok(link.web())
}

fn view_of(row: &Staff) -> Value {
    json!({
        "staff_id": row.staff_id,
        "name": row.name,
        "account_type": row.account_type,
        "user_identify": row.user_identify,
        "active": row.active,
        "created_at": time(row.created_at),
    })
}
