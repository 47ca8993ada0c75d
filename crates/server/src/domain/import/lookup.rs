//! Finding many rows by their keys with few statements.

use std::fmt::Write as _;

use store::{Param, Read, Record};

use crate::domain::{Error, Tenant};

/// How many keys one statement asks for.
const MANY: usize = 100;

/// `$2, $3, …`: the places of the keys, after `$1` for the tenant.
pub(super) fn places() -> String {
    let mut list = String::from("$2");
    for place in 3..MANY + 2 {
        // Writing into a String cannot fail.
        let _ = write!(list, ", ${place}");
    }
    list
}

/// The rows with these keys. `sql` takes the tenant and [`places`].
pub(super) fn by_keys<'k, T: Record>(
    reader: &mut impl Read,
    sql: &'static str,
    tenant: &Tenant,
    keys: impl IntoIterator<Item = &'k str>,
) -> Result<Vec<T>, Error> {
    let keys: Vec<&str> = keys.into_iter().collect();
    let mut found = Vec::with_capacity(keys.len());
    for some in keys.chunks(MANY) {
        let mut params: Vec<Param<'_>> = Vec::with_capacity(MANY + 1);
        params.push(tenant.id().into());
        params.extend(some.iter().map(|key| Param::from(*key)));
        // The statement has a fixed number of places.
        params.resize(MANY + 1, params[1]);
        found.extend(reader.all(sql, &params)?);
    }
    Ok(found)
}
