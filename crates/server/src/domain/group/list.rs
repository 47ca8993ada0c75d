//! Lists of groups, the newest first, a bounded look at a time.
//!
//! A group's id begins with the time it was made, so the order of ids is the order of time, and a span of time is a span of
//! ids. A filter either has an index of its own that ends in the id (rare states, platforms that are not `web`, the
//! ticket) or is applied while the primary key is walked. Each look goes over a bounded number of rows in a read of its own:
//! with a million groups and a filter that fits none of them, a page takes no longer than its bound, and says where it
//! stopped.

use store::{Param, Read, Store, params};
use uuid::Uuid;

use super::{
    State,
    view::{self, Group},
};
use crate::domain::{Error, Tenant};

/// The most rows that one page looks at: some ten milliseconds of a database's work.
pub const LOOK_MOST: i64 = FIRST_LOOK * (8 - 1);
/// The rows of the first look. Most filters have a page full by then; each further look is twice as long.
const FIRST_LOOK: i64 = 2_000;

/// Which groups; all that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The ticket.
    pub case_id: Option<String>,
    /// The state.
    pub state: Option<State>,
    /// The platform that a group was made on.
    pub platform: Option<String>,
    /// The channel's row.
    pub channel: Option<Uuid>,
    /// The outer type of the first call.
    pub outer_type: Option<String>,
    /// The owner's row.
    pub owner: Option<Uuid>,
    /// Made at this time or later, milliseconds since 1970.
    pub since_ms: Option<i64>,
    /// Made before this time, milliseconds since 1970.
    pub until_ms: Option<i64>,
}

/// One page.
#[derive(Debug, Clone)]
pub struct Page {
    /// The groups, the newest first.
    pub groups: Vec<Group>,
    /// Where the next page begins; none at the end.
    pub more: Option<Uuid>,
    /// The page is not full because it looked at [`LOOK_MOST`] groups: more may fit further on.
    pub stopped: bool,
}

/// Where a look goes along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Path {
    /// `chat_group_by_state`: every state but those of open groups.
    State,
    /// `chat_group_by_platform`: every platform but `web`.
    Platform,
    /// The primary key.
    Key,
}

/// The first id that can have been made at that time.
fn first_at(ms: i64) -> Uuid {
    Uuid::from_u128(u128::from(u64::try_from(ms).unwrap_or_default()) << 80)
}

impl Filter {
    fn path(&self) -> Path {
        match (self.state, self.platform.as_deref()) {
            (Some(state), _) if !state.is_open() => Path::State,
            (_, Some(platform)) if platform != "web" => Path::Platform,
            _ => Path::Key,
        }
    }

    /// Whether every row on the path fits, so that a page is as many rows as it has.
    fn fits_all(&self, path: Path) -> bool {
        let Self { state, platform, channel, outer_type, owner, .. } = self;
        (path == Path::State || state.is_none())
            && (path == Path::Platform || platform.is_none())
            && channel.is_none()
            && outer_type.is_none()
            && owner.is_none()
    }

    /// The parameters of every list: tenant, the span of ids, the filter, how many.
    fn params<'a>(&'a self, tenant: &Tenant, span: Span, limit: i64) -> [Param<'a>; 9] {
        [
            tenant.id().into(),
            span.before.into(),
            span.from.into(),
            self.state.map(State::word).into(),
            self.platform.as_deref().into(),
            self.channel.into(),
            self.outer_type.as_deref().into(),
            self.owner.into(),
            limit.into(),
        ]
    }
}

/// Ids from one, before another.
#[derive(Debug, Clone, Copy)]
struct Span {
    from: Uuid,
    before: Uuid,
}

/// A condition along a path, and the rest of the filter.
macro_rules! select {
    ($path:literal) => {
        view::select!($path, " AND g.id < $2 AND g.id >= $3
             AND (CAST($4 AS TEXT) IS NULL OR g.state = $4) AND (CAST($5 AS TEXT) IS NULL OR g.platform = $5)
             AND (CAST($6 AS BYTEA) IS NULL OR g.channel_id = $6) AND (CAST($7 AS TEXT) IS NULL OR g.outer_type = $7)
             AND (CAST($8 AS BYTEA) IS NULL OR g.owner = $8)
             ORDER BY g.id DESC LIMIT $9")
    };
}

const BY_KEY: &str = select!("");
const BY_STATE: &str = select!("AND g.state = $4 AND g.state <> 'active' AND g.state <> 'waiting_customer'");
const BY_PLATFORM: &str = select!("AND g.platform = $5 AND g.platform <> 'web'");
const LIVE_OF_TICKET: &str = select!("AND g.case_id = $10 AND g.state <> 'dissolved'");
const PAST_OF_TICKET: &str = select!("AND g.case_id = $10 AND g.state = 'dissolved'");

impl Path {
    fn sql(self) -> &'static str {
        match self {
            Self::Key => BY_KEY,
            Self::State => BY_STATE,
            Self::Platform => BY_PLATFORM,
        }
    }
}

/// One page of the tenant's groups, beginning after `after` (which need not exist).
pub async fn page(
    store: &Store,
    tenant: &Tenant,
    filter: &Filter,
    after: Option<Uuid>,
    limit: usize,
) -> Result<Page, Error> {
    let mut span = Span {
        from: filter.since_ms.map_or(Uuid::nil(), first_at),
        before: after.unwrap_or(Uuid::max()).min(filter.until_ms.map_or(Uuid::max(), first_at)),
    };
    let mut groups = if filter.case_id.is_some() {
        of_ticket(store, tenant, filter, span, limit + 1).await?
    } else {
        Vec::new()
    };
    let mut stopped = false;
    if filter.case_id.is_none() {
        let path = filter.path();
        let (mut looked, mut look) = (0, FIRST_LOOK);
        loop {
            let (more, end) =
                one_look(store, tenant, filter, path, span, look, limit + 1 - groups.len()).await?;
            groups.extend(more);
            looked += look;
            look *= 2;
            let Some(end) = end.filter(|_| groups.len() <= limit) else { break };
            span.before = end;
            if looked >= LOOK_MOST {
                stopped = true;
                break;
            }
        }
    }
    let more = groups.len() > limit;
    groups.truncate(limit);
    let more = if more { groups.last().map(|group| group.id) } else { stopped.then_some(span.before) };
    Ok(Page { groups, more, stopped })
}

store::record! {
    struct End {
        id: Uuid,
    }
}

/// Up to `limit` fitting groups among the next `look` rows of the path, and the last row looked at; none at the end.
async fn one_look(
    store: &Store,
    tenant: &Tenant,
    filter: &Filter,
    path: Path,
    span: Span,
    look: i64,
    limit: usize,
) -> Result<(Vec<Group>, Option<Uuid>), Error> {
    let (tenant, filter) = (tenant.clone(), filter.clone());
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let read = move |r: &mut store::Reader<'_>| {
        let end =
            if filter.fits_all(path) { None } else { end_of_look(r, &tenant, &filter, path, span, look)? };
        let looked = Span { from: end.unwrap_or(span.from), ..span };
        let params = filter.params(&tenant, looked, limit);
        let groups = r.all(path.sql(), &params)?;
        Ok::<_, Error>((groups, end))
    };
    store.read("group.list", read).await
}

/// The row that ends a look of that many rows; none if the path ends before.
fn end_of_look(
    r: &mut store::Reader<'_>,
    tenant: &Tenant,
    filter: &Filter,
    path: Path,
    span: Span,
    look: i64,
) -> Result<Option<Uuid>, Error> {
    let (id, Span { from, before }, skip) = (tenant.id(), span, look - 1);
    let end: Option<End> = match path {
        Path::Key => r.one(
            "SELECT id FROM chat_group WHERE tenant_id = $1 AND id < $2 AND id >= $3 ORDER BY id DESC LIMIT 1 OFFSET $4",
            params![id, before, from, skip],
        )?,
        Path::State => r.one(
            "SELECT id FROM chat_group WHERE tenant_id = $1 AND id < $2 AND id >= $3 AND state = $5
             AND state <> 'active' AND state <> 'waiting_customer' ORDER BY id DESC LIMIT 1 OFFSET $4",
            params![id, before, from, skip, filter.state.map(State::word)],
        )?,
        Path::Platform => r.one(
            "SELECT id FROM chat_group WHERE tenant_id = $1 AND id < $2 AND id >= $3 AND platform = $5
             AND platform <> 'web' ORDER BY id DESC LIMIT 1 OFFSET $4",
            params![id, before, from, skip, filter.platform.as_deref()],
        )?,
    };
    Ok(end.map(|end| end.id))
}

/// Every generation of a ticket's groups on every channel: live and past ones each have an index by ticket.
async fn of_ticket(
    store: &Store,
    tenant: &Tenant,
    filter: &Filter,
    span: Span,
    limit: usize,
) -> Result<Vec<Group>, Error> {
    let (tenant, filter) = (tenant.clone(), filter.clone());
    let count = i64::try_from(limit).unwrap_or(i64::MAX);
    let read = move |r: &mut store::Reader<'_>| {
        let case_id = filter.case_id.as_deref();
        let params = [&filter.params(&tenant, span, count)[..], &[case_id.into()]].concat();
        let mut groups: Vec<Group> = r.all(LIVE_OF_TICKET, &params)?;
        groups.extend(r.all::<Group>(PAST_OF_TICKET, &params)?);
        Ok::<_, Error>(groups)
    };
    let mut groups: Vec<Group> = store.read("group.list_of_ticket", read).await?;
    groups.sort_by_key(|group| std::cmp::Reverse(group.id));
    groups.truncate(limit);
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use store::{Location, Options};

    use super::{super::lookup, *};
    use crate::app::open::MIGRATIONS;

    /// How SQLite goes about a statement, in its words.
    fn steps(connection: &rusqlite::Connection, sql: &str) -> Vec<String> {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let nothing = vec![rusqlite::types::Null; statement.parameter_count()];
        let steps = statement.query_map(rusqlite::params_from_iter(nothing), |row| row.get(3)).unwrap();
        steps.map(Result::unwrap).collect()
    }

    #[tokio::test]
    async fn every_look_takes_its_index_in_a_database_in_which_nothing_was_counted_yet() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("laqun.db");
        let store = Store::open(Options::new(Location::Sqlite(file.clone())), "laqun", MIGRATIONS);
        store.await.unwrap().close().await;
        let connection = rusqlite::Connection::open(file).unwrap();
        for (sql, index) in [
            (BY_KEY, "g USING PRIMARY KEY (tenant_id=? AND id>? AND id<?)"),
            (BY_STATE, "chat_group_by_state"),
            (BY_PLATFORM, "chat_group_by_platform"),
            (LIVE_OF_TICKET, "chat_group_live"),
            (PAST_OF_TICKET, "chat_group_past"),
            (lookup::MADE_BY_DEFAULT, "chat_group_live"),
            (lookup::FIND, "chat_group_live"),
        ] {
            let plan = steps(&connection, sql);
            assert!(plan.iter().any(|step| step.contains(index)), "{plan:?}\n{sql}");
            assert!(plan.iter().all(|step| !step.starts_with("SCAN")), "{plan:?}\n{sql}");
        }
        let take = steps(&connection, lookup::TAKE_TICKET);
        for index in ["staff_by_id", "customer_by_id"] {
            assert!(take.iter().any(|step| step.contains(index)), "{take:?}");
        }
    }
}
