//! `laqun tenant`.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{
    Failure, Global,
    print::{self, members, time},
    session::Session,
};
use crate::domain::{
    self, Refusal,
    tenant::{self, NewTenant, TenantRow, Unknown},
};

/// Add, list and show tenants.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Add a tenant with a default web channel.
    Add {
        /// Its number: tenant_id on the wire.
        id: i64,
        /// The company's name as people read it.
        #[arg(long)]
        name: String,
        /// What an outer_type does that no channel has: take the default channel, or refuse.
        #[arg(long, default_value = "default", value_parser = ["default", "refuse"])]
        unknown_outer_type: String,
        /// What a case_id does that nobody added: make a stub ticket, or refuse.
        #[arg(long, default_value = "stub", value_parser = ["stub", "refuse"])]
        unknown_case: String,
        /// What a staff_id does that nobody added: refuse, or make a stub person.
        #[arg(long, default_value = "refuse", value_parser = ["stub", "refuse"])]
        unknown_staff: String,
        /// DingTalk's id of the company.
        #[arg(long)]
        corp_id: Option<String>,
    },
    /// List tenants.
    List,
    /// Show a tenant.
    Show {
        /// Its number.
        id: i64,
    },
}

impl Verb {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let session = Session::open(global).await?;
        match self {
            Self::Add { id, name, unknown_outer_type, unknown_case, unknown_staff, corp_id } => {
                let new = NewTenant {
                    id,
                    name,
                    unknown_outer_type: Unknown::from_word(&unknown_outer_type),
                    unknown_case: Unknown::from_word(&unknown_case),
                    unknown_staff: Unknown::from_word(&unknown_staff),
                    corp_id,
                    channel: session.ids.uuid(session.now_ms),
                };
                let actor = session.actor();
                session.write("tenant.add", move |tx| tenant::add(tx, &actor, &new)).await?;
                print::done(global.json, &format!("tenant {id} added"), &json!({"tenant_id": id}));
            }
            Self::List => {
                let rows = session.store().read("tenant.list", |r| tenant::list(r, None)).await?;
                let rows: Vec<_> = rows.iter().map(|row| members(view(row))).collect();
                print::rows(
                    global.json,
                    &["tenant_id", "name", "unknown_case", "unknown_staff", "created_at"],
                    &rows,
                );
            }
            Self::Show { id } => {
                let rows = session.store().read("tenant.show", move |r| tenant::list(r, Some(id))).await?;
                let row = rows.first().ok_or(domain::Error::from(Refusal::TenantNotExist))?;
                print::object(global.json, &members(view(row)));
            }
        }
        session.close().await;
        Ok(())
    }
}

fn view(row: &TenantRow) -> Value {
    json!({
        "tenant_id": row.tenant_id,
        "name": row.name,
        "unknown_outer_type": row.unknown_outer_type,
        "unknown_case": row.unknown_case,
        "unknown_staff": row.unknown_staff,
        "corp_id": row.corp_id,
        "created_at": time(row.created_at),
    })
}
