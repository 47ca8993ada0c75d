//! `laqun key`.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand};
use serde_json::json;
use store::{Begun, KeySource, Rotation};

use super::{Failure, Global, print, progress::Bar, session::Session};
use crate::{
    app::open::key_source,
    backup::Progress as _,
    domain::{Error, audit, directory, sealed},
};

/// The master key, under which secrets are sealed.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Replace the master key, while servers run.
    Rotate(Rotate),
}

/// Replace the master key, and seal everything anew, while servers run and calls go on.
///
/// In a data folder the new key is made and put into master.key. Where you gave the key's file (LAQUN_MASTER_KEY_FILE, always
/// so on PostgreSQL) make the new one yourself and name it with --new-key-file; servers that run need not be told, but put
/// the new file in place on every machine before a server is started there again. If this command is interrupted, run it
/// again: it goes on where it was.
///
/// Afterwards the old key is not needed any more but for backups made before, and opens nothing that is sealed from now on.
/// It still opens old backups and old copies of the database, with the secrets in them: if it may be known to others, then
/// rotate the apps' secrets, too.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  laqun key rotate                                    SQLite, key in the data folder\n  \
                        openssl rand -hex 32 > new.key && laqun key rotate --new-key-file new.key"
)]
pub(super) struct Rotate {
    /// The file with the new key: 64 hexadecimal digits.
    #[arg(long, value_name = "FILE")]
    new_key_file: Option<PathBuf>,
    /// How long servers are given to learn of the new key, seconds; they look each second.
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    linger: u64,
}

impl Verb {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        match self {
            Self::Rotate(rotate) => rotate.run(global).await,
        }
    }
}

impl Rotate {
    async fn run(self, global: &Global) -> Result<(), Failure> {
        let settings = global.settings(Vec::new())?;
        let session = Session::open(global).await?;
        let (store, key) = (session.store(), &session.opened.key);
        let source = key_source(&settings);
        let new_file = self.new_key_file.as_deref();
        let rotation = Rotation::prepare(store, key, source, new_file, session.now_ms).await?;
        let rotation = std::sync::Arc::new(rotation);
        let begun = self.begin(&session, &rotation).await?;
        let mut count = 0;
        if begun != Begun::Ended {
            count = self.seal_anew(&session).await?;
            let (actor, ending, engine) = (session.actor(), std::sync::Arc::clone(&rotation), store.engine());
            let unit = move |tx: &mut store::Tx<'_>| {
                ending.finish(tx, engine)?;
                audit::record(tx, &actor, 0, "key.rotated", &ending.new_id())?;
                directory::touch(tx)
            };
            session.write("key.rotate.finish", unit).await?;
        }
        let cleaned = rotation.clean()?;
        session.close().await;
        let (old, new) = (rotation.old_id().to_owned(), rotation.new_id());
        let sentence = said(begun, &old, &new, count, cleaned, source);
        print::done(global.json, &sentence, &json!({"old": old, "new": new, "sealed_anew": count}));
        Ok(())
    }

    async fn begin(&self, session: &Session, rotation: &std::sync::Arc<Rotation>) -> Result<Begun, Failure> {
        let (actor, beginning) = (session.actor(), std::sync::Arc::clone(rotation));
        let unit = move |tx: &mut store::Tx<'_>| {
            let begun = beginning.begin(tx)?;
            if begun == Begun::Now {
                audit::record(tx, &actor, 0, "key.rotate", &beginning.new_id())?;
                directory::touch(tx)?;
            }
            Ok::<_, Error>(begun)
        };
        session.write("key.rotate.begin", unit).await
    }

    /// Passes over everything until one finds nothing to do, the last not before servers had their time to learn of the
    /// key: one that does not know it yet may seal with the old one.
    async fn seal_anew(&self, session: &Session) -> Result<u64, Failure> {
        let (store, key) = (session.store(), &session.opened.key);
        let began = tokio::time::Instant::now();
        let known = began + Duration::from_secs(self.linger);
        let refreshed = store::MasterKey::clone(key);
        store.read("key.refresh", move |r| refreshed.refresh(r)).await?;
        let bar = std::sync::Arc::new(Bar::counting());
        bar.begin("groups looked at", 0);
        let mut sealed_anew = 0;
        loop {
            let last = tokio::time::Instant::now() >= known;
            let watching = std::sync::Arc::clone(&bar);
            let done = sealed::seal_anew(store, key, &move |looked, _| watching.at(looked)).await?;
            sealed_anew += done;
            if last && done == 0 {
                return Ok(sealed_anew);
            }
            if !last && done == 0 {
                tokio::time::sleep_until(known).await;
            }
        }
    }
}

fn said(begun: Begun, old: &str, new: &str, count: u64, cleaned: bool, source: KeySource<'_>) -> String {
    let head = match begun {
        Begun::Ended => format!("the master key is {new}; its replacing had ended before"),
        Begun::Now | Begun::Before => {
            format!("the master key is now {new} instead of {old}; {count} secrets were sealed anew")
        }
    };
    let file = match (cleaned, source) {
        (true, KeySource::Folder(folder)) => {
            format!(
                "{} has the new key. Copy it to where you keep the key, apart from the backups.",
                folder.join(store::KEY_FILE).display()
            )
        }
        (_, KeySource::File(path) | KeySource::Folder(path)) => format!(
            "Put the new key's file in place of {} now, on every machine, before a server is started there again.",
            path.display()
        ),
    };
    format!("{head}\n{file}\nKeep the old key only as long as backups made with it, which need it.")
}
