//! Our five kinds of value in PostgreSQL's binary form.

use std::error::Error as StdError;

use bytes::{BufMut as _, BytesMut};
use postgres_protocol::IsNull;
use tokio_postgres::types::{self, FromSql, ToSql, Type, to_sql_checked};

use crate::record::RowSource;
use crate::{Param, ValueRef};

type Failure = Box<dyn StdError + Sync + Send>;

const BOOL: u32 = 16;
const BYTEA: u32 = 17;
const NAME: u32 = 19;
const INT8: u32 = 20;
const INT2: u32 = 21;
const INT4: u32 = 23;
const TEXT: u32 = 25;
const UNKNOWN: u32 = 705;
const FLOAT4: u32 = 700;
const FLOAT8: u32 = 701;
const BPCHAR: u32 = 1042;
const VARCHAR: u32 = 1043;
const XID8: u32 = 5069;

/// Writes a parameter as the type that the server inferred for its place.
pub(super) fn encode(param: &Param<'_>, oid: u32, out: &mut BytesMut) -> Result<IsNull, Failure> {
    match (*param, oid) {
        (Param::Null, _) => return Ok(IsNull::Yes),
        (Param::I64(value), INT8 | XID8) => out.put_i64(value),
        (Param::I64(value), INT4) => out.put_i32(i32::try_from(value)?),
        (Param::I64(value), INT2) => out.put_i16(i16::try_from(value)?),
        (Param::F64(value), FLOAT8) => out.put_f64(value),
        (Param::Text(value), TEXT | VARCHAR | BPCHAR | NAME | UNKNOWN) => out.put_slice(value.as_bytes()),
        (Param::Bytes(value), BYTEA) => out.put_slice(value),
        (Param::Uuid(value), BYTEA) => out.put_slice(&value),
        (param, oid) => {
            return Err(
                format!("{param:?} does not fit the server's type {oid} there; CAST the parameter").into()
            );
        }
    }
    Ok(IsNull::No)
}

/// Reads a value.
fn decode(oid: u32, raw: Option<&[u8]>) -> Result<ValueRef<'_>, String> {
    fn fixed<const N: usize>(raw: &[u8]) -> Result<[u8; N], String> {
        raw.try_into().map_err(|_| format!("{} bytes instead of {N}", raw.len()))
    }
    let Some(raw) = raw else { return Ok(ValueRef::Null) };
    Ok(match oid {
        INT8 | XID8 => ValueRef::I64(i64::from_be_bytes(fixed(raw)?)),
        INT4 => ValueRef::I64(i32::from_be_bytes(fixed(raw)?).into()),
        INT2 => ValueRef::I64(i16::from_be_bytes(fixed(raw)?).into()),
        BOOL => ValueRef::I64(i64::from(fixed::<1>(raw)?[0])),
        FLOAT8 => ValueRef::F64(f64::from_be_bytes(fixed(raw)?)),
        FLOAT4 => ValueRef::F64(f32::from_be_bytes(fixed(raw)?).into()),
        TEXT | VARCHAR | BPCHAR | NAME | UNKNOWN => {
            ValueRef::Text(std::str::from_utf8(raw).map_err(|error| error.to_string())?)
        }
        BYTEA => ValueRef::Bytes(raw),
        other => return Err(format!("the server's type {other} is none of ours; CAST the column")),
    })
}

/// A column as the server describes it.
pub(super) struct Described {
    pub(super) name: String,
    pub(super) oid: u32,
}

/// A row of the blocking connection.
pub(super) struct WireRow<'a> {
    pub(super) columns: &'a [Described],
    pub(super) ranges: &'a [Option<std::ops::Range<usize>>],
    pub(super) buffer: &'a [u8],
}

impl RowSource for WireRow<'_> {
    fn width(&self) -> usize {
        self.columns.len()
    }

    fn name(&self, index: usize) -> &str {
        &self.columns[index].name
    }

    fn value(&self, index: usize) -> Result<ValueRef<'_>, String> {
        let range = self.ranges.get(index).ok_or("the row is too short")?;
        decode(self.columns[index].oid, range.clone().map(|range| &self.buffer[range]))
    }
}

/// A value of the shared connections' rows, any type.
struct Raw<'a>(u32, Option<&'a [u8]>);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(of: &Type, raw: &'a [u8]) -> Result<Self, Failure> {
        Ok(Self(of.oid(), Some(raw)))
    }

    fn from_sql_null(of: &Type) -> Result<Self, Failure> {
        Ok(Self(of.oid(), None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

impl RowSource for tokio_postgres::Row {
    fn width(&self) -> usize {
        self.len()
    }

    fn name(&self, index: usize) -> &str {
        self.columns()[index].name()
    }

    fn value(&self, index: usize) -> Result<ValueRef<'_>, String> {
        let Raw(oid, raw) = self.try_get(index).map_err(|error| error.to_string())?;
        decode(oid, raw)
    }
}

impl ToSql for Param<'_> {
    fn to_sql(&self, of: &Type, out: &mut BytesMut) -> Result<types::IsNull, Failure> {
        Ok(match encode(self, of.oid(), out)? {
            IsNull::Yes => types::IsNull::Yes,
            IsNull::No => types::IsNull::No,
        })
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
