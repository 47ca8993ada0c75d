//! An app's secrets: at most two are live, so that one can replace the other while calls go on.

use serde_json::json;
use store::{MasterKey, Read, Tx, params};
use uuid::Uuid;

use crate::domain::{
    Error, Refusal,
    audit::{self, Actor},
    directory,
};

/// How many secrets of an app can be live at once.
pub const LIVE_MOST: usize = 2;

/// A secret to be. Shown to whoever adds it, once; stored sealed.
pub struct NewSecret {
    /// Row id.
    pub id: Uuid,
    /// What calls are signed with.
    pub text: String,
}

impl std::fmt::Debug for NewSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewSecret({}, …)", self.id)
    }
}

store::record! {
    /// What is told of a secret: never the secret.
    pub struct SecretRow {
        /// Row id.
        pub secret_id: Uuid,
        /// When it was made, milliseconds since 1970.
        pub created_at: i64,
        /// When it stops signing, milliseconds since 1970; none = when it is removed.
        pub expires_at: Option<i64>,
    }
}

impl SecretRow {
    /// Whether calls are still signed with it.
    pub fn is_live(&self, now_ms: i64) -> bool {
        self.expires_at.is_none_or(|end| end > now_ms)
    }
}

/// The app's secrets, the newest first.
pub fn list(reader: &mut impl Read, app_key: &str) -> Result<Vec<SecretRow>, Error> {
    Ok(reader.all(
        "SELECT secret_id, created_at, expires_at FROM app_secret WHERE app_key = $1
         ORDER BY created_at DESC, secret_id DESC",
        params![app_key],
    )?)
}

/// Seals and writes a secret of an app that is there.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    actor: &Actor,
    key: &MasterKey,
    app_key: &str,
    new: &NewSecret,
) -> Result<(), Error> {
    if new.text.is_empty() || new.text.len() > 128 || !new.text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Refusal::Invalid {
            member: "secret",
            zh: "密钥须为 1 到 128 个可见 ASCII 字符，不含空格".into(),
            en: "a secret is 1 to 128 visible ASCII characters without blanks".into(),
        }
        .into());
    }
    // With the key that seals now: this process may have read the keys a while ago.
    key.refresh(tx)?;
    let sealed = key.seal(directory::secret_purpose(app_key).as_bytes(), new.text.as_bytes());
    Ok(tx.put(
        "INSERT INTO app_secret (app_key, secret_id, sealed, created_at) VALUES ($1, $2, $3, $4)",
        params![app_key, new.id, &sealed[..], actor.now_ms],
    )?)
}

/// Adds a secret beside the one that is live. Expired ones go.
pub fn add(
    tx: &mut Tx<'_>,
    actor: &Actor,
    key: &MasterKey,
    app_key: &str,
    new: &NewSecret,
) -> Result<(), Error> {
    put_beside(tx, actor, key, app_key, new)?;
    audit::record_detail(tx, actor, 0, "app.secret.add", app_key, &json!({"secret_id": new.id.to_string()}))?;
    directory::touch(tx)
}

/// Adds a secret and lets the others sign for `keep_ms` more; without it until they are removed, with 0 no longer.
pub fn rotate(
    tx: &mut Tx<'_>,
    actor: &Actor,
    key: &MasterKey,
    app_key: &str,
    new: &NewSecret,
    keep_ms: Option<i64>,
) -> Result<(), Error> {
    put_beside(tx, actor, key, app_key, new)?;
    if let Some(keep_ms) = keep_ms {
        tx.put(
            "UPDATE app_secret SET expires_at = $3 WHERE app_key = $1 AND secret_id <> $2
             AND (expires_at IS NULL OR expires_at > $3)",
            params![app_key, new.id, actor.now_ms.saturating_add(keep_ms)],
        )?;
    }
    let detail = json!({"secret_id": new.id.to_string(), "keep_ms": keep_ms});
    audit::record_detail(tx, actor, 0, "app.rotate", app_key, &detail)?;
    directory::touch(tx)
}

fn put_beside(
    tx: &mut Tx<'_>,
    actor: &Actor,
    key: &MasterKey,
    app_key: &str,
    new: &NewSecret,
) -> Result<(), Error> {
    super::take(tx, app_key)?;
    tx.put("DELETE FROM app_secret WHERE app_key = $1 AND expires_at <= $2", params![app_key, actor.now_ms])?;
    if list(tx, app_key)?.len() >= LIVE_MOST {
        return Err(Refusal::Invalid {
            member: "secret",
            zh: format!(
                "应用 {app_key} 已有 {LIVE_MOST} 个有效密钥，先用 laqun app secret list 与 remove 移除一个"
            ),
            en: format!(
                "app {app_key} has {LIVE_MOST} live secrets already: see `laqun app secret list {app_key}` and remove one"
            ),
        }
        .into());
    }
    insert(tx, actor, key, app_key, new)
}

/// Removes a secret: what it signs is refused from the next call on. The only live one stays.
pub fn remove(tx: &mut Tx<'_>, actor: &Actor, app_key: &str, secret: Uuid) -> Result<(), Error> {
    super::take(tx, app_key)?;
    let secrets = list(tx, app_key)?;
    if secrets.iter().all(|row| row.secret_id != secret) {
        return Err(Refusal::Invalid {
            member: "secret",
            zh: format!("应用 {app_key} 没有密钥 {secret}，见 laqun app secret list"),
            en: format!("app {app_key} has no secret {secret}: see `laqun app secret list {app_key}`"),
        }
        .into());
    }
    if !secrets.iter().any(|row| row.secret_id != secret && row.is_live(actor.now_ms)) {
        return Err(Refusal::Invalid {
            member: "secret",
            zh: format!("这是应用 {app_key} 唯一有效的密钥；先用 laqun app rotate 换新，或用 laqun app off 停用"),
            en: format!(
                "it is the only live secret of app {app_key}: `laqun app rotate` makes another, `laqun app off` \
                 switches the app off"
            ),
        }
        .into());
    }
    tx.put("DELETE FROM app_secret WHERE app_key = $1 AND secret_id = $2", params![app_key, secret])?;
    let detail = json!({"secret_id": secret.to_string()});
    audit::record_detail(tx, actor, 0, "app.secret.remove", app_key, &detail)?;
    directory::touch(tx)
}
