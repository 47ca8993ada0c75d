//! A blocking connection for the threads that run closures.
//!
//! Why not the shared asynchronous driver here as well: a closure that waits for a result needs one write and one read, and
//! its deferred statements one Sync for all of them. The driver sends a Sync after every statement, which makes the server
//! flush after each, and wakes another thread for every answer.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Read as _, Write as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use fallible_iterator::FallibleIterator as _;
use postgres_protocol::message::backend::Message;
use postgres_protocol::message::frontend;

use super::address::Address;
use super::codec::{Described, WireRow, encode};
use super::dial::{Stream, dial};
use super::refusal::Refusal;
use crate::migrate::Script;
use crate::unit::Session;
use crate::{Error, Param, Row, SqlCause};

/// Deferred statements beyond this many bytes are sent at once.
const PIPELINE: usize = 128 * 1024;

/// A connection that was refused a write because the database is read-only is replaced after this long: the setting is
/// taken when a session begins, and would hold in this one for good.
const WORN: Duration = Duration::from_secs(1);

/// One connection, and what is under way on it.
pub(super) struct Wire {
    stream: Stream,
    incoming: BytesMut,
    outgoing: BytesMut,
    /// Statements written to `outgoing` and not yet answered, oldest first.
    underway: VecDeque<&'static str>,
    /// By the address of the text: texts are static.
    prepared: HashMap<usize, Arc<Prepared>>,
    /// As the server told last: `I` idle, `T` in a transaction, `E` in a failed one.
    status: u8,
    lost: bool,
    /// When it was first told that the database is read-only.
    worn: Option<Instant>,
    /// Something was, or may have been, changed since [`Wire::mark`].
    wrote: bool,
}

struct Prepared {
    name: String,
    params: Vec<u32>,
    columns: Vec<Described>,
}

/// What came back before the server was ready again.
#[derive(Default)]
struct Answer {
    changed: u64,
    params: Vec<u32>,
    columns: Vec<Described>,
}

type Each<'e> = &'e mut dyn FnMut(&Row<'_>) -> Result<(), Error>;

impl Wire {
    /// The server's certificate, where TLS is spoken.
    pub(super) fn certificate(&self) -> Option<Vec<u8>> {
        let Stream::Tls(stream) = &self.stream else { return None };
        let leaf = stream.conn.peer_certificates()?.first()?;
        Some(leaf.as_ref().to_vec())
    }

    pub(super) fn connect(address: &Address) -> Result<Self, Error> {
        let (stream, incoming) = dial(address)?;
        Ok(Self {
            stream,
            incoming,
            outgoing: BytesMut::with_capacity(8192),
            underway: VecDeque::new(),
            prepared: HashMap::new(),
            status: b'I',
            lost: false,
            worn: None,
            wrote: false,
        })
    }

    /// True when this connection must not be used again.
    pub(super) fn is_lost(&self) -> bool {
        self.lost || self.worn.is_some_and(|since| since.elapsed() > WORN)
    }

    /// From here on [`Wire::wrote`] tells whether anything was changed.
    pub(super) fn mark(&mut self) {
        self.wrote = false;
    }

    /// Whether anything was changed, or deferred, since the mark.
    pub(super) fn wrote(&self) -> bool {
        self.wrote
    }

    /// Sends what is deferred, and waits until it is answered.
    pub(super) fn flush(&mut self, unit: &'static str) -> Result<(), Error> {
        self.exchange(unit, None).map(drop)
    }

    /// Ends the transaction without a trace. What was deferred and not yet sent is dropped.
    pub(super) fn roll_back(&mut self, unit: &'static str) {
        self.outgoing.clear();
        self.underway.clear();
        if !self.lost && self.status != b'I' && self.simple(unit, "ROLLBACK").is_err() {
            self.lost = true;
        }
    }

    fn bind(
        &mut self,
        unit: &'static str,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Arc<Prepared>, Error> {
        if self.outgoing.len() > PIPELINE {
            self.flush(unit)?;
        }
        let prepared = match self.prepared.get(&sql.as_ptr().addr()) {
            Some(prepared) => prepared.clone(),
            None => self.prepare(unit, sql)?,
        };
        if prepared.params.len() != params.len() {
            return Err(refused(
                unit,
                sql,
                format!("it has {} parameters, {} were given", prepared.params.len(), params.len()),
            ));
        }
        let start = self.outgoing.len();
        let values = params.iter().zip(&prepared.params);
        let bound = frontend::bind(
            "",
            &prepared.name,
            [1],
            values,
            |(param, oid), out| encode(param, *oid, out),
            [1],
            &mut self.outgoing,
        );
        if let Err(error) = bound {
            self.outgoing.truncate(start);
            return Err(match error {
                frontend::BindError::Conversion(error) => refused(unit, sql, error),
                frontend::BindError::Serialization(error) => refused(unit, sql, error),
            });
        }
        frontend::execute("", 0, &mut self.outgoing).map_err(|error| refused(unit, sql, error))?;
        self.underway.push_back(sql);
        Ok(prepared)
    }

    /// Costs a round trip once a connection and statement; deferred statements travel with it.
    fn prepare(&mut self, unit: &'static str, sql: &'static str) -> Result<Arc<Prepared>, Error> {
        let name = format!("s{}", self.prepared.len());
        let written = frontend::parse(&name, sql, [], &mut self.outgoing)
            .and_then(|()| frontend::describe(b'S', &name, &mut self.outgoing));
        written.map_err(|error| refused(unit, sql, error))?;
        self.underway.push_back(sql);
        let answer = self.exchange(unit, None)?;
        let prepared = Arc::new(Prepared { name, params: answer.params, columns: answer.columns });
        self.prepared.insert(sql.as_ptr().addr(), prepared.clone());
        Ok(prepared)
    }

    fn simple(&mut self, unit: &'static str, sql: &str) -> Result<(), Error> {
        frontend::query(sql, &mut self.outgoing).map_err(|error| refused(unit, "script", error))?;
        self.underway.push_back("script");
        self.receive(unit, None).map(drop)
    }

    fn exchange(&mut self, unit: &'static str, rows: Option<(&Prepared, Each<'_>)>) -> Result<Answer, Error> {
        frontend::sync(&mut self.outgoing);
        self.receive(unit, rows)
    }

    /// Sends, then reads until the server is ready. Rows belong to the last statement under way: earlier ones are
    /// deferred, and nobody wants theirs.
    fn receive(
        &mut self,
        unit: &'static str,
        mut rows: Option<(&Prepared, Each<'_>)>,
    ) -> Result<Answer, Error> {
        let mut answer = Answer::default();
        let mut failure: Option<Error> = None;
        let mut ranges = Vec::new();
        let sent = self.stream.write_all(&self.outgoing).and_then(|()| self.stream.flush());
        sent.map_err(|error| self.lose(&error))?;
        self.outgoing.clear();
        loop {
            let message = self.next().map_err(|error| self.lose(&error))?;
            match message {
                Message::DataRow(body) if self.underway.len() == 1 && failure.is_none() => {
                    let Some((prepared, each)) = rows.as_mut() else { continue };
                    ranges.clear();
                    let mut found = body.ranges();
                    while let Some(range) = found.next().map_err(|error| self.lose(&error))? {
                        ranges.push(range);
                    }
                    let source =
                        WireRow { columns: &prepared.columns, ranges: &ranges, buffer: body.buffer() };
                    failure = each(&Row { statement: self.underway[0], source: &source }).err();
                }
                Message::CommandComplete(body) => {
                    let tag = body.tag().unwrap_or("");
                    answer.changed = tag.rsplit(' ').next().and_then(|count| count.parse().ok()).unwrap_or(0);
                    self.wrote |= answer.changed > 0 && !tag.starts_with("SELECT");
                    // A COMMIT of a failed transaction is answered, without an error, by ROLLBACK.
                    if self.underway.pop_front() == Some("COMMIT") && tag != "COMMIT" && failure.is_none() {
                        failure = Some(Error::Unavailable(format!("COMMIT was answered by {tag}")));
                    }
                }
                Message::ParameterDescription(body) => {
                    answer.params = body.parameters().collect().map_err(|error| self.lose(&error))?;
                }
                Message::RowDescription(body) => {
                    let described = body
                        .fields()
                        .map(|field| Ok(Described { name: field.name().to_owned(), oid: field.type_oid() }));
                    answer.columns = described.collect().map_err(|error| self.lose(&error))?;
                }
                Message::ErrorResponse(body) => {
                    let refusal = Refusal::read(body.fields());
                    self.lost |= refusal.ends_connection();
                    let statement = self.underway.front().copied().unwrap_or("COMMIT");
                    if refusal.is_read_only() {
                        self.worn.get_or_insert_with(Instant::now);
                    }
                    let error = refusal.into_error(unit, statement);
                    // The server that says goodbye says it once and hangs up: nothing more will come.
                    if self.lost {
                        return Err(error);
                    }
                    failure = Some(error);
                }
                Message::ReadyForQuery(body) => {
                    self.status = body.status();
                    self.underway.clear();
                    return failure.map_or(Ok(answer), Err);
                }
                _ => {}
            }
        }
    }

    fn next(&mut self) -> io::Result<Message> {
        loop {
            if let Some(message) = Message::parse(&mut self.incoming)? {
                return Ok(message);
            }
            let mut chunk = [0; 16 * 1024];
            match self.stream.read(&mut chunk) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.incoming.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn lose(&mut self, error: &io::Error) -> Error {
        self.lost = true;
        Error::Unavailable(format!("connection lost: {error}"))
    }
}

/// A statement that cannot even be sent.
fn refused(
    unit: &'static str,
    statement: &'static str,
    why: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Error {
    Error::Sql { unit, statement, cause: SqlCause::Other, source: Arc::from(why.into()) }
}

impl Session for Wire {
    fn exec(&mut self, unit: &'static str, sql: &'static str, params: &[Param<'_>]) -> Result<u64, Error> {
        self.bind(unit, sql, params)?;
        Ok(self.exchange(unit, None)?.changed)
    }

    fn put(&mut self, unit: &'static str, sql: &'static str, params: &[Param<'_>]) -> Result<(), Error> {
        self.wrote = true;
        self.bind(unit, sql, params).map(drop)
    }

    fn rows(
        &mut self,
        unit: &'static str,
        sql: &'static str,
        params: &[Param<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let prepared = self.bind(unit, sql, params)?;
        self.exchange(unit, Some((&*prepared, each))).map(drop)
    }
}

impl Script for Wire {
    fn script(&mut self, sql: &str) -> Result<(), Error> {
        self.simple("migrate", sql)
    }
}
