//! `laqun app`.

use std::sync::Arc;

use clap::Subcommand;
use ipnet::IpNet;
use serde_json::{Value, json};

use super::{
    Failure, Global,
    print::{self, members, time},
    session::Session,
};
use crate::domain::app::{self, AppRow, NewApp};

/// Add, list, show and grant apps.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Add an app. Its secret is printed once and stored sealed.
    Add {
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
    },
    /// List apps.
    List,
    /// Show an app, without its secret.
    Show {
        /// The AppKey.
        key: String,
    },
    /// Let an app act for a tenant.
    Grant {
        /// The AppKey.
        key: String,
        /// The tenant's number.
        tenant: i64,
    },
}

fn network(text: &str) -> Result<IpNet, String> {
    let address = text.parse::<std::net::IpAddr>().map(IpNet::from);
    address.or_else(|_| text.parse()).map_err(|_| "a network such as 10.0.0.0/8, or an address".to_owned())
}

impl Verb {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let session = Session::open(global).await?;
        match self {
            Self::Add { key, name, secret, grants, allow_ip, calls_per_second } => {
                let key = key.unwrap_or_else(|| made_up_key(&session));
                let secret = match secret.as_deref() {
                    None => random_secret(&session),
                    Some("-") => secret_from(std::io::stdin().lock())?,
                    Some(given) => given.to_owned(),
                };
                let new = NewApp { key: key.clone(), name, demo: false, allow_ip, calls_per_second };
                let (actor, sealing, shown) =
                    (session.actor(), Arc::clone(&session.opened.key), secret.clone());
                let secret_id = session.ids.uuid(session.now_ms);
                let unit = move |tx: &mut store::Tx<'_>| {
                    app::add(tx, &actor, &sealing, &new, secret_id, &secret)?;
                    grants
                        .iter()
                        .enumerate()
                        .try_for_each(|(i, tenant)| app::grant(tx, &actor.numbered(i), &new.key, *tenant))
                };
                session.write("app.add", unit).await?;
                let sentence = format!("app {key} added\nsecret: {shown}\n(the secret is not shown again)");
                print::done(global.json, &sentence, &json!({"app_key": key, "secret": shown}));
            }
            Self::List => {
                let rows = session.store().read("app.list", |r| app::list(r, None)).await?;
                let rows: Vec<_> = rows.iter().map(|row| members(view(row, None))).collect();
                print::rows(
                    global.json,
                    &["app_key", "name", "enabled", "demo", "calls_per_second", "created_at"],
                    &rows,
                );
            }
            Self::Show { key } => {
                let unit = move |r: &mut store::Reader<'_>| {
                    Ok::<_, crate::domain::Error>((app::list(r, Some(&key))?, app::grants(r, &key)?))
                };
                let (rows, grants) = session.store().read("app.show", unit).await?;
                let row = rows.first().ok_or_else(|| anyhow::anyhow!("no such app: see `laqun app list`"))?;
                print::object(global.json, &members(view(row, Some(grants))));
            }
            Self::Grant { key, tenant } => {
                let (actor, app_key) = (session.actor(), key.clone());
                session.write("app.grant", move |tx| app::grant(tx, &actor, &app_key, tenant)).await?;
                let value = json!({"app_key": key, "tenant_id": tenant});
                print::done(global.json, &format!("app {key} may act for tenant {tenant}"), &value);
            }
        }
        session.close().await;
        Ok(())
    }
}

/// The first line, without its end.
fn secret_from(mut input: impl std::io::BufRead) -> anyhow::Result<String> {
    let mut line = String::new();
    input.read_line(&mut line)?;
    let secret = line.trim_end_matches(['\r', '\n']);
    anyhow::ensure!(!secret.is_empty(), "--secret -: there is no secret on standard input");
    Ok(secret.to_owned())
}

/// Eight digits, as TOP's keys are.
fn made_up_key(session: &Session) -> String {
    let random = u32::from_le_bytes(session.ids.random());
    (10_000_000 + random % 90_000_000).to_string()
}

/// 32 hexadecimal digits, as TOP's secrets are.
pub(super) fn random_secret(session: &Session) -> String {
    data_encoding::HEXLOWER.encode(&session.ids.random::<16>())
}

fn view(row: &AppRow, grants: Option<Vec<i64>>) -> Value {
    let mut view = json!({
        "app_key": row.app_key,
        "name": row.name,
        "enabled": row.enabled,
        "demo": row.demo,
        "allow_ip": row.allow_ip.split_whitespace().collect::<Vec<_>>(),
        "calls_per_second": row.calls_per_second,
        "created_at": time(row.created_at),
    });
    if let Some(grants) = grants {
        view["tenants"] = json!(grants);
    }
    view
}
