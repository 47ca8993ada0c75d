//! `laqun app`.

mod change;
mod secret;

use std::sync::Arc;

use clap::{Args, Subcommand};
use ipnet::IpNet;
use serde_json::{Value, json};

use super::{
    Failure, Global,
    print::{self, members, time},
    session::Session,
};
use crate::domain::{
    self,
    app::{
        self, AppRow, NewApp,
        secret::{NewSecret, SecretRow},
    },
};

/// Add, list, show, change and remove apps; grant tenants; rotate secrets.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Add an app. Its secret is printed once and stored sealed.
    #[command(after_long_help = "Examples:\n  laqun app add --name 工单系统 --grant 200110004\n  \
        laqun app add 87654321 --allow-ip 10.0.0.0/8 --calls-per-second 50\n  \
        pass show laqun | laqun app add 87654321 --secret -")]
    Add(Add),
    /// List apps.
    #[command(
        after_long_help = "Examples:\n  laqun app list\n  laqun app list --json | jq -r 'select(.enabled | not).app_key'"
    )]
    List,
    /// Show an app with its tenants and what there is of its secrets, but for the secrets.
    #[command(after_long_help = "Examples:\n  laqun app show 87654321")]
    Show {
        /// The AppKey.
        key: String,
    },
    /// Change an app; what is not named stays. Running servers follow at their next call.
    #[command(
        after_long_help = "Examples:\n  laqun app set 87654321 --allow-ip 10.0.0.0/8 --allow-ip 192.0.2.7\n  \
        laqun app set 87654321 --any-ip --no-limit\n  laqun app set 87654321 --name 'ERP 2'"
    )]
    Set(change::Set),
    /// Switch an app on.
    #[command(after_long_help = "Examples:\n  laqun app on 87654321")]
    On {
        /// The AppKey.
        key: String,
    },
    /// Switch an app off: its calls are refused (code 29) until it is on again.
    #[command(after_long_help = "Examples:\n  laqun app off 87654321")]
    Off {
        /// The AppKey.
        key: String,
    },
    /// Remove an app with its secrets and grants. What it asked for stays.
    #[command(after_long_help = "Examples:\n  laqun app remove 87654321")]
    Remove {
        /// The AppKey.
        key: String,
    },
    /// Let an app act for a tenant.
    #[command(after_long_help = "Examples:\n  laqun app grant 87654321 200110004")]
    Grant(Granted),
    /// Take a grant back: the tenant is unknown to the app from its next call on.
    #[command(after_long_help = "Examples:\n  laqun app revoke 87654321 200110004")]
    Revoke(Granted),
    /// Make a new secret, print it once, and let the old one sign on.
    ///
    /// Without --keep the old secret signs until it is removed; with it, for that long.
    #[command(after_long_help = "Examples:\n  laqun app rotate 87654321 --keep 7d\n  \
        laqun app rotate 87654321            # then, when all callers have the new one:\n  \
        laqun app secret list 87654321\n  laqun app secret remove 87654321 SECRET_ID\n  \
        laqun app rotate 87654321 --keep 0   # the old one leaked")]
    Rotate(secret::Rotate),
    /// An app's secrets, at most two of them live.
    #[command(subcommand)]
    Secret(secret::Verb),
}

/// An app to be.
#[derive(Debug, Args)]
pub(super) struct Add {
    /// The AppKey, digits; a free one is made up without it.
    key: Option<String>,
    /// A name for people.
    #[arg(long, default_value = "")]
    name: String,
    /// The secret; - reads it from standard input, and a random one is made without it. On the command line every
    /// user of the machine can see it.
    #[arg(long, env = "LAQUN_APP_SECRET", hide_env_values = true)]
    secret: Option<String>,
    /// Tenants it may act for.
    #[arg(long = "grant", value_name = "TENANT")]
    grants: Vec<i64>,
    /// Networks or addresses it may call from; any without it.
    #[arg(long, value_name = "NETWORK", value_parser = network)]
    allow_ip: Vec<IpNet>,
    /// Calls a second it may make; any number without it.
    #[arg(long)]
    calls_per_second: Option<u32>,
}

/// An app and a tenant.
#[derive(Debug, Args)]
pub(super) struct Granted {
    /// The AppKey.
    key: String,
    /// The tenant's number.
    tenant: i64,
}

fn network(text: &str) -> Result<IpNet, String> {
    let address = text.parse::<std::net::IpAddr>().map(IpNet::from);
    address.or_else(|_| text.parse()).map_err(|_| "a network such as 10.0.0.0/8, or an address".to_owned())
}

impl Verb {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let session = Session::open(global).await?;
        match self {
            Self::Add(new) => add(global, &session, new).await?,
            Self::List => {
                let rows = session.store().read("app.list", |r| app::list(r, None)).await?;
                let rows: Vec<_> = rows.iter().map(|row| members(view(row))).collect();
                print::rows(
                    global.json,
                    &["app_key", "name", "enabled", "demo", "allow_ip", "calls_per_second", "created_at"],
                    &rows,
                );
            }
            Self::Show { key } => show(global, &session, key).await?,
            Self::Set(set) => set.run(global, &session).await?,
            Self::On { key } => change::switch(global, &session, key, true).await?,
            Self::Off { key } => change::switch(global, &session, key, false).await?,
            Self::Remove { key } => {
                let (actor, app_key) = (session.actor(), key.clone());
                session.write("app.remove", move |tx| app::remove(tx, &actor, &app_key)).await?;
                print::done(global.json, &format!("app {key} removed"), &json!({"app_key": key}));
            }
            Self::Grant(Granted { key, tenant }) => {
                let (actor, app_key) = (session.actor(), key.clone());
                session.write("app.grant", move |tx| app::grant(tx, &actor, &app_key, tenant)).await?;
                let value = json!({"app_key": key, "tenant_id": tenant});
                print::done(global.json, &format!("app {key} may act for tenant {tenant}"), &value);
            }
            Self::Revoke(Granted { key, tenant }) => {
                let (actor, app_key) = (session.actor(), key.clone());
                session.write("app.revoke", move |tx| app::revoke(tx, &actor, &app_key, tenant)).await?;
                let value = json!({"app_key": key, "tenant_id": tenant});
                print::done(
                    global.json,
                    &format!("app {key} may not act for tenant {tenant} any more"),
                    &value,
                );
            }
            Self::Rotate(rotate) => rotate.run(global, &session).await?,
            Self::Secret(verb) => verb.run(global, &session).await?,
        }
        session.close().await;
        Ok(())
    }
}

async fn add(global: &Global, session: &Session, add: Add) -> Result<(), Failure> {
    let key = add.key.unwrap_or_else(|| made_up_key(session));
    let text = secret::text(add.secret.as_deref(), session)?;
    let secret = NewSecret { id: session.ids.uuid(session.now_ms), text: text.clone() };
    let new = NewApp {
        key: key.clone(),
        name: add.name,
        demo: false,
        allow_ip: add.allow_ip,
        calls_per_second: add.calls_per_second,
    };
    let (actor, sealing, grants) = (session.actor(), Arc::clone(&session.opened.key), add.grants);
    let unit = move |tx: &mut store::Tx<'_>| {
        app::add(tx, &actor, &sealing, &new, &secret)?;
        let mut each = grants.iter().enumerate();
        each.try_for_each(|(i, tenant)| app::grant(tx, &actor.numbered(i), &new.key, *tenant))
    };
    session.write("app.add", unit).await?;
    let sentence = format!("app {key} added\nsecret: {text}\n(the secret is not shown again)");
    print::done(global.json, &sentence, &json!({"app_key": key, "secret": text}));
    Ok(())
}

async fn show(global: &Global, session: &Session, key: String) -> Result<(), Failure> {
    let unit = move |r: &mut store::Reader<'_>| {
        Ok::<_, domain::Error>((app::find(r, &key)?, app::grants(r, &key)?, app::secret::list(r, &key)?))
    };
    let (row, grants, secrets) = session.store().read("app.show", unit).await?;
    let mut view = view(&row);
    view["tenants"] = json!(grants);
    view["secrets"] = secrets.iter().map(|row| view_of_secret(row, session.now_ms)).collect();
    print::object(global.json, &members(view));
    Ok(())
}

/// Eight digits, as TOP's keys are.
fn made_up_key(session: &Session) -> String {
    let random = u32::from_le_bytes(session.ids.random());
    (10_000_000 + random % 90_000_000).to_string()
}

fn view(row: &AppRow) -> Value {
    json!({
        "app_key": row.app_key,
        "name": row.name,
        "enabled": row.enabled,
        "demo": row.demo,
        "allow_ip": row.allow_ip.split_whitespace().collect::<Vec<_>>(),
        "calls_per_second": row.calls_per_second,
        "created_at": time(row.created_at),
    })
}

fn view_of_secret(row: &SecretRow, now_ms: i64) -> Value {
    json!({
        "secret_id": row.secret_id.to_string(),
        "live": row.is_live(now_ms),
        "created_at": time(row.created_at),
        "expires_at": row.expires_at.map(time),
    })
}
