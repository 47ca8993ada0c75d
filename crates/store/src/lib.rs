//! Durable truth: SQLite (embedded) or PostgreSQL (shared) behind one unit of work and one SQL text.
//!
//! ```
//! use store::{Location, Migration, Options, Read, Store, params, record};
//!
//! const SCHEMA: &[Migration] = &[Migration {
//!     version: 1,
//!     name: "notes",
//!     sql: "CREATE TABLE note (id BIGINT PRIMARY KEY, body TEXT NOT NULL);",
//! }];
//!
//! record! { struct Note { id: i64, body: String } }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
//! let folder = tempfile::tempdir()?;
//! let options = Options::new(Location::Sqlite(folder.path().join("notes.db")));
//! let store = Store::open(options, "notes", SCHEMA).await?;
//!
//! // All of it or nothing, and on disk before `write` returns.
//! let body = "hello".to_owned();
//! let count = store
//!     .write("note.add", move |tx| {
//!         tx.put("INSERT INTO note (id, body) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING", params![1, &body])?;
//!         let count: Option<(i64,)> = tx.one("SELECT COUNT(*) FROM note", &[])?;
//!         Ok::<_, store::Error>(count.map_or(0, |(count,)| count))
//!     })
//!     .await?;
//! assert_eq!(count, 1);
//!
//! let note: Option<Note> = store.query_opt("SELECT id, body FROM note WHERE id = $1", params![1]).await?;
//! let note = note.ok_or("it was just written")?;
//! assert_eq!((note.id, note.body.as_str()), (1, "hello"));
//! store.close().await;
//! # Ok(()) })
//! # }
//! ```
//!
//! # Writing SQL for both engines
//!
//! * `$1`, `$2`, … in any order and any number of times; types BIGINT, TEXT, BYTEA, DOUBLE PRECISION; `ON CONFLICT`, `RETURNING`.
//! * A parameter whose type PostgreSQL cannot guess (`$1 IS NULL`, a bare `SELECT $1`) wants `CAST($1 AS TEXT)`.
//! * `SUM` of a BIGINT is NUMERIC on PostgreSQL: `CAST(SUM(x) AS BIGINT)`.
//! * Name computed columns (`COUNT(*) AS total`): a [`record!`] checks the names in debug builds.
//! * Lock rows in one order everywhere; an order of events inside a group comes from `UPDATE … SET last = last + 1 RETURNING`.
//! * No constraint that is checked at COMMIT (`DEFERRABLE`): its failure takes the whole batch with it.
//!
//! # Invariants
//!
//! * An answer leaves [`Store::write`] only after the COMMIT that carries it returned, with the log synced.
//! * A failed COMMIT fails every answer of its batch; after a COMMIT whose fate is unknown the unit is run again.
//! * No lock is held across an await; reads never wait behind writes; a full queue answers at once.
//! * The crate knows nothing of groups, of HTTP, or of the time of day: times are arguments.

pub mod backup;
pub mod blobs;
mod error;
mod feed;
mod folder;
mod histogram;
mod inspect;
mod jobs;
mod key;
mod migrate;
mod postgres;
mod queue;
mod record;
mod signals;
mod sqlite;
mod store;
mod unit;
mod value;
mod whisper;

pub use error::{Error, SqlCause};
pub use feed::{Change, Cursor, Event};
pub use folder::{Folder, Holder, give_to_owner};
pub use histogram::{Counted, Histogram};
pub use inspect::{Connections, Harm, Inspection, KeyFit, Schema, Setting, Way};
pub use jobs::{Buried, Claimed, Depth, Job, Jobs, KindDepth, LEASE_MS, Outcome};
pub use key::{Begun, Derived, KEY_FILE, KeySource, MasterKey, Rotation, key_ids};
pub use migrate::{Migration, SCHEMA_VERSION, Step};
pub use record::{Column, Record, Row};
pub use signals::Stats;
pub use store::{Engine, Location, Options, Store};
pub use unit::{Read, Reader, Tx};
pub use value::{Param, ValueRef};
