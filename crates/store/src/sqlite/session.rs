//! Statements on one SQLite connection.

use rusqlite::types::ToSqlOutput;
use rusqlite::{CachedStatement, Connection, Statement, ToSql};

use super::explain;
use crate::record::RowSource;
use crate::unit::Session;
use crate::{Error, Param, Row, ValueRef};

/// A connection inside a transaction.
pub(crate) struct Sqlite<'c>(pub(crate) &'c Connection);

impl Session for Sqlite<'_> {
    fn exec(&mut self, unit: &'static str, sql: &'static str, params: &[Param<'_>]) -> Result<u64, Error> {
        let mut statement = prepare(self.0, unit, sql, params)?;
        let changed = statement.raw_execute().map_err(|error| explain(unit, sql, error))?;
        Ok(changed as u64)
    }

    /// Nothing is gained by waiting here: there is no round trip to save.
    fn put(&mut self, unit: &'static str, sql: &'static str, params: &[Param<'_>]) -> Result<(), Error> {
        self.exec(unit, sql, params).map(drop)
    }

    fn rows(
        &mut self,
        unit: &'static str,
        sql: &'static str,
        params: &[Param<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        look(self.0, unit, sql, params, each)
    }
}

/// Runs a query and hands over its rows.
pub(crate) fn look(
    connection: &Connection,
    unit: &'static str,
    sql: &'static str,
    params: &[Param<'_>],
    each: &mut dyn FnMut(&Row<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut statement = prepare(connection, unit, sql, params)?;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(|error| explain(unit, sql, error))? {
        each(&Row { statement: sql, source: row })?;
    }
    Ok(())
}

fn prepare<'c>(
    connection: &'c Connection,
    unit: &'static str,
    sql: &'static str,
    params: &[Param<'_>],
) -> Result<CachedStatement<'c>, Error> {
    let mut statement = connection.prepare_cached(sql).map_err(|error| explain(unit, sql, error))?;
    bind(&mut statement, params).map_err(|error| explain(unit, sql, error))?;
    Ok(statement)
}

/// Binds by *name*. SQLite takes `$2` for a name and numbers names by first appearance in the text, so in
/// `VALUES ($2, $1)` its parameter 1 is our `$2`. Asking the statement for its names costs less than a lookup in a
/// cache of ours would.
fn bind(statement: &mut Statement<'_>, params: &[Param<'_>]) -> rusqlite::Result<()> {
    for index in 1..=statement.parameter_count() {
        let name = statement.parameter_name(index).unwrap_or("?");
        let number = name.strip_prefix('$').and_then(|digits| digits.parse::<usize>().ok());
        let Some(param) = number.and_then(|number| params.get(number.wrapping_sub(1))) else {
            return Err(rusqlite::Error::InvalidParameterName(format!(
                "{name}: the statement was given {} parameters",
                params.len()
            )));
        };
        statement.raw_bind_parameter(index, param)?;
    }
    Ok(())
}

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        use rusqlite::types::ValueRef as V;
        Ok(ToSqlOutput::Borrowed(match self {
            Param::Null => V::Null,
            Param::I64(value) => V::Integer(*value),
            Param::F64(value) => V::Real(*value),
            Param::Text(value) => V::Text(value.as_bytes()),
            Param::Bytes(value) => V::Blob(value),
            Param::Uuid(value) => V::Blob(value),
        }))
    }
}

impl RowSource for rusqlite::Row<'_> {
    fn width(&self) -> usize {
        self.as_ref().column_count()
    }

    fn name(&self, index: usize) -> &str {
        self.as_ref().column_name(index).unwrap_or("?")
    }

    fn value(&self, index: usize) -> Result<ValueRef<'_>, String> {
        use rusqlite::types::ValueRef as V;
        Ok(match self.get_ref(index).map_err(|error| error.to_string())? {
            V::Null => ValueRef::Null,
            V::Integer(value) => ValueRef::I64(value),
            V::Real(value) => ValueRef::F64(value),
            V::Text(value) => ValueRef::Text(std::str::from_utf8(value).map_err(|error| error.to_string())?),
            V::Blob(value) => ValueRef::Bytes(value),
        })
    }
}

impl crate::migrate::Script for Sqlite<'_> {
    fn script(&mut self, sql: &str) -> Result<(), Error> {
        self.0.execute_batch(sql).map_err(|error| explain("migrate", "script", error))
    }
}
