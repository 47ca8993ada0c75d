//! Figures that have to be looked for: in the database, on the disk. Taken in the background, when somebody has asked for the
//! last ones, so that a scrape never waits and nobody's interest costs nothing.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use arc_swap::ArcSwapOption;
use store::KindDepth;
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

use crate::{
    app::App,
    domain::{
        Error, directory,
        group::count::{ByState, Count},
    },
    jobs,
};

/// How old figures become before others are looked for.
const OLD: Duration = Duration::from_secs(5);
/// However long it takes to look, it takes at most this part of the time, but for the longest pause.
const SHARE: u32 = 50;
/// The longest pause.
const LONGEST: Duration = Duration::from_mins(5);
/// How long the database may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// How long it took to find.
    pub took: Duration,
    /// What the database told, if it answered.
    pub database: Option<Database>,
    /// Of the volume with the data folder: bytes that are free, and all of them.
    pub disk: Option<(u64, u64)>,
}

/// What the database told.
#[derive(Debug, Clone)]
pub struct Database {
    /// Bytes that it takes.
    pub bytes: u64,
    /// Jobs by kind.
    pub jobs: Vec<KindDepth>,
    /// Groups by state.
    pub groups: ByState,
}

/// The last sample, and the wish for another.
#[derive(Debug, Default)]
pub struct Samples {
    last: ArcSwapOption<Sample>,
    wanted: Notify,
}

impl Samples {
    /// The last sample, if there is one yet. Another is taken then if this one is old.
    pub fn last(&self) -> Option<Arc<Sample>> {
        self.wanted.notify_one();
        self.last.load_full()
    }
}

/// Takes samples as they are wanted, the first at once; to be aborted when the server ends.
pub async fn take(app: Arc<App>, samples: Arc<Samples>, folder: PathBuf) {
    let mut count = Count::default();
    loop {
        let began = Instant::now();
        let database = match timeout(PATIENCE, ask(&app, &mut count)).await {
            Ok(Ok(database)) => Some(database),
            Ok(Err(error)) => {
                tracing::warn!(%error, "figures of the database could not be taken");
                None
            }
            Err(_) => {
                tracing::warn!("figures of the database could not be taken: it does not answer in a minute");
                None
            }
        };
        let took = began.elapsed();
        // Time spent waiting for a database that is gone was no work for it; that it is back is to be seen soon.
        let pause = if database.is_some() { (took * SHARE).clamp(OLD, LONGEST) } else { OLD };
        let disk = disk(folder.clone()).await;
        samples.last.store(Some(Arc::new(Sample { at_ms: app.clock.now_ms(), took, database, disk })));
        sleep(pause).await;
        samples.wanted.notified().await;
    }
}

async fn ask(app: &App, count: &mut Count) -> Result<Database, Error> {
    let now_ms = app.clock.now_ms();
    let mut directory = app.directory.current();
    if directory::version(&app.store).await? != directory.version {
        directory = app.directory.reload(&app.store, &app.key).await?;
    }
    Ok(Database {
        bytes: app.store.size().await?,
        jobs: with_idle_kinds(app.store.job_depth_by_kind(now_ms).await?),
        groups: count.by_state(&app.store, &directory.tenants(), now_ms).await?,
    })
}

/// A kind without a row has zeros, not nothing: a series that begins with the first failure cannot be seen to rise.
fn with_idle_kinds(mut depths: Vec<KindDepth>) -> Vec<KindDepth> {
    for kind in jobs::KINDS {
        if depths.iter().all(|depth| depth.kind != *kind) {
            depths.push(KindDepth {
                kind: (*kind).to_owned(),
                live: 0,
                overdue: 0,
                buried: 0,
                oldest_due_ms: None,
            });
        }
    }
    depths
}

/// A disk that hangs holds up a thread for such things, and not a scrape.
pub(super) async fn disk(folder: PathBuf) -> Option<(u64, u64)> {
    let looked = tokio::task::spawn_blocking(move || rustix::fs::statvfs(&folder));
    let found = timeout(PATIENCE, looked).await.ok()?.ok()?.ok()?;
    Some((found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize))
}
