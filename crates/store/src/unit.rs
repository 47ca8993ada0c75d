//! The unit of work: what a closure may do, and how its fate is settled.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::{Error, Param, Record, Row};

/// A unit that holds the writer longer than this is logged by name.
const SLOW: Duration = Duration::from_millis(50);

/// One engine's open transaction. The two implementations are the only places where engines differ.
pub(crate) trait Session {
    fn exec(&mut self, unit: &'static str, sql: &'static str, params: &[Param<'_>]) -> Result<u64, Error>;
    fn put(&mut self, unit: &'static str, sql: &'static str, params: &[Param<'_>]) -> Result<(), Error>;
    fn rows(
        &mut self,
        unit: &'static str,
        sql: &'static str,
        params: &[Param<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), Error>,
    ) -> Result<(), Error>;
}

/// Lookups, shared by [`Reader`] and [`Tx`].
pub trait Read {
    /// The rows of a query.
    fn all<T: Record>(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<T>, Error>;

    /// The first row, or none. Not found is not an error.
    fn one<T: Record>(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<Option<T>, Error> {
        Ok(self.all(sql, params)?.into_iter().next())
    }
}

/// What all engines share of reading: decode, check once, remember the first failure.
pub(crate) struct Work<'a> {
    session: &'a mut dyn Session,
    unit: &'static str,
    broken: Option<Error>,
}

impl Work<'_> {
    /// Invariant: after a statement failed nothing more is run and the unit cannot succeed, even if the closure
    /// swallows the error. PostgreSQL insists on that; SQLite would go on, and the two would differ.
    fn guard<R>(&mut self, run: impl FnOnce(&mut dyn Session) -> Result<R, Error>) -> Result<R, Error> {
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        run(self.session).inspect_err(|error| self.broken = Some(error.clone()))
    }

    fn all<T: Record>(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<T>, Error> {
        let unit = self.unit;
        self.guard(|session| {
            let mut found = Vec::new();
            session.rows(unit, sql, params, &mut |row| collect(row, &mut found))?;
            Ok(found)
        })
    }
}

/// Decodes one row onto `found`, checking the shape at the first.
pub(crate) fn collect<T: Record>(row: &Row<'_>, found: &mut Vec<T>) -> Result<(), Error> {
    if found.is_empty() {
        row.check::<T>()?;
    }
    found.push(T::from_row(row)?);
    Ok(())
}

/// Several reads in one snapshot. Given to the closure of [`Store::read`](crate::Store::read).
pub struct Reader<'a>(Work<'a>);

impl Read for Reader<'_> {
    fn all<T: Record>(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<T>, Error> {
        self.0.all(sql, params)
    }
}

/// The open transaction of a unit of work. Given to the closure of [`Store::write`](crate::Store::write).
pub struct Tx<'a> {
    work: Work<'a>,
    pub(crate) wakes: Wakes,
}

/// Whom a commit wakes, and what it proves.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Wakes {
    pub(crate) feed: bool,
    pub(crate) jobs: bool,
    /// Something was written: the database takes writes. A commit of nothing succeeds on a full disk as well.
    pub(crate) wrote: bool,
}

impl std::ops::BitOrAssign for Wakes {
    fn bitor_assign(&mut self, more: Self) {
        self.feed |= more.feed;
        self.jobs |= more.jobs;
        self.wrote |= more.wrote;
    }
}

impl Read for Tx<'_> {
    fn all<T: Record>(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<T>, Error> {
        self.work.all(sql, params)
    }
}

impl Tx<'_> {
    /// Runs a statement and says how many rows it changed.
    pub fn exec(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<u64, Error> {
        let unit = self.work.unit;
        let changed = self.work.guard(|session| session.exec(unit, sql, params))?;
        self.wakes.wrote |= changed > 0;
        Ok(changed)
    }

    /// Runs a statement whose outcome the closure does not need. On PostgreSQL it travels with the next statement that
    /// needs a result, or with COMMIT, and its failure is told there: a unit that puts is one round trip cheaper for each.
    pub fn put(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<(), Error> {
        let unit = self.work.unit;
        self.wakes.wrote = true;
        self.work.guard(|session| session.put(unit, sql, params))
    }
}

/// How a unit's closure ended.
pub(crate) enum Ran {
    /// It wants to be committed.
    Keep(Wakes),
    /// It returned an error (or panicked); its neighbours go on.
    RollBack,
    /// A statement failed.
    Broken(Error),
}

/// A queued closure, its type erased.
pub(crate) trait Unit: Send {
    fn name(&self) -> &'static str;
    fn queued(&self) -> Instant;
    /// Nobody waits for the answer any more, and nothing has been done yet.
    fn abandoned(&self) -> bool;
    fn run(&mut self, session: &mut dyn Session) -> Ran;
    /// Gives the answer that the last run made.
    fn settle(self: Box<Self>);
    /// Gives this error instead.
    fn fail(self: Box<Self>, error: Error);
}

/// What running a closure once gives: the statement that failed, whom a commit wakes, the closure's answer.
type Told<T, E> = (Option<Error>, Wakes, Result<T, E>);

struct Call<T, E, F> {
    name: &'static str,
    queued: Instant,
    closure: F,
    answer: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T: Send, E: From<Error> + Send, F: Fn(Work<'_>) -> Told<T, E> + Send> Unit for Call<T, E, F> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn queued(&self) -> Instant {
        self.queued
    }

    fn abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run(&mut self, session: &mut dyn Session) -> Ran {
        let started = Instant::now();
        let unit = self.name;
        let work = Work { session, unit, broken: None };
        let told = catch_unwind(AssertUnwindSafe(|| (self.closure)(work)));
        let took = started.elapsed();
        if took > SLOW {
            tracing::warn!(unit, took_ms = took.as_millis(), "slow unit of work");
        }
        let (answer, ran) = match told {
            // Invariant: a swallowed failure is still a failure.
            Ok((Some(error), _, Ok(_))) => (Err(E::from(error.clone())), Ran::Broken(error)),
            Ok((Some(error), _, refused)) => (refused, Ran::Broken(error)),
            Ok((None, wakes, Ok(done))) => (Ok(done), Ran::Keep(wakes)),
            Ok((None, _, refused)) => (refused, Ran::RollBack),
            Err(panic) => {
                let error = Error::Panicked { unit, message: panic_message(&*panic) };
                tracing::error!(unit, %error, "unit of work panicked");
                (Err(E::from(error)), Ran::RollBack)
            }
        };
        self.answer = Some(answer);
        ran
    }

    fn settle(self: Box<Self>) {
        if let Some(answer) = self.answer {
            // The caller may have gone; what it asked for is done all the same.
            drop(self.reply.send(answer));
        }
    }

    fn fail(self: Box<Self>, error: Error) {
        drop(self.reply.send(Err(E::from(error))));
    }
}

fn queued<T, E, F>(name: &'static str, closure: F) -> (Box<dyn Unit>, oneshot::Receiver<Result<T, E>>)
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
    F: Fn(Work<'_>) -> Told<T, E> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    (Box::new(Call { name, queued: Instant::now(), closure, answer: None, reply }), answer)
}

/// A closure that writes, ready for the queue, and where its answer will come.
pub(crate) fn writing<T, E, F>(name: &'static str, f: F) -> (Box<dyn Unit>, oneshot::Receiver<Result<T, E>>)
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
    F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
{
    queued(name, move |work: Work<'_>| {
        let mut tx = Tx { work, wakes: Wakes::default() };
        let answer = f(&mut tx);
        (tx.work.broken, tx.wakes, answer)
    })
}

/// A closure that reads, likewise.
pub(crate) fn reading<T, E, F>(name: &'static str, f: F) -> (Box<dyn Unit>, oneshot::Receiver<Result<T, E>>)
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
    F: Fn(&mut Reader<'_>) -> Result<T, E> + Send + 'static,
{
    queued(name, move |work: Work<'_>| {
        let mut reader = Reader(work);
        let answer = f(&mut reader);
        (reader.0.broken, Wakes::default(), answer)
    })
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message").to_owned()
}
