//! The job queue: rows that commit with the change that asked for them.

use crate::{Engine, Error, Read, Store, Tx, params, record};

/// How long a claim holds unless it is renewed, milliseconds.
pub const LEASE_MS: i64 = 10_000;

/// A job to be done. `(kind, key)` is unique: asking twice is one job. Asking while it runs makes it run once more
/// afterwards (it may have looked before the new change was there); asking for a buried one digs it up. Both begin to count
/// their attempts afresh and are `unsure`: what was tried before may have taken effect.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// Which handler.
    pub kind: &'a str,
    /// What it is about; with `kind`, what makes it the same job.
    pub key: &'a str,
    /// Whose.
    pub tenant_id: i64,
    /// What the handler needs, JSON. The last one asked for counts.
    pub payload: &'a str,
    /// Not before this time, milliseconds since 1970.
    pub due_ms: i64,
    /// The present, milliseconds since 1970.
    pub now_ms: i64,
}

record! {
    /// A job held by this process until its lease ends.
    pub struct Claimed {
        /// The row.
        pub id: i64,
        /// Which handler.
        pub kind: String,
        /// What it is about.
        pub key: String,
        /// Whose.
        pub tenant_id: i64,
        /// What the handler needs, JSON.
        pub payload: String,
        /// How often it was claimed, this time included.
        pub attempts: i64,
        /// An earlier attempt may have taken effect outside: look there before doing it again.
        pub unsure: bool,
        /// The cause of the last retry, if any.
        pub cause: Option<String>,
    }
}

record! {
    /// A job that was given up, kept with its cause.
    pub struct Buried {
        /// The row.
        pub id: i64,
        /// Which handler.
        pub kind: String,
        /// What it is about.
        pub key: String,
        /// Whose.
        pub tenant_id: i64,
        /// How often it was tried.
        pub attempts: i64,
        /// Why it was given up.
        pub cause: Option<String>,
    }
}

record! {
    /// The queue's state, for metrics.
    pub struct Depth {
        /// Jobs waiting or running.
        pub live: i64,
        /// Of these, jobs that nobody works on though they are due.
        pub overdue: i64,
        /// Jobs given up.
        pub buried: i64,
        /// When the oldest overdue job was due, milliseconds since 1970; none when nothing is overdue.
        pub oldest_due_ms: Option<i64>,
    }
}

record! {
    /// The state of one kind of jobs, for metrics.
    pub struct KindDepth {
        /// The kind.
        pub kind: String,
        /// Jobs waiting or running.
        pub live: i64,
        /// Of these, jobs that nobody works on though they are due.
        pub overdue: i64,
        /// Jobs given up.
        pub buried: i64,
        /// When the oldest overdue job was due, milliseconds since 1970; none when nothing is overdue.
        pub oldest_due_ms: Option<i64>,
    }
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Done: the row goes.
    Done,
    /// Not now: again after so many milliseconds.
    Retry {
        /// Milliseconds to wait.
        after_ms: i64,
        /// Why.
        cause: String,
    },
    /// Never: buried with its cause.
    Fail {
        /// Why, and what to do.
        cause: String,
    },
    /// It may have taken effect outside (a create that timed out): as `Retry`, and the next claim says so.
    Unsure {
        /// Milliseconds to wait.
        after_ms: i64,
        /// Why.
        cause: String,
    },
}

/// PostgreSQL skips rows that another process is claiming at this moment; SQLite has one writer and nothing to skip.
fn claim(engine: Engine) -> &'static str {
    macro_rules! text {
        ($lock:literal) => {
            concat!(
                "UPDATE store_job SET instance = $1, folder = $2, due_ms = $3, attempts = attempts + 1 \
                 WHERE id IN (SELECT id FROM store_job WHERE buried = 0 AND due_ms <= $4 ORDER BY due_ms LIMIT $5",
                $lock,
                ") RETURNING id, kind, key, tenant_id, payload, attempts, unsure, cause"
            )
        };
    }
    match engine {
        Engine::Sqlite => text!(""),
        Engine::Postgres => text!(" FOR UPDATE SKIP LOCKED"),
    }
}

impl Tx<'_> {
    /// Asks for a job; it exists if and only if this unit commits.
    pub fn enqueue(&mut self, job: Job<'_>) -> Result<(), Error> {
        const ENQUEUE: &str = "INSERT INTO store_job (kind, key, tenant_id, payload, created_ms, due_ms) \
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (kind, key) DO UPDATE SET payload = excluded.payload, \
            due_ms = CASE WHEN store_job.buried = 1 OR (store_job.instance IS NULL AND excluded.due_ms < store_job.due_ms) \
              THEN excluded.due_ms ELSE store_job.due_ms END, \
            again = CASE WHEN store_job.instance IS NULL THEN 0 ELSE 1 END, \
            attempts = CASE WHEN store_job.buried = 1 THEN 0 ELSE store_job.attempts END, \
            unsure = CASE WHEN store_job.buried = 1 THEN 1 ELSE store_job.unsure END, \
            cause = CASE WHEN store_job.buried = 1 THEN NULL ELSE store_job.cause END, buried = 0";
        let Job { kind, key, tenant_id, payload, due_ms, now_ms } = job;
        self.wakes.jobs = true;
        self.put(ENQUEUE, params![kind, key, tenant_id, payload, now_ms, due_ms])
    }

    /// Ends a claimed job inside this unit, so that its result commits with it. False when the lease was lost: somebody
    /// else has the job now, and the unit had better be rolled back.
    pub fn finish(
        &mut self,
        instance: &str,
        job: &Claimed,
        outcome: &Outcome,
        now_ms: i64,
    ) -> Result<bool, Error> {
        const AGAIN: &str = "UPDATE store_job SET instance = NULL, folder = NULL, due_ms = $4, attempts = 0, again = 0, \
            unsure = 1, cause = NULL WHERE id = $1 AND instance = $2 AND attempts = $3 AND again = 1";
        const DONE: &str = "DELETE FROM store_job WHERE id = $1 AND instance = $2 AND attempts = $3";
        const BACK: &str = "UPDATE store_job SET instance = NULL, folder = NULL, due_ms = $4, again = 0, \
            unsure = CASE WHEN unsure = 1 OR $5 = 1 THEN 1 ELSE 0 END, cause = $6 \
            WHERE id = $1 AND instance = $2 AND attempts = $3";
        const BURY: &str = "UPDATE store_job SET instance = NULL, folder = NULL, buried = 1, cause = $4 \
            WHERE id = $1 AND instance = $2 AND attempts = $3";
        let Claimed { id, attempts, .. } = *job;
        self.wakes.jobs = true;
        let changed = match outcome {
            Outcome::Done | Outcome::Fail { .. }
                if self.exec(AGAIN, params![id, instance, attempts, now_ms])? == 1 =>
            {
                1
            }
            Outcome::Done => self.exec(DONE, params![id, instance, attempts])?,
            Outcome::Fail { cause } => self.exec(BURY, params![id, instance, attempts, cause])?,
            Outcome::Retry { after_ms, cause } | Outcome::Unsure { after_ms, cause } => {
                let unsure = matches!(outcome, Outcome::Unsure { .. });
                self.exec(
                    BACK,
                    params![id, instance, attempts, now_ms.saturating_add(*after_ms), unsure, cause],
                )?
            }
        };
        Ok(changed == 1)
    }
}

/// The queue as one process sees it.
#[derive(Clone)]
pub struct Jobs {
    store: Store,
    instance: String,
    folder: String,
}

/// The queue's state at a time.
pub(crate) const DEPTH: &str = "SELECT COUNT(CASE WHEN buried = 0 THEN 1 END) AS live, \
    COUNT(CASE WHEN buried = 0 AND due_ms <= $1 THEN 1 END) AS overdue, \
    COUNT(CASE WHEN buried = 1 THEN 1 END) AS buried, \
    MIN(CASE WHEN buried = 0 AND due_ms <= $1 THEN due_ms END) AS oldest_due_ms FROM store_job";

impl Store {
    /// The queue, for the process that owns the data folder marked `folder` (see [`Folder`](crate::Folder)).
    pub fn jobs(&self, folder: &str) -> Jobs {
        Jobs { store: self.clone(), instance: self.instance().to_owned(), folder: folder.to_owned() }
    }

    /// The queue's state at `now_ms`, for metrics.
    pub async fn job_depth(&self, now_ms: i64) -> Result<Depth, Error> {
        let found = self.read("store.job_depth", move |read| read.one(DEPTH, params![now_ms])).await?;
        found.ok_or(Error::Closed)
    }

    /// The queue's state at `now_ms` by kind of job.
    pub async fn job_depth_by_kind(&self, now_ms: i64) -> Result<Vec<KindDepth>, Error> {
        const DEPTH: &str = "SELECT kind, COUNT(CASE WHEN buried = 0 THEN 1 END) AS live, \
            COUNT(CASE WHEN buried = 0 AND due_ms <= $1 THEN 1 END) AS overdue, \
            COUNT(CASE WHEN buried = 1 THEN 1 END) AS buried, \
            MIN(CASE WHEN buried = 0 AND due_ms <= $1 THEN due_ms END) AS oldest_due_ms \
            FROM store_job GROUP BY kind ORDER BY kind";
        self.read("store.job_depth_by_kind", move |read| read.all(DEPTH, params![now_ms])).await
    }

    /// Up to `limit` buried jobs, the oldest first.
    pub async fn job_buried(&self, limit: u32) -> Result<Vec<Buried>, Error> {
        const BURIED: &str = "SELECT id, kind, key, tenant_id, attempts, cause FROM store_job WHERE buried = 1 \
            ORDER BY id LIMIT $1";
        self.read("store.job_buried", move |read| read.all(BURIED, params![limit])).await
    }
}

impl Jobs {
    /// The random name of this process, needed by [`Tx::finish`].
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// Frees the jobs of dead processes of the same data folder, at once instead of after their lease. To be called at
    /// start by the process that holds the folder's mark: nobody else of that folder can then be alive.
    pub async fn free_dead(&self, now_ms: i64) -> Result<u64, Error> {
        const FREE: &str = "UPDATE store_job SET instance = NULL, folder = NULL, due_ms = $3 \
            WHERE folder = $1 AND instance <> $2";
        let Self { instance, folder, .. } = self.clone();
        let free = move |tx: &mut Tx<'_>| tx.exec(FREE, params![&folder, &instance, now_ms]);
        self.store.write("store.job_free_dead", free).await
    }

    /// The wall clock was set while jobs are held or wait: by `by_ms`, to `now_ms`. Set forward, it lets leases seem to end
    /// that have not, so what this process holds is held anew; set back, it would let jobs wait for that long again, so those
    /// that wait are brought forward by as much. To be called before the next claim.
    ///
    /// Other processes' leases are theirs: each of them sees its own clock being set.
    pub async fn clock_was_set(&self, by_ms: i64, now_ms: i64) -> Result<(), Error> {
        const HOLD: &str = "UPDATE store_job SET due_ms = $2 WHERE instance = $1 AND buried = 0";
        const PULL: &str =
            "UPDATE store_job SET due_ms = due_ms + $1 WHERE instance IS NULL AND buried = 0 AND due_ms > $2";
        let instance = self.instance.clone();
        let shift = move |tx: &mut Tx<'_>| {
            tx.wakes.jobs = true;
            tx.exec(HOLD, params![&instance, now_ms.saturating_add(LEASE_MS)])?;
            if by_ms < 0 {
                tx.exec(PULL, params![by_ms, now_ms])?;
            }
            Ok(())
        };
        self.store.write("store.job_clock", shift).await
    }

    /// Takes up to `limit` due jobs, each for [`LEASE_MS`].
    pub async fn claim(&self, now_ms: i64, limit: u32) -> Result<Vec<Claimed>, Error> {
        const DUE: &str = "SELECT id FROM store_job WHERE buried = 0 AND due_ms <= $1 LIMIT 1";
        // An idle worker asks often; the look is cheap and takes no writer.
        if self.store.query_opt::<(i64,)>(DUE, params![now_ms]).await?.is_none() {
            return Ok(Vec::new());
        }
        let sql = claim(self.store.engine());
        let Self { instance, folder, .. } = self.clone();
        let take = move |tx: &mut Tx<'_>| {
            tx.all(sql, params![&instance, &folder, now_ms.saturating_add(LEASE_MS), now_ms, limit])
        };
        self.store.write("store.job_claim", take).await
    }

    /// Holds the job for another [`LEASE_MS`]; false when it was lost.
    pub async fn renew(&self, job: &Claimed, now_ms: i64) -> Result<bool, Error> {
        const RENEW: &str =
            "UPDATE store_job SET due_ms = $4 WHERE id = $1 AND instance = $2 AND attempts = $3";
        let (instance, id, attempts) = (self.instance.clone(), job.id, job.attempts);
        let renew = move |tx: &mut Tx<'_>| {
            tx.exec(RENEW, params![id, &instance, attempts, now_ms.saturating_add(LEASE_MS)])
        };
        Ok(self.store.write("store.job_renew", renew).await? == 1)
    }

    /// Ends a job in a unit of its own; false when the lease was lost.
    pub async fn finish(&self, job: &Claimed, outcome: Outcome, now_ms: i64) -> Result<bool, Error> {
        let (instance, job) = (self.instance.clone(), job.clone());
        let finish = move |tx: &mut Tx<'_>| tx.finish(&instance, &job, &outcome, now_ms);
        self.store.write("store.job_finish", finish).await
    }
}
