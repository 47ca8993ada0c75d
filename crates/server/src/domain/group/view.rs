//! Groups as people look at them: by token, by id, in lists.

use store::{Read, Store, params};
use uuid::Uuid;

use super::{State, token::Token};
use crate::domain::{Error, Tenant};

store::record! {
    /// A group as it stands.
    pub struct Group {
        /// Row id.
        pub id: Uuid,
        /// The ticket.
        pub case_id: String,
        /// 1 for the ticket's first group on its channel.
        pub generation: i64,
        /// Its state.
        pub state: State,
        /// Its name.
        pub title: String,
        /// The outer type of its first call.
        pub outer_type: String,
        /// The channel's name.
        pub channel: String,
        /// The platform's name.
        pub platform: String,
        /// The platform's own id of the chat.
        pub platform_chat_id: Option<String>,
        /// The platform's own id of the conversation.
        pub platform_conversation_id: Option<String>,
        /// The owner's `staff_id`.
        pub owner: Option<String>,
        /// Cause and remedy of a failure, JSON.
        pub failure: Option<String>,
        /// The token, sealed.
        pub token_sealed: Vec<u8>,
        /// When it was made, milliseconds since 1970.
        pub created_at: i64,
        /// When it was last changed, milliseconds since 1970.
        pub updated_at: i64,
    }
}

/// The columns of [`Group`], for one tenant and on the conditions given. The channel is joined from the left, so that no
/// engine is tempted to begin with it.
macro_rules! select {
    ($($tail:literal),+) => {
        concat!(
            "SELECT g.id, g.case_id, g.generation, g.state, g.title, g.outer_type, COALESCE(c.name, '') AS channel,
                    g.platform, g.platform_chat_id, g.platform_conversation_id, s.staff_id AS owner, g.failure,
                    g.token_sealed, g.created_at, g.updated_at
             FROM chat_group g
             LEFT JOIN channel c ON c.tenant_id = g.tenant_id AND c.id = g.channel_id
             LEFT JOIN staff s ON s.tenant_id = g.tenant_id AND s.id = g.owner
             WHERE g.tenant_id = $1 ",
            $($tail),+
        )
    };
}
pub(super) use select;

/// The tenant's group of that row id.
pub fn by_id(reader: &mut impl Read, tenant: &Tenant, group: Uuid) -> Result<Option<Group>, Error> {
    Ok(reader.one(select!("AND g.id = $2"), params![tenant.id(), group])?)
}

store::record! {
    /// What a token opens.
    pub struct Opened {
        /// The tenant's number.
        pub tenant_id: i64,
        /// The group's row id.
        pub group_id: Uuid,
        /// When the token was replaced by another.
        pub revoked_at: Option<i64>,
        /// The group's state.
        pub state: State,
        /// The group's name.
        pub title: String,
        /// The ticket.
        pub case_id: String,
        /// When the group was made, milliseconds since 1970.
        pub created_at: i64,
    }
}

/// The group of a token. The tenant is found through it: the token is the secret.
pub async fn by_token(store: &Store, token: &Token) -> Result<Option<Opened>, Error> {
    let hash = token.hash();
    let sql = "SELECT t.tenant_id, t.group_id, t.revoked_at, g.state, g.title, g.case_id, g.created_at
         FROM group_token t JOIN chat_group g ON g.tenant_id = t.tenant_id AND g.id = t.group_id
         WHERE t.token_hash = $1";
    Ok(store.query_opt(sql, params![&hash]).await?)
}
