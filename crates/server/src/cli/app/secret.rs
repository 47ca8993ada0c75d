//! `laqun app secret` and `laqun app rotate`.

use std::{io::BufRead, sync::Arc};

use clap::{Args, Subcommand};
use serde_json::json;
use uuid::Uuid;

use super::view_of_secret;
use crate::{
    cli::{
        Failure, Global,
        print::{self, members},
        session::Session,
        time::duration_ms,
    },
    domain::app::{self, secret::NewSecret},
};

/// Add, list and remove an app's secrets.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Verb {
    /// Add a second secret. It is printed once and stored sealed.
    #[command(after_long_help = "Examples:\n  laqun app secret add 87654321\n  \
        pass show laqun-next | laqun app secret add 87654321 --secret -")]
    Add {
        /// The AppKey.
        key: String,
        #[command(flatten)]
        secret: Given,
    },
    /// List an app's secrets: their ids and times, never the secrets.
    #[command(after_long_help = "Examples:\n  laqun app secret list 87654321")]
    List {
        /// The AppKey.
        key: String,
    },
    /// Remove a secret: what it signs is refused from the next call on.
    #[command(
        after_long_help = "Examples:\n  laqun app secret remove 87654321 019a2b3c-4d5e-7f60-8123-456789abcdef"
    )]
    Remove {
        /// The AppKey.
        key: String,
        /// Its id, as `laqun app secret list` shows it.
        secret_id: Uuid,
    },
}

/// A secret that is given, or made. It is not taken from the environment: there stands the old one, for `laqun call`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Given {
    /// The secret; - reads it from standard input, and a random one is made without it. On the command line every
    /// user of the machine can see it.
    #[arg(long)]
    secret: Option<String>,
}

/// What `--secret` says: a secret, `-` for standard input, or nothing for a random one.
pub(super) fn text(given: Option<&str>, session: &Session) -> anyhow::Result<String> {
    match given {
        // 32 hexadecimal digits, as TOP's secrets are.
        None => Ok(data_encoding::HEXLOWER.encode(&session.ids.random::<16>())),
        Some("-") => first_line(std::io::stdin().lock()),
        Some(given) => Ok(given.to_owned()),
    }
}

/// The first line, without its end.
fn first_line(mut input: impl BufRead) -> anyhow::Result<String> {
    let mut line = String::new();
    input.read_line(&mut line)?;
    let secret = line.trim_end_matches(['\r', '\n']);
    anyhow::ensure!(!secret.is_empty(), "--secret -: there is no secret on standard input");
    Ok(secret.to_owned())
}

/// A secret in place of another.
#[derive(Debug, Args)]
pub(in crate::cli) struct Rotate {
    /// The AppKey.
    key: String,
    /// How long the old secret goes on signing: seconds, or such as 36h or 7d; until it is removed without it.
    #[arg(long, value_name = "DURATION", value_parser = duration_ms)]
    keep: Option<i64>,
    #[command(flatten)]
    secret: Given,
}

impl Rotate {
    pub(super) async fn run(self, global: &Global, session: &Session) -> Result<(), Failure> {
        let Self { key, keep, secret } = self;
        let text = text(secret.secret.as_deref(), session)?;
        let new = NewSecret { id: session.ids.uuid(session.now_ms), text: text.clone() };
        let value = json!({
            "app_key": key, "secret_id": new.id.to_string(), "secret": text,
            "old_until": keep.map(|keep| print::time(session.now_ms.saturating_add(keep))),
        });
        let old = match keep {
            None => {
                "the old secret signs until it is removed: laqun app secret list, laqun app secret remove"
                    .to_owned()
            }
            Some(keep) => {
                format!("the old secret signs until {}", print::time(session.now_ms.saturating_add(keep)))
            }
        };
        let sentence =
            format!("app {key} has a new secret\nsecret: {text}\n(the secret is not shown again)\n{old}");
        let (actor, sealing) = (session.actor(), Arc::clone(&session.opened.key));
        let unit = move |tx: &mut store::Tx<'_>| app::secret::rotate(tx, &actor, &sealing, &key, &new, keep);
        session.write("app.rotate", unit).await?;
        print::done(global.json, &sentence, &value);
        Ok(())
    }
}

impl Verb {
    pub(super) async fn run(self, global: &Global, session: &Session) -> Result<(), Failure> {
        match self {
            Self::Add { key, secret } => {
                let text = text(secret.secret.as_deref(), session)?;
                let new = NewSecret { id: session.ids.uuid(session.now_ms), text: text.clone() };
                let sentence =
                    format!("app {key} has one more secret\nsecret: {text}\n(the secret is not shown again)");
                let value = json!({"app_key": key, "secret_id": new.id.to_string(), "secret": text});
                let (actor, sealing) = (session.actor(), Arc::clone(&session.opened.key));
                let unit = move |tx: &mut store::Tx<'_>| app::secret::add(tx, &actor, &sealing, &key, &new);
                session.write("app.secret.add", unit).await?;
                print::done(global.json, &sentence, &value);
            }
            Self::List { key } => {
                let read = move |r: &mut store::Reader<'_>| {
                    app::find(r, &key)?;
                    app::secret::list(r, &key)
                };
                let rows = session.store().read("app.secret.list", read).await?;
                let rows: Vec<_> =
                    rows.iter().map(|row| members(view_of_secret(row, session.now_ms))).collect();
                print::rows(global.json, &["secret_id", "live", "created_at", "expires_at"], &rows);
            }
            Self::Remove { key, secret_id } => {
                let (actor, app_key) = (session.actor(), key.clone());
                let unit = move |tx: &mut store::Tx<'_>| app::secret::remove(tx, &actor, &app_key, secret_id);
                session.write("app.secret.remove", unit).await?;
                let value = json!({"app_key": key, "secret_id": secret_id.to_string()});
                print::done(global.json, &format!("secret {secret_id} of app {key} removed"), &value);
            }
        }
        Ok(())
    }
}
