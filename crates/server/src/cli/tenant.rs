//! `laqun tenant`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    Failure, Global,
    print::{self, members, time},
    scope::OfTenant,
    session::Session,
};
use crate::{
    domain::{
        self, Refusal,
        change::Change,
        tenant::{self, NewTenant, RETENTION_MOST, TenantChange, TenantRow, Unknown, notify},
    },
    notify::webhook,
};

/// Add, list, show, change and remove tenants.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Add a tenant with a default web channel.
    #[command(after_long_help = "Examples:\n  laqun tenant add 7 --name 远山家电\n  \
        laqun tenant add 8 --name 海棠 --unknown-case refuse --retention-days 1095")]
    Add(Add),
    /// List tenants.
    #[command(after_long_help = "Examples:\n  laqun tenant list\n  laqun tenant list --json")]
    List,
    /// Show a tenant.
    #[command(after_long_help = "Examples:\n  laqun tenant show 7")]
    Show {
        /// Its number.
        id: i64,
    },
    /// Change a tenant; what is not named stays. Running servers follow at their next call.
    #[command(after_long_help = "Examples:\n  laqun tenant set 7 --name 远山电器\n  \
        laqun tenant set 7 --unknown-outer-type refuse --default-channel dingtalk\n  laqun tenant set 7 --no-retention-days\n  \
        laqun tenant set 7 --privacy-url https://example.com/privacy --notify-url https://example.com/hooks/laqun")]
    Set(Set),
    /// Remove a tenant that has nothing yet; one that worked keeps its history.
    ///
    /// To stop a tenant's calls, take its grants back: laqun app revoke APP TENANT.
    #[command(after_long_help = "Examples:\n  laqun tenant remove 7")]
    Remove {
        /// Its number.
        id: i64,
    },
}

/// A tenant to be.
#[derive(Debug, Args)]
pub(super) struct Add {
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
    /// How long groups are to be kept, days; for ever without it. Stored only: nothing acts on it yet.
    #[arg(long, value_name = "DAYS", value_parser = retention())]
    retention_days: Option<u32>,
}

/// What is to change.
#[derive(Debug, Args)]
#[command(override_usage = "laqun tenant set <ID> CHANGES")]
pub(super) struct Set {
    /// Its number.
    id: i64,
    #[command(flatten)]
    changes: Changes,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
struct Changes {
    /// The company's name as people read it.
    #[arg(long)]
    name: Option<String>,
    /// What an outer_type does that no channel has.
    #[arg(long, value_parser = ["default", "refuse"])]
    unknown_outer_type: Option<String>,
    /// What a case_id does that nobody added.
    #[arg(long, value_parser = ["stub", "refuse"])]
    unknown_case: Option<String>,
    /// What a staff_id does that nobody added.
    #[arg(long, value_parser = ["stub", "refuse"])]
    unknown_staff: Option<String>,
    /// The channel that takes calls without outer_type.
    #[arg(long, value_name = "CHANNEL")]
    default_channel: Option<String>,
    /// DingTalk's id of the company.
    #[arg(long, conflicts_with = "no_corp_id")]
    corp_id: Option<String>,
    /// Forget it.
    #[arg(long)]
    no_corp_id: bool,
    /// How long groups are to be kept, days. Stored only: nothing acts on it yet.
    #[arg(long, value_name = "DAYS", value_parser = retention(), conflicts_with = "no_retention_days")]
    retention_days: Option<u32>,
    /// Keep groups for ever.
    #[arg(long)]
    no_retention_days: bool,
    /// The page that says what becomes of personal data: shown to visitors before they join a group.
    #[arg(long, value_name = "URL", conflicts_with = "no_privacy_url")]
    privacy_url: Option<String>,
    /// Show none.
    #[arg(long)]
    no_privacy_url: bool,
    /// The address that is told when nobody attends to a customer. The first one comes with a secret, shown once.
    #[arg(long, value_name = "URL", conflicts_with = "no_notify_url")]
    notify_url: Option<String>,
    /// Tell nobody; the secret goes too.
    #[arg(long, conflicts_with = "new_notify_secret")]
    no_notify_url: bool,
    /// Another secret for what is sent to the notify URL, shown once; the one before stops at once.
    #[arg(long)]
    new_notify_secret: bool,
}

fn retention() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=i64::from(RETENTION_MOST))
}

impl Verb {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let (session, made) = match &self {
            Self::Add(_) => Session::open_or_make(global).await?,
            _ => (Session::open(global).await?, false),
        };
        match self {
            Self::Add(add) => {
                let id = add.id;
                let new = new_tenant(&session, add);
                let actor = session.actor();
                session.write("tenant.add", move |tx| tenant::add(tx, &actor, &new)).await?;
                // Who meant to add to a system that is there sees here that it was not this one.
                let place = if made { ", in a database that was made for it" } else { "" };
                let told = json!({"tenant_id": id, "made_database": made});
                print::done(global.json, &format!("tenant {id} added{place}"), &told);
            }
            Self::List => {
                let rows = session.store().read("tenant.list", |r| tenant::list(r, None)).await?;
                let rows: Vec<_> = rows.iter().map(|row| members(view(row))).collect();
                let columns =
                    ["tenant_id", "name", "default_channel", "unknown_case", "unknown_staff", "created_at"];
                print::rows(global.json, &columns, &rows);
            }
            Self::Show { id } => {
                let rows = session.store().read("tenant.show", move |r| tenant::list(r, Some(id))).await?;
                let row = rows.first().ok_or(domain::Error::from(Refusal::TenantNotExist))?;
                print::object(global.json, &members(view(row)));
            }
            Self::Set(Set { id, changes }) => {
                let actor = session.actor();
                let secret = new_secret(&session, id, &changes).await?;
                let mut change = changes.into_change();
                change.notify_secret = secret
                    .as_ref()
                    .map(|text| session.opened.key.seal(&notify::purpose(id), text.as_bytes()));
                let unit = move |tx: &mut store::Tx<'_>| {
                    tenant::set(tx, &actor, id, change.clone())?;
                    Ok::<_, domain::Error>(tenant::list(tx, Some(id))?.pop())
                };
                let row = session.write("tenant.set", unit).await?;
                let row = row.ok_or(domain::Error::from(Refusal::TenantNotExist))?;
                let (mut told, mut words) = (view(&row), format!("tenant {id} changed"));
                if let (Some(secret), Some(_)) = (secret, &row.notify_url) {
                    told["notify_secret"] = json!(secret);
                    words = format!(
                        "{words}; what is sent to notify_url is signed with {secret}, shown only now"
                    );
                }
                print::done(global.json, &words, &told);
            }
            Self::Remove { id } => {
                let actor = session.actor();
                session.write("tenant.remove", move |tx| tenant::remove(tx, &actor, id)).await?;
                print::done(global.json, &format!("tenant {id} removed"), &json!({"tenant_id": id}));
            }
        }
        session.close().await;
        Ok(())
    }
}

fn new_tenant(session: &Session, add: Add) -> NewTenant {
    NewTenant {
        id: add.id,
        name: add.name,
        unknown_outer_type: Unknown::from_word(&add.unknown_outer_type),
        unknown_case: Unknown::from_word(&add.unknown_case),
        unknown_staff: Unknown::from_word(&add.unknown_staff),
        corp_id: add.corp_id,
        retention_days: add.retention_days,
        channel: session.ids.uuid(session.now_ms),
    }
}

/// The secret for what is sent to the tenant's address: the first one, or the one that was asked for.
async fn new_secret(session: &Session, tenant_id: i64, changes: &Changes) -> Result<Option<String>, Failure> {
    if changes.notify_url.is_none() && !changes.new_notify_secret {
        return Ok(None);
    }
    let tenant = session.tenant(OfTenant { tenant: Some(tenant_id) }).await?;
    if !changes.new_notify_secret && notify::sealed(session.store(), &tenant).await?.is_some() {
        return Ok(None);
    }
    if changes.notify_url.is_none() && tenant.entry().notify_url.is_none() {
        return Err(Failure::Usage(anyhow::anyhow!(
            "tenant {tenant_id} has no notify URL to sign for: give one with --notify-url"
        )));
    }
    Ok(Some(webhook::spelled(&session.ids.random::<{ webhook::SECRET_BYTES }>())))
}

impl Changes {
    fn into_change(self) -> TenantChange {
        TenantChange {
            name: self.name,
            unknown_outer_type: self.unknown_outer_type,
            unknown_case: self.unknown_case,
            unknown_staff: self.unknown_staff,
            default_channel: self.default_channel,
            corp_id: Change::of(self.corp_id, self.no_corp_id),
            retention_days: Change::of(self.retention_days, self.no_retention_days),
            privacy_url: Change::of(self.privacy_url, self.no_privacy_url),
            notify_url: Change::of(self.notify_url, self.no_notify_url),
            notify_secret: None,
        }
    }
}

fn view(row: &TenantRow) -> Value {
    json!({
        "tenant_id": row.tenant_id,
        "name": row.name,
        "unknown_outer_type": row.unknown_outer_type,
        "unknown_case": row.unknown_case,
        "unknown_staff": row.unknown_staff,
        "default_channel": row.default_channel,
        "corp_id": row.corp_id,
        "retention_days": row.retention_days,
        "privacy_url": row.privacy_url,
        "notify_url": row.notify_url,
        "created_at": time(row.created_at),
    })
}
