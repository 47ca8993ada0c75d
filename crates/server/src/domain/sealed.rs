//! Everything that is sealed at rest, for sealing it anew after the key was replaced.
//!
//! Invariant: every column that holds a sealed value is here; a test compares with those whose name or comment says so.

use store::{MasterKey, Param, Store, params};
use uuid::Uuid;

use super::{
    Error, directory,
    group::token,
    tenant,
    visitor::{contact, phone},
};

/// The columns that hold sealed values.
pub const COLUMNS: [(&str, &str); 5] = [
    ("app_secret", "sealed"),
    ("chat_group", "token_sealed"),
    ("customer", "phone"),
    ("tenant", "notify_secret"),
    ("visitor", "contact"),
];

/// Rows looked at in one read.
const PAGE: i64 = 1000;
/// Rows sealed anew in one unit: it holds the writer for a few milliseconds.
const UNIT: usize = 100;

store::record! {
    struct AppSecret {
        app_key: String,
        secret_id: Uuid,
        sealed: Vec<u8>,
    }
}

store::record! {
    struct GroupToken {
        tenant_id: i64,
        id: Uuid,
        token_sealed: Vec<u8>,
    }
}

store::record! {
    struct Notify {
        tenant_id: i64,
        notify_secret: Vec<u8>,
    }
}

store::record! {
    struct Numbered {
        tenant_id: i64,
        customer_id: String,
        phone: Vec<u8>,
    }
}

store::record! {
    struct Reachable {
        tenant_id: i64,
        group_id: Uuid,
        id: Uuid,
        contact: Vec<u8>,
    }
}

/// How far a pass is: rows looked at, rows sealed anew.
pub type Seen<'a> = &'a (dyn Fn(u64, u64) + Send + Sync);

/// Goes over all of it once and seals anew, with the key that seals now, what an older one sealed. Between units it rests as
/// long as the last one took, so that others have their turns. Says how many values it sealed anew.
///
/// A value that is replaced meanwhile is left alone. Doing it again does what is left.
pub async fn seal_anew(store: &Store, key: &MasterKey, seen: Seen<'_>) -> Result<u64, Error> {
    let secrets = secrets(store, key).await?;
    seen(0, secrets);
    let (mut looked, mut sealed) = (0, secrets);
    let tenants = store.read("sealed.tenants", |r| tenant::list(r, None)).await?;
    for tenant in tenants.iter().map(|tenant| tenant.tenant_id) {
        sealed += notify_secret(store, key, tenant).await?;
        sealed += phones(store, key, tenant).await?;
        sealed += contacts(store, key, tenant).await?;
        seen(looked, sealed);
        let mut after = Uuid::nil();
        loop {
            let sql = "SELECT tenant_id, id, token_sealed FROM chat_group
                       WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3";
            let page = move |r: &mut store::Reader<'_>| {
                Ok::<_, Error>(store::Read::all::<GroupToken>(r, sql, params![tenant, after, PAGE])?)
            };
            let rows = store.read("sealed.tokens", page).await?;
            let Some(last) = rows.last() else { break };
            after = last.id;
            looked += rows.len() as u64;
            let old = rows.into_iter().filter(|row| !key.is_current(&row.token_sealed));
            for chunk in old.collect::<Vec<_>>().chunks(UNIT) {
                sealed += tokens(store, key, chunk).await?;
            }
            seen(looked, sealed);
        }
    }
    Ok(sealed)
}

/// One value: its bytes now, and sealed anew.
fn anew(key: &MasterKey, purpose: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Error> {
    let plain = key.open(purpose, sealed).map_err(|error| Error::Secret(error.to_string()))?;
    Ok(key.seal(purpose, &plain))
}

async fn tokens(store: &Store, key: &MasterKey, rows: &[GroupToken]) -> Result<u64, Error> {
    let mut values = Vec::with_capacity(rows.len());
    for row in rows {
        let new = anew(key, &token::purpose(row.tenant_id), &row.token_sealed)?;
        values.push((row.tenant_id, row.id, row.token_sealed.clone(), new));
    }
    let sql =
        "UPDATE chat_group SET token_sealed = $4 WHERE tenant_id = $1 AND id = $2 AND token_sealed = $3";
    resting(store, values, move |(tenant, id, old, new)| {
        (sql, vec![(*tenant).into(), (*id).into(), old.into(), new.into()])
    })
    .await
}

/// A tenant has one at most.
async fn notify_secret(store: &Store, key: &MasterKey, tenant: i64) -> Result<u64, Error> {
    let sql =
        "SELECT tenant_id, notify_secret FROM tenant WHERE tenant_id = $1 AND notify_secret IS NOT NULL";
    let rows: Vec<Notify> = store.query(sql, params![tenant]).await?;
    let mut values = Vec::new();
    for row in rows.into_iter().filter(|row| !key.is_current(&row.notify_secret)) {
        let new = anew(key, &tenant::notify::purpose(row.tenant_id), &row.notify_secret)?;
        values.push((row.tenant_id, row.notify_secret, new));
    }
    let sql = "UPDATE tenant SET notify_secret = $3 WHERE tenant_id = $1 AND notify_secret = $2";
    resting(store, values, move |(tenant, old, new)| (sql, vec![(*tenant).into(), old.into(), new.into()]))
        .await
}

/// Customers whose number is known, page by page.
async fn phones(store: &Store, key: &MasterKey, tenant: i64) -> Result<u64, Error> {
    let (mut after, mut sealed) = (String::new(), 0);
    loop {
        let sql = "SELECT tenant_id, customer_id, phone FROM customer
                   WHERE tenant_id = $1 AND customer_id > $2 AND phone IS NOT NULL ORDER BY customer_id LIMIT $3";
        let rows: Vec<Numbered> = store.query(sql, params![tenant, &after, PAGE]).await?;
        let Some(last) = rows.last() else { return Ok(sealed) };
        after.clone_from(&last.customer_id);
        let old: Vec<_> = rows.into_iter().filter(|row| !key.is_current(&row.phone)).collect();
        for chunk in old.chunks(UNIT) {
            let mut values = Vec::with_capacity(chunk.len());
            for row in chunk {
                let new = anew(key, &phone::purpose(row.tenant_id), &row.phone)?;
                values.push((row.tenant_id, row.customer_id.clone(), row.phone.clone(), new));
            }
            let sql =
                "UPDATE customer SET phone = $4 WHERE tenant_id = $1 AND customer_id = $2 AND phone = $3";
            sealed += resting(store, values, move |(tenant, id, old, new)| {
                (sql, vec![(*tenant).into(), id.into(), old.into(), new.into()])
            })
            .await?;
        }
    }
}

/// Visitors who left an address, page by page.
async fn contacts(store: &Store, key: &MasterKey, tenant: i64) -> Result<u64, Error> {
    let (mut after, mut sealed) = ((Uuid::nil(), Uuid::nil()), 0);
    loop {
        let sql = "SELECT tenant_id, group_id, id, contact FROM visitor
                   WHERE tenant_id = $1 AND (group_id > $2 OR (group_id = $2 AND id > $3)) AND contact IS NOT NULL
                   ORDER BY group_id, id LIMIT $4";
        let rows: Vec<Reachable> = store.query(sql, params![tenant, after.0, after.1, PAGE]).await?;
        let Some(last) = rows.last() else { return Ok(sealed) };
        after = (last.group_id, last.id);
        let old: Vec<_> = rows.into_iter().filter(|row| !key.is_current(&row.contact)).collect();
        for chunk in old.chunks(UNIT) {
            let mut values = Vec::with_capacity(chunk.len());
            for row in chunk {
                let new = anew(key, &contact::purpose(row.tenant_id), &row.contact)?;
                values.push((row.tenant_id, row.group_id, row.id, row.contact.clone(), new));
            }
            let sql = "UPDATE visitor SET contact = $5
                       WHERE tenant_id = $1 AND group_id = $2 AND id = $3 AND contact = $4";
            sealed += resting(store, values, move |(tenant, group, id, old, new)| {
                (sql, vec![(*tenant).into(), (*group).into(), (*id).into(), old.into(), new.into()])
            })
            .await?;
        }
    }
}

/// Secrets of apps are few.
async fn secrets(store: &Store, key: &MasterKey) -> Result<u64, Error> {
    let sql = "SELECT app_key, secret_id, sealed FROM app_secret";
    let rows: Vec<AppSecret> = store.read("sealed.secrets", move |r| store::Read::all(r, sql, &[])).await?;
    let mut values = Vec::new();
    for row in rows.into_iter().filter(|row| !key.is_current(&row.sealed)) {
        let new = anew(key, directory::secret_purpose(&row.app_key).as_bytes(), &row.sealed)?;
        values.push((row.app_key, row.secret_id, row.sealed, new));
    }
    let sql = "UPDATE app_secret SET sealed = $4 WHERE app_key = $1 AND secret_id = $2 AND sealed = $3";
    resting(store, values, move |(app, id, old, new)| {
        (sql, vec![app.into(), (*id).into(), old.into(), new.into()])
    })
    .await
}

/// One unit that runs a statement for each value, and a rest after it.
async fn resting<V: Send + Sync + 'static>(
    store: &Store,
    values: Vec<V>,
    statement: impl for<'v> Fn(&'v V) -> (&'static str, Vec<Param<'v>>) + Send + 'static,
) -> Result<u64, Error> {
    if values.is_empty() {
        return Ok(0);
    }
    let (began, count) = (std::time::Instant::now(), values.len() as u64);
    let unit = move |tx: &mut store::Tx<'_>| {
        values.iter().map(&statement).try_for_each(|(sql, params)| tx.put(sql, &params))
    };
    store.write("sealed.anew", unit).await?;
    tokio::time::sleep(began.elapsed()).await;
    Ok(count)
}
