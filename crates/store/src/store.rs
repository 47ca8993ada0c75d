//! The store itself: open, query, read, write, close.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use data_encoding::BASE64;
use parking_lot::Mutex;
use tokio::sync::watch;
use tracing::Instrument as _;

use crate::folder::random_name;
use crate::migrate::{migrate, pending};
use crate::queue::Queue;
use crate::signals::{Signals, Writable};
use crate::unit::{reading, writing};
use crate::{Error, Migration, Param, Reader, Record, Stats, Step, Tx, params, postgres, sqlite};

/// Which database is behind the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The embedded one.
    Sqlite,
    /// The shared one.
    Postgres,
}

/// Where the data is.
#[derive(Clone)]
pub enum Location {
    /// A file; made if it is not there (its folder must be).
    Sqlite(PathBuf),
    /// An address, as URL or `key=value` words. Beside what `libpq` knows: `sslmode=verify-full` and `sslrootcert=FILE`.
    /// TLS, once used, always verifies the server.
    Postgres(String),
}

/// Without the address: it may hold a password.
impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "Sqlite({})", path.display()),
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

/// How to open a store. Begin with [`Options::new`] and change what differs.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the data is.
    pub location: Location,
    /// Accept settings under which answered work can be lost (tests on a throw-away server).
    pub unsafe_durability: bool,
    /// How many units may wait for a writer; one more is refused with [`Error::Busy`].
    pub queue_capacity: usize,
    /// SQLite: read connections kept. PostgreSQL: shared connections for [`Store::query`], and as many threads for
    /// [`Store::read`].
    pub readers: usize,
    /// PostgreSQL: writer threads, each with a connection; more of them where the server is far away. SQLite always has one.
    pub writers: usize,
    /// PostgreSQL: how long one statement may run.
    pub statement_timeout: Duration,
    /// PostgreSQL: how long a unit waits for a lost database, from when it was queued, before it is given up.
    pub patience: Duration,
}

impl Options {
    /// The defaults for this location.
    pub fn new(location: Location) -> Self {
        Self {
            location,
            unsafe_durability: false,
            queue_capacity: 1024,
            readers: 4,
            writers: 8,
            statement_timeout: Duration::from_secs(15),
            patience: Duration::from_secs(5),
        }
    }
}

/// A handle on the database; cheap to clone, all clones are the same store. When the last one goes, what is queued is
/// still finished; [`Store::close`] waits for that.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    side: Side,
    writes: Arc<Queue>,
    signals: Arc<Signals>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    instance: String,
}

enum Side {
    Sqlite(Arc<sqlite::Readers>),
    Postgres(postgres::Readers),
}

/// SQLite: how many units share one COMMIT.
const BATCH: usize = 256;

impl Store {
    /// Connects, reads the durability settings back, migrates, and starts the writers. `namespace` names the program's
    /// own migrations.
    ///
    /// # Errors
    /// Refuses with a remedy: settings that are not durable, a schema newer than `migrations`, an edited migration, an
    /// address that does not answer.
    pub async fn open(
        options: Options,
        namespace: &'static str,
        migrations: &[Migration],
    ) -> Result<Self, Error> {
        let writes = Arc::new(Queue::new(options.queue_capacity));
        let signals = Arc::new(Signals::default());
        let (side, threads) = match &options.location {
            Location::Sqlite(path) => {
                let path = path.clone();
                let migrations = migrations.to_vec();
                let (writes, signals) = (writes.clone(), signals.clone());
                let open = move || {
                    let connection = sqlite::open_writer(&path, options.unsafe_durability)?;
                    let mut session = sqlite::Sqlite(&connection);
                    if !pending(&mut session, Engine::Sqlite, namespace, &migrations)?.is_empty() {
                        migrate(&mut session, Engine::Sqlite, namespace, &migrations)?;
                    }
                    let place = Arc::new(sqlite::Place::of(path)?);
                    let readers = Arc::new(sqlite::Readers::open(place.clone(), options.readers)?);
                    let thread = sqlite::start(connection, place, writes, signals, BATCH)?;
                    Ok::<_, Error>((Side::Sqlite(readers), vec![thread]))
                };
                blocking(open).await??
            }
            Location::Postgres(address) => {
                let (readers, threads) =
                    postgres::open(address, &options, namespace, migrations, &writes, &signals).await?;
                (Side::Postgres(readers), threads)
            }
        };
        let inner = Inner { side, writes, signals, threads: Mutex::new(threads), instance: random_name() };
        let store = Self(Arc::new(inner));
        store.tick_each_second();
        Ok(store)
    }

    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        match self.0.side {
            Side::Sqlite(_) => Engine::Sqlite,
            Side::Postgres(_) => Engine::Postgres,
        }
    }

    /// The random name of this process.
    pub fn instance(&self) -> &str {
        &self.0.instance
    }

    /// One statement that only reads, outside any unit: the hot path. On SQLite it runs at once on the calling thread (a
    /// few microseconds by key; use [`Store::read`] for scans), on PostgreSQL it shares a connection, and its round
    /// trips, with other queries.
    pub async fn query<T: Record>(&self, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<T>, Error> {
        match &self.0.side {
            Side::Sqlite(readers) => readers.query(sql, params),
            Side::Postgres(readers) => readers.query(sql, params).await,
        }
    }

    /// The first row of [`Store::query`], or none.
    pub async fn query_opt<T: Record>(
        &self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Option<T>, Error> {
        Ok(self.query(sql, params).await?.into_iter().next())
    }

    /// What opening would apply to the database first. Changes nothing; a SQLite file that is not there is not made.
    ///
    /// # Errors
    /// Like [`Store::open`]: a newer schema, an edited migration, no answer.
    pub async fn pending(
        options: &Options,
        namespace: &'static str,
        migrations: &[Migration],
    ) -> Result<Vec<Step>, Error> {
        match &options.location {
            Location::Sqlite(path) => {
                let (path, migrations) = (path.clone(), migrations.to_vec());
                let look = move || {
                    let connection = sqlite::open_to_look(&path)?;
                    pending(&mut sqlite::Sqlite(&connection), Engine::Sqlite, namespace, &migrations)
                };
                blocking(look).await?
            }
            Location::Postgres(address) => postgres::lacks(address, options, namespace, migrations).await,
        }
    }

    /// Several reads in one snapshot, off the async threads. Never waits behind writes. The closure may be run again when
    /// the connection is lost.
    pub async fn read<T, E, F>(&self, name: &'static str, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: Fn(&mut Reader<'_>) -> Result<T, E> + Send + 'static,
    {
        let (unit, answer) = reading(name, f);
        match &self.0.side {
            Side::Sqlite(readers) => {
                let readers = readers.clone();
                blocking(move || readers.read(unit)).await?;
            }
            Side::Postgres(readers) => readers.read(unit)?,
        }
        answer.await.unwrap_or_else(|_| Err(Error::Closed.into()))
    }

    /// The unit of work: all of it or nothing, and durable before this returns.
    ///
    /// The closure is synchronous, without network or clock, and **must be idempotent**: it is run again after a deadlock, a
    /// lost connection, and a connection lost *during* COMMIT, when what it wrote may already be there. So ids and times
    /// are made before it, and it looks before it inserts (or says `ON CONFLICT`).
    ///
    /// An `Err` from the closure rolls back this unit alone. A unit that was queued is carried out even if the caller
    /// stops waiting; one that was not begun by then is dropped.
    ///
    /// # Errors
    /// [`Error::Busy`] at once when the queue is full; [`Error::Unavailable`] at once while the database is known to be
    /// down; [`Error::UnknownCommit`] when a lost COMMIT could not be asked
    /// again in time; what else [`Error`] lists.
    pub async fn write<T, E, F>(&self, name: &'static str, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        if let Side::Postgres(readers) = &self.0.side {
            readers.known_down()?;
        }
        let (unit, answer) = writing(name, f);
        self.0.writes.push(unit)?;
        // Who collects spans sees how long it waited and ran.
        let answer = answer.instrument(tracing::trace_span!("unit", otel.name = name));
        answer.await.unwrap_or_else(|_| Err(Error::Closed.into()))
    }

    /// Changes whenever the feed may have advanced: at once after a commit of this process, soon after one of another, and
    /// in any case each second, for lost notices and for transactions that ended elsewhere. Read the feed at each change.
    pub fn feed_signal(&self) -> watch::Receiver<u64> {
        self.0.signals.feed.subscribe()
    }

    /// The same for the job queue.
    pub fn job_signal(&self) -> watch::Receiver<u64> {
        self.0.signals.jobs.subscribe()
    }

    pub(crate) fn signals(&self) -> &Signals {
        &self.0.signals
    }

    /// Counters, for metrics.
    pub fn stats(&self) -> Stats {
        self.0.signals.stats(&self.0.writes)
    }

    /// Connections for reading: on SQLite those that wait for use, on PostgreSQL those that are up; and how many are kept.
    pub fn read_connections(&self) -> (usize, usize) {
        match &self.0.side {
            Side::Sqlite(readers) => readers.connections(),
            Side::Postgres(readers) => readers.connections(),
        }
    }

    /// Bytes that the database takes on its disk.
    pub async fn size(&self) -> Result<u64, Error> {
        const SIZE: &str = "SELECT pg_database_size(current_database())";
        match &self.0.side {
            Side::Sqlite(readers) => readers.size(),
            Side::Postgres(readers) => {
                let found = readers.query::<(i64,)>(SIZE, &[]).await?;
                Ok(found.first().map_or(0, |(bytes,)| u64::try_from(*bytes).unwrap_or(0)))
            }
        }
    }

    /// Whether the database takes writes: yes, until one was refused for want of room (or right), and again from the next
    /// one that is committed. While it does not, asking here tries a write of about the size of a real one, at most once a
    /// second, so that room that was made is noticed without anybody's help.
    ///
    /// # Errors
    /// Why the last write was refused ([`Error::is_storage`]), or why the trial could not be made.
    pub async fn writable(&self) -> Result<(), Error> {
        const PROBE: &str = "INSERT INTO store_meta (name, value) VALUES ('probe', $1) \
            ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        if let Side::Sqlite(readers) = &self.0.side {
            readers.place().check()?;
        }
        match self.0.signals.writable() {
            Writable::Yes => Ok(()),
            Writable::No(error) => Err(error),
            Writable::Unsure => {
                // By chance, so that PostgreSQL can neither compress it nor leave the old value where it is.
                let mut bytes = [0; 12 * 1024];
                getrandom::fill(&mut bytes).map_err(|error| Error::Unavailable(error.to_string()))?;
                let value = BASE64.encode(&bytes);
                self.write("store.probe", move |tx| tx.put(PROBE, params![&value])).await
            }
        }
    }

    /// Refuses new units, finishes those that were accepted, and ends the threads.
    pub async fn close(&self) {
        self.0.shut();
        let threads = std::mem::take(&mut *self.0.threads.lock());
        // A thread that panicked has nothing more to finish.
        drop(blocking(move || threads.into_iter().for_each(|thread| drop(thread.join()))).await);
    }

    /// A lost notice costs a second, not a message.
    fn tick_each_second(&self) {
        let signals = Arc::downgrade(&self.0.signals);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                let Some(signals) = signals.upgrade() else { return };
                signals.tick();
            }
        });
    }
}

impl Inner {
    fn shut(&self) {
        // The readers first: two connections of SQLite that close at the same time leave the log to the next start.
        match &self.side {
            Side::Sqlite(readers) => readers.close(),
            Side::Postgres(readers) => readers.close(),
        }
        self.writes.close();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shut();
    }
}

/// Runs what may block off the async threads.
pub(crate) async fn blocking<R: Send + 'static>(
    run: impl FnOnce() -> R + Send + 'static,
) -> Result<R, Error> {
    let ran = tokio::task::spawn_blocking(run).await;
    ran.map_err(|error| Error::Unavailable(format!("a blocking task ended early: {error}")))
}
