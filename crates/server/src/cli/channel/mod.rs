//! `laqun channel`.

mod set;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    Failure, Global,
    print::{self, members},
    scope::OfTenant,
    session::Session,
    time::duration_ms,
};
use crate::app::platform;
use crate::domain::{
    self, Refusal, Tenant,
    channel::{self, ChannelRow, NewChannel, TIMEZONE},
};

/// Add, list, show, change and remove channels.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Add a channel. One of that name that was removed is back, with the new values.
    #[command(after_long_help = "Examples:\n  laqun channel add ticket-page --outer-type 111 --default\n  \
        laqun channel add night --outer-type n1 --outer-type n2 --patience 0.5 --default-owner 123\n  \
        laqun channel add shop --outer-type shop --hours 'Mo-Fr 09:00-12:00,13:00-18:00; Sa 10:00-16:00'\n  \
        laqun channel add berlin --outer-type de --hours 'Mo-Fr 08:00-16:30' --timezone Europe/Berlin")]
    Add(Add),
    /// List channels.
    #[command(after_long_help = "Examples:\n  laqun channel list")]
    List {
        #[command(flatten)]
        of: OfTenant,
    },
    /// Show a channel.
    #[command(after_long_help = "Examples:\n  laqun channel show ticket-page")]
    Show {
        /// Its name.
        name: String,
        #[command(flatten)]
        of: OfTenant,
    },
    /// Change a channel; what is not named stays. Running servers follow at their next call.
    #[command(after_long_help = "Examples:\n  laqun channel set night --patience 5 --pending 202\n  \
        laqun channel set night --add-outer-type n3 --remove-outer-type n1\n  \
        laqun channel set night --hours 'Mo-Su 18:00-02:00' --timezone Asia/Shanghai\n  \
        laqun channel set night --visitor-check phone_tail --answer-within 10min\n  \
        laqun channel set night --default-owner 124 --default")]
    Set(set::Set),
    /// Remove a channel that no live group uses; its past groups still name it.
    #[command(
        after_long_help = "Examples:\n  laqun channel set ticket-page --add-outer-type n1   # takes it over\n  \
        laqun group list --channel night                    # what is still live\n  laqun channel remove night"
    )]
    Remove {
        /// Its name.
        name: String,
        #[command(flatten)]
        of: OfTenant,
    },
}

/// A channel to be.
#[derive(Debug, Args)]
pub(super) struct Add {
    /// Its name in the tenant.
    name: String,
    /// Where its groups live.
    #[arg(long, default_value = "web", value_parser = platform::NAMES)]
    platform: String,
    /// The outer_type values that mean it; one that meant another channel moves.
    #[arg(long = "outer-type", value_name = "OUTER_TYPE")]
    outer_types: Vec<String>,
    /// How long a call waits for the platform: seconds, decimals allowed, or such as 500ms.
    #[arg(long, value_name = "DURATION", value_parser = duration_ms)]
    patience: Option<i64>,
    /// How a call answers then: 200, 202 or error.
    #[arg(long, value_parser = ["200", "202", "error"])]
    pending: Option<String>,
    /// staff_id of who is called when a call names nobody and the ticket has no assignee.
    #[arg(long, value_name = "STAFF_ID")]
    default_owner: Option<String>,
    /// The platform's settings, a JSON object; see laqun platform show.
    #[arg(long, default_value = "{}")]
    settings: String,
    /// Make it the tenant's default channel.
    #[arg(long)]
    default: bool,
    /// When it is open: days and times; always without it.
    #[arg(long)]
    hours: Option<String>,
    /// The time zone of the hours, an IANA name.
    #[arg(long, default_value = TIMEZONE)]
    timezone: String,
    #[command(flatten)]
    of: OfTenant,
}

impl Verb {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let session = Session::open(global).await?;
        match self {
            Self::Add(add) => {
                let tenant = session.tenant(add.of).await?;
                let name = add.name.clone();
                let new = new_channel(&session, add);
                let actor = session.actor();
                session.write("channel.add", move |tx| channel::add(tx, &actor, &tenant, &new)).await?;
                print::done(global.json, &format!("channel {name} added"), &json!({"name": name}));
            }
            Self::List { of } => {
                let tenant = session.tenant(of).await?;
                let list = move |r: &mut store::Reader<'_>| read(r, &tenant, None);
                let rows = session.store().read("channel.list", list).await?;
                let rows: Vec<_> = rows.iter().map(|row| members(view(row))).collect();
                let columns = [
                    "name",
                    "platform",
                    "outer_types",
                    "patience",
                    "pending",
                    "default_owner",
                    "hours",
                    "default",
                ];
                print::rows(global.json, &columns, &rows);
            }
            Self::Show { name, of } => {
                let tenant = session.tenant(of).await?;
                let find = move |r: &mut store::Reader<'_>| there(r, &tenant, &name);
                let row = session.store().read("channel.show", find).await?;
                print::object(global.json, &members(view(&row)));
            }
            Self::Set(set) => set.run(global, &session).await?,
            Self::Remove { name, of } => {
                let tenant = session.tenant(of).await?;
                let live = live_groups(&session, &tenant, &name).await?;
                let (actor, which) = (session.actor(), name.clone());
                let unit = move |tx: &mut store::Tx<'_>| channel::remove(tx, &actor, &tenant, &which, live);
                session.write("channel.remove", unit).await?;
                print::done(global.json, &format!("channel {name} removed"), &json!({"name": name}));
            }
        }
        session.close().await;
        Ok(())
    }
}

fn new_channel(session: &Session, add: Add) -> NewChannel {
    NewChannel {
        id: session.ids.uuid(session.now_ms),
        name: add.name,
        platform: add.platform,
        outer_types: add.outer_types,
        patience_ms: add.patience,
        pending: add.pending,
        default_owner: add.default_owner,
        settings: add.settings,
        default: add.default,
        hours: add.hours,
        timezone: add.timezone,
    }
}

async fn live_groups(session: &Session, tenant: &Tenant, name: &str) -> Result<i64, Failure> {
    let (tenant, name) = (tenant.clone(), name.to_owned());
    let count = move |r: &mut store::Reader<'_>| channel::live_groups(r, &tenant, &name);
    Ok(session.store().read("channel.live_groups", count).await?)
}

type Row = (ChannelRow, Vec<String>);

fn read(
    reader: &mut impl store::Read,
    tenant: &Tenant,
    name: Option<&str>,
) -> Result<Vec<Row>, domain::Error> {
    let rows = channel::list(reader, tenant, name)?;
    rows.into_iter()
        .map(|row| channel::outer_types(reader, tenant, row.id).map(|types| (row, types)))
        .collect()
}

fn there(reader: &mut impl store::Read, tenant: &Tenant, name: &str) -> Result<Row, domain::Error> {
    Ok(read(reader, tenant, Some(name))?.pop().ok_or(Refusal::ChannelNotExist)?)
}

fn view((row, outer_types): &Row) -> Value {
    // Patience is seconds wherever people read or write it.
    let patience = row.patience_ms.and_then(|ms| u32::try_from(ms).ok()).map(|ms| f64::from(ms) / 1000.0);
    json!({
        "name": row.name,
        "platform": row.platform,
        "outer_types": outer_types,
        "patience": patience,
        "pending": row.pending,
        "default_owner": row.default_owner,
        "default": row.is_default,
        "hours": row.hours,
        "timezone": row.timezone,
        "visitor_check": row.visitor_check,
        "answer_within": row.answer_within_s,
        "settings": row.settings,
    })
}
