//! `laqun channel`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    Failure, Global,
    print::{self, members},
    session::Session,
};
use crate::app::platform;
use crate::domain::{
    self, Refusal,
    channel::{self, ChannelRow, NewChannel},
};

/// Add, list and show channels.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Add a channel.
    Add(Add),
    /// List channels.
    List {
        /// The tenant; the only one without it.
        #[arg(long)]
        tenant: Option<i64>,
    },
    /// Show a channel.
    Show {
        /// Its name.
        name: String,
        /// The tenant; the only one without it.
        #[arg(long)]
        tenant: Option<i64>,
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
    /// The outer_type values that mean it.
    #[arg(long = "outer-type", value_name = "OUTER_TYPE")]
    outer_types: Vec<String>,
    /// How long a call waits for the platform, seconds, decimals allowed.
    #[arg(long)]
    patience: Option<f64>,
    /// How a call answers then: 200, 202 or error.
    #[arg(long, value_parser = ["200", "202", "error"])]
    pending: Option<String>,
    /// staff_id of who is called when a call names nobody and the ticket has no assignee.
    #[arg(long)]
    default_owner: Option<String>,
    /// The platform's settings, a JSON object.
    #[arg(long, default_value = "{}")]
    settings: String,
    /// Make it the tenant's default channel.
    #[arg(long)]
    default: bool,
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
                let name = add.name.clone();
                let new = new_channel(&session, add)?;
                let actor = session.actor();
                session.write("channel.add", move |tx| channel::add(tx, &actor, &tenant, &new)).await?;
                print::done(global.json, &format!("channel {name} added"), &json!({"name": name}));
            }
            Self::List { tenant } => {
                let rows = read(&session, tenant, None).await?;
                let rows: Vec<_> = rows.iter().map(|row| members(view(row))).collect();
                let columns =
                    ["name", "platform", "outer_types", "patience", "pending", "default_owner", "default"];
                print::rows(global.json, &columns, &rows);
            }
            Self::Show { name, tenant } => {
                let rows = read(&session, tenant, Some(name)).await?;
                let row = rows.first().ok_or(domain::Error::from(Refusal::ChannelNotExist))?;
                print::object(global.json, &members(view(row)));
            }
        }
        session.close().await;
        Ok(())
    }
}

fn new_channel(session: &Session, add: Add) -> Result<NewChannel, Failure> {
    let patience_ms = match add.patience {
        None => None,
        Some(seconds) => {
            let patience = std::time::Duration::try_from_secs_f64(seconds);
            let patience = patience.ok().and_then(|d| i64::try_from(d.as_millis()).ok());
            Some(patience.ok_or_else(|| Failure::Usage(anyhow::anyhow!("--patience: seconds, 0 or more")))?)
        }
    };
    Ok(NewChannel {
        id: session.ids.uuid(session.now_ms),
        name: add.name,
        platform: add.platform,
        outer_types: add.outer_types,
        patience_ms,
        pending: add.pending,
        default_owner: add.default_owner,
        settings: add.settings,
        default: add.default,
    })
}

type Row = (ChannelRow, Vec<String>);

async fn read(session: &Session, tenant: Option<i64>, name: Option<String>) -> Result<Vec<Row>, Failure> {
    let tenant = session.tenant(tenant).await?;
    let read = move |r: &mut store::Reader<'_>| {
        let rows = channel::list(r, &tenant, name.as_deref())?;
        rows.into_iter()
            .map(|row| channel::outer_types(r, &tenant, row.id).map(|types| (row, types)))
            .collect::<Result<Vec<_>, domain::Error>>()
    };
    Ok(session.store().read("channel.list", read).await?)
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
        "settings": row.settings,
    })
}
