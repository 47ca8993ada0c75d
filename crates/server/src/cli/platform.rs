//! `laqun platform`.

use std::{sync::Arc, time::Duration};

use clap::Subcommand;
use platforms::{Failure as Broken, Platform};
use serde_json::{Value, json};

use super::{
    Failure, Global,
    print::{self, members},
    scope::OfTenant,
    session::Session,
};
use crate::{
    app::platform::{self, Known},
    domain::{self, Refusal, channel, id, tenant},
};

/// How long a platform may take to answer a check.
const PATIENCE: Duration = Duration::from_secs(30);

/// List and show platforms; check that a channel's answers.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// List the platforms that a channel can name.
    #[command(after_long_help = "Examples:\n  laqun platform list")]
    List,
    /// Show a platform: what a channel's settings can say, and which channels are on it.
    #[command(after_long_help = "Examples:\n  laqun platform show sandbox")]
    Show {
        /// Its name.
        #[arg(value_parser = platform::NAMES)]
        name: String,
    },
    /// Check a channel's settings and ask its platform for a group that it cannot have. Nothing is made.
    ///
    /// Exits 0 if the platform answers, 1 if it refuses, 3 if it does not answer.
    #[command(after_long_help = "Examples:\n  laqun platform check ticket-page")]
    Check {
        /// The channel.
        channel: String,
        #[command(flatten)]
        of: OfTenant,
    },
}

impl Verb {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let session = Session::open(global).await?;
        match self {
            Self::List => {
                let used = channels(&session).await?;
                let row = |known: &Known| {
                    let count = used.iter().filter(|used| used.platform == known.name).count();
                    members(json!({"name": known.name, "channels": count, "about": known.about}))
                };
                let rows: Vec<_> = platform::TABLE.iter().map(row).collect();
                print::rows(global.json, &["name", "channels", "about"], &rows);
            }
            Self::Show { name } => {
                let used = channels(&session).await?;
                let known = platform::TABLE.iter().find(|known| known.name == name);
                if let Some(known) = known {
                    print::object(global.json, &members(view(known, &used)));
                }
            }
            Self::Check { channel, of } => check(global, &session, channel, of).await?,
        }
        session.close().await;
        Ok(())
    }
}

/// A channel and where it is.
struct Used {
    platform: String,
    tenant_id: i64,
    channel: String,
}

/// The channels of all tenants.
async fn channels(session: &Session) -> Result<Vec<Used>, Failure> {
    let ids = session.store().read("platform.tenants", |r| tenant::list(r, None)).await?;
    let mut used = Vec::new();
    for tenant_id in ids.iter().map(|row| row.tenant_id) {
        let tenant = session.tenant(OfTenant { tenant: Some(tenant_id) }).await?;
        let rows =
            session.store().read("platform.channels", move |r| channel::list(r, &tenant, None)).await?;
        used.extend(rows.into_iter().map(|row| Used {
            platform: row.platform,
            tenant_id,
            channel: row.name,
        }));
    }
    Ok(used)
}

fn view(known: &Known, used: &[Used]) -> Value {
    let settings = known.settings.iter().map(|(name, about)| json!({"setting": name, "about": about}));
    let on_it = used.iter().filter(|used| used.platform == known.name);
    json!({
        "name": known.name,
        "about": known.about,
        "settings": settings.collect::<Vec<_>>(),
        "channels": on_it.map(|u| json!({"tenant_id": u.tenant_id, "channel": u.channel})).collect::<Vec<_>>(),
    })
}

async fn check(global: &Global, session: &Session, name: String, of: OfTenant) -> Result<(), Failure> {
    let tenant = session.tenant(of).await?;
    let which = name.clone();
    let find = move |r: &mut store::Reader<'_>| channel::list(r, &tenant, Some(&which));
    let row = session.store().read("platform.check", find).await?.pop();
    let row = row.ok_or(domain::Error::from(Refusal::ChannelNotExist))?;
    let made = platform::make(&row.platform, &row.settings);
    let made: Arc<dyn Platform> = made.map_err(|what| {
        anyhow::anyhow!(
            "{} does not take the channel's settings: {what}; correct them with `laqun channel set`",
            row.platform
        )
    })?;
    // An id that no group has: nothing is made, and the platform has to say so.
    let key = id::platform_key(session.ids.uuid(session.now_ms));
    let began = std::time::Instant::now();
    match tokio::time::timeout(PATIENCE, made.find(&key)).await {
        Ok(Ok(_)) => {}
        Ok(Err(error @ Broken::Fail { .. })) => {
            return Err(anyhow::anyhow!("{}: {error}", row.platform).into());
        }
        Ok(Err(error)) => return Err(Failure::Unreachable(anyhow::anyhow!("{}: {error}", row.platform))),
        Err(_) => {
            let seconds = PATIENCE.as_secs();
            return Err(Failure::Unreachable(anyhow::anyhow!(
                "{} has not answered for {seconds} s",
                row.platform
            )));
        }
    }
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let value = json!({"channel": name, "platform": row.platform, "answered": true, "took_ms": took_ms});
    print::done(global.json, &format!("channel {name}: {} answered in {took_ms} ms", row.platform), &value);
    Ok(())
}
