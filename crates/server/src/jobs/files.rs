//! Files that nobody sent are removed after a day, and with those that were recalled the bytes that no row needs any more.

use std::{sync::Arc, time::Duration};

use store::{Error, blobs::SetAside};
use tokio::{sync::watch, time::timeout};

use crate::{
    app::App,
    domain::attachment::{self, Leaving},
};

/// How long an uploaded file waits to be sent, and how long bytes are left alone: whoever stores the same content writes
/// its row first, but looks at nothing.
const KEPT_MS: i64 = 24 * 3_600_000;
/// How many files one sweep takes.
const FILES: i64 = 200;
/// The pause between two sweeps.
const PAUSE: Duration = Duration::from_mins(10);

/// Sweeps until it is told to stop. Several processes may do so at once, over one folder.
pub(super) async fn work(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    loop {
        match sweep(&app, app.clock.now_ms()).await {
            Ok(0) => {}
            Ok(files) => tracing::info!(files, "files that were not sent, or were recalled, were removed"),
            Err(error) => tracing::warn!(%error, "files cannot be swept; it is tried again later"),
        }
        // A sender that is gone means the same.
        if timeout(PAUSE, stop.wait_for(|stop| *stop)).await.is_ok() {
            return;
        }
    }
}

/// One sweep at `now_ms`; how many files are gone for good.
async fn sweep(app: &App, now_ms: i64) -> Result<u64, Error> {
    let before_ms = now_ms.saturating_sub(KEPT_MS);
    for file in app.store.read("attachment.unsent", move |r| attachment::unsent(r, before_ms, FILES)).await? {
        app.store.write("attachment.expire", move |tx| file.remove(tx)).await?;
    }
    let mut gone = 0;
    for file in
        app.store.read("attachment.leaving", move |r| attachment::leaving(r, before_ms, FILES)).await?
    {
        if clear(app, &file, before_ms).await? {
            app.store.write("attachment.forget", move |tx| attachment::forget(tx, &file)).await?;
            gone += 1;
        }
    }
    Ok(gone)
}

/// Removes the bytes of a file that no other needs; false if they were stored too lately to tell.
async fn clear(app: &App, file: &Leaving, before_ms: i64) -> Result<bool, Error> {
    for name in std::iter::once(&file.blob).chain(&file.thumb) {
        // What another row needs stays where it is: out of its place nobody could read it, nor a backup copy it.
        if is_named(app, name).await? {
            continue;
        }
        match app.blobs.set_aside(name, before_ms).await? {
            SetAside::Fresh => return Ok(false),
            SetAside::Absent => {}
            // Out of its place, and then the look again: who stores it from now on stores another file.
            SetAside::Aside(blob) => {
                if !is_named(app, name).await? {
                    blob.remove().await?;
                }
            }
        }
    }
    Ok(true)
}

async fn is_named(app: &App, blob: &str) -> Result<bool, Error> {
    let blob = blob.to_owned();
    app.store.read("attachment.named", move |r| attachment::is_named(r, &blob)).await
}
