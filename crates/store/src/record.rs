//! Records: one typed struct a query.

use crate::{Error, ValueRef};

/// A row as the engine gives it; borrowed for as long as a [`Record`] is being made of it.
pub struct Row<'a> {
    pub(crate) statement: &'static str,
    pub(crate) source: &'a dyn RowSource,
}

/// What an engine's row can do.
pub(crate) trait RowSource {
    fn width(&self) -> usize;
    fn name(&self, index: usize) -> &str;
    fn value(&self, index: usize) -> Result<ValueRef<'_>, String>;
}

impl Row<'_> {
    /// The value at `index`, as the field `column` wants it.
    pub fn get<T: Column>(&self, index: usize, column: &'static str) -> Result<T, Error> {
        self.source.value(index).and_then(T::from_value).map_err(|what| Error::Column {
            column,
            statement: self.statement,
            what,
        })
    }

    /// Checks that the statement gives as many columns as the record has fields and, in debug builds, that they
    /// carry the fields' names: a record decodes by position, so a swapped pair of columns would go unseen.
    pub(crate) fn check<T: Record>(&self) -> Result<(), Error> {
        let mismatch = |column, what| Err(Error::Column { column, statement: self.statement, what });
        if self.source.width() != T::WIDTH {
            return mismatch("*", format!("{} columns, the record has {}", self.source.width(), T::WIDTH));
        }
        if cfg!(debug_assertions) {
            for (index, column) in T::COLUMNS.iter().enumerate() {
                if self.source.name(index) != *column {
                    return mismatch(column, format!("the statement calls it `{}`", self.source.name(index)));
                }
            }
        }
        Ok(())
    }
}

/// What a query returns: usually made by [`record!`](crate::record!); tuples of up to four serve for counts and the like.
pub trait Record: Sized {
    /// How many columns.
    const WIDTH: usize;
    /// Their names, in order; empty for tuples, whose names are not checked.
    const COLUMNS: &'static [&'static str];
    /// Decodes one row.
    fn from_row(row: &Row<'_>) -> Result<Self, Error>;
}

/// A type that one column can be read as.
pub trait Column: Sized {
    /// Decodes the value; the error says what was found instead.
    fn from_value(value: ValueRef<'_>) -> Result<Self, String>;
}

/// Declares a record: a struct whose fields are the columns of a query, in order and by name.
///
/// ```
/// store::record! {
///     /// A group found by its key.
///     pub struct Found { pub id: uuid::Uuid, pub title: String, pub owner: Option<String> }
/// }
/// ```
#[macro_export]
macro_rules! record {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[$fmeta:meta])* $fvis:vis $field:ident : $type:ty),* $(,)? }) => {
        $(#[$meta])* #[derive(Debug, Clone)]
        $vis struct $name { $($(#[$fmeta])* $fvis $field: $type),* }
        impl $crate::Record for $name {
            const WIDTH: usize = <[&str]>::len(&[$(stringify!($field)),*]);
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),*];
            fn from_row(row: &$crate::Row<'_>) -> Result<Self, $crate::Error> {
                let mut index = 0..;
                Ok(Self { $($field: row.get(index.next().unwrap_or(usize::MAX), stringify!($field))?),* })
            }
        }
    };
}

macro_rules! tuple {
    ($width:literal: $($t:ident $i:tt),*) => {
        impl<$($t: Column),*> Record for ($($t,)*) {
            const WIDTH: usize = $width;
            const COLUMNS: &'static [&'static str] = &[];
            fn from_row(row: &Row<'_>) -> Result<Self, Error> {
                Ok(($(row.get::<$t>($i, stringify!($i))?,)*))
            }
        }
    };
}
tuple!(1: A 0);
tuple!(2: A 0, B 1);
tuple!(3: A 0, B 1, C 2);
tuple!(4: A 0, B 1, C 2, D 3);

fn wrong<T>(wanted: &str, value: ValueRef<'_>) -> Result<T, String> {
    let found = match value {
        ValueRef::Null => "NULL; make the field an Option",
        ValueRef::I64(_) => "a BIGINT",
        ValueRef::F64(_) => "a DOUBLE PRECISION",
        ValueRef::Text(_) => "a TEXT",
        ValueRef::Bytes(bytes) => return Err(format!("wanted {wanted}, found a BYTEA of {}", bytes.len())),
    };
    Err(format!("wanted {wanted}, found {found}"))
}

impl Column for i64 {
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        match value {
            ValueRef::I64(v) => Ok(v),
            other => wrong("a BIGINT", other),
        }
    }
}

macro_rules! narrow {
    ($($t:ty),*) => { $(impl Column for $t {
        fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
            let wide = i64::from_value(value)?;
            Self::try_from(wide).map_err(|_| format!("{wide} does not fit {}", stringify!($t)))
        }
    })* };
}
narrow!(i32, u32, u16, u8);

impl Column for bool {
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        match value {
            ValueRef::I64(0) => Ok(false),
            ValueRef::I64(1) => Ok(true),
            other => wrong("0 or 1", other),
        }
    }
}
impl Column for f64 {
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        match value {
            ValueRef::F64(v) => Ok(v),
            other => wrong("a DOUBLE PRECISION", other),
        }
    }
}
impl Column for String {
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        match value {
            ValueRef::Text(v) => Ok(v.to_owned()),
            other => wrong("a TEXT", other),
        }
    }
}
impl Column for Vec<u8> {
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        match value {
            ValueRef::Bytes(v) => Ok(v.to_vec()),
            other => wrong("a BYTEA", other),
        }
    }
}
impl<const N: usize> Column for [u8; N] {
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        match value {
            ValueRef::Bytes(v) => v.try_into().or_else(|_| wrong(&format!("{N} bytes"), value)),
            other => wrong("a BYTEA", other),
        }
    }
}
impl Column for uuid::Uuid {
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        <[u8; 16]>::from_value(value).map(Self::from_bytes)
    }
}
impl<T: Column> Column for Option<T> {
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        match value {
            ValueRef::Null => Ok(None),
            other => T::from_value(other).map(Some),
        }
    }
}
