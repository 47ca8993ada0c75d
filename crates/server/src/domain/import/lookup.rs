//! Finding many rows by their keys with few statements.

use store::{Param, Read, Record};

use crate::domain::{Error, Tenant};

/// How many keys one statement asks for.
const MANY: usize = 64;

/// A statement that looks up [`MANY`] keys, of one that looks up the key `$2` of the tenant `$1`.
///
/// Not `IN ($2, $3, …)`: PostgreSQL plans a prepared statement once, and for so many keys of a table that is still nearly
/// empty it plans to read the whole table, which an import then makes large. Each part of this one has a key to look up.
pub(super) fn for_many(one: &str) -> String {
    let parts: Vec<String> = (0..MANY).map(|at| one.replace("$2", &format!("${}", at + 2))).collect();
    parts.join(" UNION ALL ")
}

/// The rows with these keys; some may come more than once. `sql` is of [`for_many`].
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
