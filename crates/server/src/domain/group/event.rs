//! What the change feed tells of a group.

use serde_json::json;
use store::{Event, Tx};
use uuid::Uuid;

use super::member::{self, NewMember};
use crate::domain::{Error, id};

/// One event, written by the unit that makes it true.
#[derive(Debug, Clone, Copy)]
pub(in crate::domain) struct Told<'a> {
    /// Whose group.
    pub(in crate::domain) tenant_id: i64,
    /// Which group.
    pub(in crate::domain) group: Uuid,
    /// Its ticket.
    pub(in crate::domain) case_id: &'a str,
    /// Who did it.
    pub(in crate::domain) actor: &'a str,
    /// When, milliseconds since 1970.
    pub(in crate::domain) now_ms: i64,
}

impl Told<'_> {
    /// Writes `kind`, such as `group.created`, with the people it is about.
    pub(in crate::domain) fn emit(
        &self,
        tx: &mut Tx<'_>,
        kind: &str,
        people: &[NewMember],
    ) -> Result<(), Error> {
        let body = json!({
            "open_conversation_id": id::open_conversation_id(self.group),
            "case_id": self.case_id,
            "actor": self.actor,
            "members": member::told(people),
        });
        Ok(tx.emit(Event {
            tenant_id: self.tenant_id,
            kind,
            subject: &self.group.to_string(),
            body: &body.to_string(),
            at_ms: self.now_ms,
        })?)
    }
}
