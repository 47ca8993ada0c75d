//! Parameters: the five kinds of value that both engines know.

/// One parameter of a statement. Made by [`params!`](crate::params) from ordinary values.
///
/// Invariant: these kinds, and no others, exist on both engines. Booleans are 0 or 1 in a BIGINT, JSON is TEXT,
/// a UUID is 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Param<'a> {
    /// SQL NULL.
    Null,
    /// BIGINT.
    I64(i64),
    /// DOUBLE PRECISION.
    F64(f64),
    /// TEXT.
    Text(&'a str),
    /// BYTEA.
    Bytes(&'a [u8]),
    /// BYTEA of 16 bytes, held by value.
    Uuid([u8; 16]),
}

/// A list of parameters: `params![tenant, &case_id, None::<i64>]`; `$1` is the first.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::Param::from($value)),*] as &[$crate::Param<'_>] };
}

macro_rules! from_integer {
    ($($t:ty),*) => { $(
        impl From<$t> for Param<'_> { fn from(value: $t) -> Self { Self::I64(i64::from(value)) } }
        impl From<&$t> for Param<'_> { fn from(value: &$t) -> Self { Self::I64(i64::from(*value)) } }
    )* };
}
from_integer!(i64, i32, i16, u32, u16, u8, bool);

impl From<f64> for Param<'_> {
    fn from(value: f64) -> Self {
        Self::F64(value)
    }
}
impl<'a> From<&'a str> for Param<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}
impl<'a> From<&'a String> for Param<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(value)
    }
}
impl<'a> From<&'a [u8]> for Param<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Bytes(value)
    }
}
impl<'a> From<&'a Vec<u8>> for Param<'a> {
    fn from(value: &'a Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}
impl<'a, const N: usize> From<&'a [u8; N]> for Param<'a> {
    fn from(value: &'a [u8; N]) -> Self {
        Self::Bytes(value)
    }
}
impl From<[u8; 16]> for Param<'_> {
    fn from(value: [u8; 16]) -> Self {
        Self::Uuid(value)
    }
}
impl From<uuid::Uuid> for Param<'_> {
    fn from(value: uuid::Uuid) -> Self {
        Self::Uuid(value.into_bytes())
    }
}
impl From<&uuid::Uuid> for Param<'_> {
    fn from(value: &uuid::Uuid) -> Self {
        Self::Uuid(value.into_bytes())
    }
}
impl<'a, T: Into<Param<'a>>> From<Option<T>> for Param<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
// One by one: a blanket `&Option<T>` sends the compiler round in circles.
macro_rules! from_option {
    ($($t:ty),*) => { $(impl<'a> From<&'a Option<$t>> for Param<'a> {
        fn from(value: &'a Option<$t>) -> Self { value.as_ref().map_or(Self::Null, Into::into) }
    })* };
}
from_option!(String, Vec<u8>, uuid::Uuid, i64);

/// One value of a row, borrowed from the engine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ValueRef<'a> {
    /// SQL NULL.
    Null,
    /// BIGINT (and smaller integers, and PostgreSQL's boolean as 0 or 1).
    I64(i64),
    /// DOUBLE PRECISION.
    F64(f64),
    /// TEXT.
    Text(&'a str),
    /// BYTEA.
    Bytes(&'a [u8]),
}
