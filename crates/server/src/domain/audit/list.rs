//! Reading the audit log, the newest line first.

use store::{Read, params};
use uuid::Uuid;

use crate::domain::Error;

/// Which lines; all that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of these tenants; 0 is what concerns none.
    pub tenants: Vec<i64>,
    /// Who did it: `cli`, `app:12345678`, `staff:123`.
    pub actor: Option<String>,
    /// What was done, such as `app.rotate`, or everything about a noun, `app.`.
    pub action: Option<String>,
    /// To what.
    pub subject: Option<String>,
    /// At this time or later, milliseconds since 1970.
    pub since_ms: Option<i64>,
    /// Before this time, milliseconds since 1970.
    pub until_ms: Option<i64>,
}

store::record! {
    /// A line as it stands.
    pub struct Line {
        /// The tenant's number; 0 for what concerns none.
        pub tenant_id: i64,
        /// Row id; ids are in the order of time.
        pub id: Uuid,
        /// When, milliseconds since 1970.
        pub at: i64,
        /// Who did it.
        pub actor: String,
        /// What was done.
        pub action: String,
        /// To what.
        pub subject: String,
        /// More of it, JSON.
        pub detail: String,
    }
}

store::record! {
    struct TenantOf {
        tenant_id: i64,
    }
}

/// Every tenant that has a line, one that was removed too, and 0 for what concerns none.
pub fn tenants(reader: &mut impl Read) -> Result<Vec<i64>, Error> {
    let (mut found, mut last) = (Vec::new(), -1);
    // From one tenant to the next along the key: as many looks as tenants, however long the log is.
    while let Some(next) = reader.one::<TenantOf>(
        "SELECT tenant_id FROM audit WHERE tenant_id > $1 ORDER BY tenant_id LIMIT 1",
        params![last],
    )? {
        last = next.tenant_id;
        found.push(last);
    }
    Ok(found)
}

/// One page, beginning after the line `after`.
pub fn list(
    reader: &mut impl Read,
    filter: &Filter,
    after: Option<Uuid>,
    limit: usize,
) -> Result<Vec<Line>, Error> {
    let mut lines = Vec::new();
    // The key begins with the tenant: each gives its newest lines, and the newest of all are the page.
    for tenant_id in &filter.tenants {
        lines.extend(reader.all::<Line>(
            "SELECT tenant_id, id, at, actor, action, subject, detail FROM audit
             WHERE tenant_id = $1 AND id < $2 AND (CAST($3 AS TEXT) IS NULL OR actor = $3)
               AND (CAST($4 AS TEXT) IS NULL OR action = $4 OR ($4 LIKE '%.' AND action LIKE $4 || '%'))
               AND (CAST($5 AS TEXT) IS NULL OR subject = $5)
               AND (CAST($6 AS BIGINT) IS NULL OR at >= $6) AND (CAST($7 AS BIGINT) IS NULL OR at < $7)
             ORDER BY id DESC LIMIT $8",
            params![
                *tenant_id,
                after.unwrap_or(Uuid::max()),
                filter.actor.as_deref(),
                filter.action.as_deref(),
                filter.subject.as_deref(),
                filter.since_ms,
                filter.until_ms,
                i64::try_from(limit).unwrap_or(i64::MAX)
            ],
        )?);
    }
    lines.sort_by_key(|line| std::cmp::Reverse(line.id));
    lines.truncate(limit);
    Ok(lines)
}
