//! An entry of a conversation, in the one shape that every surface shows.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{Lane, Someone, SystemLine, View};
use crate::domain::attachment::{self, Attachment};

/// The most characters of a quoted message that are shown with the quote.
pub(super) const QUOTE_MAX: usize = 120;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Somebody wrote something.
    Text,
    /// A picture.
    Image,
    /// A file.
    File,
    /// Something spoken.
    Voice,
    /// What laqun itself says.
    System,
    /// An earlier message was taken back.
    Recall,
}

impl Kind {
    const ALL: [Self; 6] = [Self::Text, Self::Image, Self::File, Self::Voice, Self::System, Self::Recall];

    /// The word in tables and on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::File => "file",
            Self::Voice => "voice",
            Self::System => "system",
            Self::Recall => "recall",
        }
    }

    /// Something that a person said.
    pub const fn is_said(self) -> bool {
        !matches!(self, Self::System | Self::Recall)
    }
}

impl From<attachment::Kind> for Kind {
    fn from(kind: attachment::Kind) -> Self {
        match kind {
            attachment::Kind::Image => Self::Image,
            attachment::Kind::File => Self::File,
            attachment::Kind::Voice => Self::Voice,
        }
    }
}

impl store::Column for Kind {
    fn from_value(value: store::ValueRef<'_>) -> Result<Self, String> {
        let word = String::from_value(value)?;
        let kind = Self::ALL.into_iter().find(|kind| kind.word() == word);
        kind.ok_or_else(|| format!("`{word}` is no kind of entry"))
    }
}

/// Who an entry is by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct By {
    /// The member's `person_id`; none for laqun itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// `staff`, `customer`, `guest` or `system`.
    pub kind: String,
    /// The name, as it was when this was said.
    pub name: String,
    /// A member of staff of another organisation.
    #[serde(skip_serializing_if = "is_false")]
    pub external: bool,
}

/// What is quoted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quote {
    /// Its number, of the same lane.
    pub seq: i64,
    /// What it is.
    pub kind: Kind,
    /// Who said it.
    pub name: String,
    /// Its beginning.
    pub text: String,
    /// Of a file, its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// It was taken back.
    #[serde(skip_serializing_if = "is_false")]
    pub recalled: bool,
    /// The reader may not see it.
    #[serde(skip_serializing_if = "is_false")]
    pub hidden: bool,
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Who may see it.
    pub lane: Lane,
    /// Its number in the lane, from 1.
    pub seq: i64,
    /// What it is.
    pub kind: Kind,
    /// When, milliseconds since 1970.
    pub at: i64,
    /// Who it is by.
    pub by: By,
    /// What was written; empty if nothing was, or if it was taken back.
    pub text: String,
    /// Who is mentioned.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Someone>,
    /// The sender's own id of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<Uuid>,
    /// It was taken back.
    #[serde(skip_serializing_if = "is_false")]
    pub recalled: bool,
    /// What it quotes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<Quote>,
    /// The file that it brings, as [`attachment::view`] tells of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<Value>,
    /// Of a recall: the number of what was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<i64>,
    /// Of a system line: what it tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<SystemLine>,
}

impl Entry {
    /// The entry as somebody with this view sees it: none of another lane and none that is older than the view, and a quote
    /// of something older without its words.
    #[must_use]
    pub fn through(mut self, view: View) -> Option<Self> {
        if self.lane != view.lane() || self.seq <= view.from() {
            return None;
        }
        if let Some(quote) = self.quote.as_mut().filter(|quote| quote.seq <= view.from()) {
            *quote = Quote {
                seq: quote.seq,
                kind: Kind::Text,
                name: String::new(),
                text: String::new(),
                file: None,
                recalled: false,
                hidden: true,
            };
        }
        Some(self)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_false(value: &bool) -> bool {
    !value
}

/// What the column `detail` holds of an entry that a person is behind.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Said {
    /// The author's name.
    #[serde(default)]
    pub(super) by: String,
    /// The author is of another organisation.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) external: bool,
    /// Who is mentioned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) mentions: Vec<Someone>,
}

store::record! {
    /// An entry as the tables have it, with what it quotes and what it brings.
    pub(super) struct Row {
        lane: Lane,
        seq: i64,
        kind: Kind,
        at: i64,
        author: Option<Uuid>,
        author_kind: String,
        client_id: Option<Uuid>,
        body: String,
        detail: String,
        quote: Option<i64>,
        recalled_at: Option<i64>,
        quoted_kind: Option<Kind>,
        quoted_body: Option<String>,
        quoted_detail: Option<String>,
        quoted_recalled_at: Option<i64>,
        quoted_file: Option<String>,
        file: Option<Uuid>,
        file_kind: Option<attachment::Kind>,
        file_name: Option<String>,
        file_type: Option<String>,
        file_bytes: Option<i64>,
        file_width: Option<i64>,
        file_height: Option<i64>,
        file_ms: Option<i64>,
        file_blob: Option<String>,
        file_thumb: Option<String>,
        file_state: Option<attachment::State>,
    }
}

/// The columns of [`Row`], of one lane ($3) of a group ($1, $2), behind a view's beginning ($4), and on the conditions given.
macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT m.lane, m.seq, m.kind, m.at, m.author, m.author_kind, m.client_id, m.body, m.detail, m.quote, m.recalled_at,
                    q.kind AS quoted_kind, substr(q.body, 1, 121) AS quoted_body, q.detail AS quoted_detail,
                    q.recalled_at AS quoted_recalled_at, qf.name AS quoted_file,
                    m.file, f.kind AS file_kind, f.name AS file_name, f.media_type AS file_type, f.bytes AS file_bytes,
                    f.width AS file_width, f.height AS file_height, f.duration_ms AS file_ms, f.blob AS file_blob,
                    f.thumb AS file_thumb, f.state AS file_state
             FROM message m
             LEFT JOIN message q ON q.tenant_id = m.tenant_id AND q.group_id = m.group_id AND q.lane = m.lane
                                AND q.seq = m.quote AND m.kind <> 'recall'
             LEFT JOIN attachment qf ON qf.tenant_id = q.tenant_id AND qf.id = q.file
             LEFT JOIN attachment f ON f.tenant_id = m.tenant_id AND f.id = m.file
             WHERE m.tenant_id = $1 AND m.group_id = $2 AND m.lane = $3 AND m.seq > $4 ",
            $tail
        )
    };
}
pub(super) use select;

impl Row {
    /// The entry of the row, as somebody with this view sees it.
    pub(super) fn entry(self, group: Uuid, view: View) -> Option<Entry> {
        let quote = self.quote();
        let file = self.file(group);
        let Self { lane, seq, kind, at, author, author_kind, client_id, body, detail, .. } = self;
        // A detail that cannot be read is none: an entry with a hole in it is better than a page that never opens.
        let system = if kind == Kind::System { serde_json::from_str(&detail).ok() } else { None };
        let said: Said = if system.is_none() { read(&detail) } else { Said::default() };
        let recalled = self.recalled_at.is_some();
        let entry = Entry {
            lane,
            seq,
            kind,
            at,
            by: By { id: author, kind: author_kind, name: said.by, external: said.external },
            text: if recalled { String::new() } else { body },
            mentions: if recalled { Vec::new() } else { said.mentions },
            client_id,
            recalled,
            quote: if recalled { None } else { quote },
            file: if recalled { None } else { file },
            of: if kind == Kind::Recall { self.quote } else { None },
            system,
        };
        entry.through(view)
    }

    fn quote(&self) -> Option<Quote> {
        let (seq, kind) = (self.quote?, self.quoted_kind?);
        let recalled = self.quoted_recalled_at.is_some();
        let text =
            if recalled { String::new() } else { shortened(self.quoted_body.as_deref().unwrap_or_default()) };
        Some(Quote {
            seq,
            kind,
            name: read(self.quoted_detail.as_deref().unwrap_or_default()).by,
            text,
            file: if recalled { None } else { self.quoted_file.clone() },
            recalled,
            hidden: false,
        })
    }

    fn file(&self, group: Uuid) -> Option<Value> {
        let file = Attachment {
            id: self.file?,
            group_id: group,
            lane: self.lane,
            author: self.author?,
            kind: self.file_kind?,
            name: self.file_name.clone()?,
            media_type: self.file_type.clone()?,
            bytes: self.file_bytes?,
            width: self.file_width,
            height: self.file_height,
            duration_ms: self.file_ms,
            blob: self.file_blob.clone()?,
            thumb: self.file_thumb.clone(),
            state: self.file_state?,
            seq: Some(self.seq),
        };
        Some(attachment::view(&file))
    }
}

fn read(detail: &str) -> Said {
    serde_json::from_str(detail).unwrap_or_default()
}

/// The beginning of a text, with a sign that there is more.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(QUOTE_MAX) {
        Some(_) => text.chars().take(QUOTE_MAX - 1).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(lane: Lane, seq: i64, quote: Option<i64>) -> Entry {
        let quote = quote.map(|seq| Quote {
            seq,
            kind: Kind::Text,
            name: "林晓".to_owned(),
            text: "secret".to_owned(),
            file: None,
            recalled: false,
            hidden: false,
        });
        Entry {
            lane,
            seq,
            kind: Kind::Text,
            at: 0,
            by: By { id: None, kind: "staff".to_owned(), name: String::new(), external: false },
            text: "hello".to_owned(),
            mentions: Vec::new(),
            client_id: None,
            recalled: false,
            quote,
            file: None,
            of: None,
            system: None,
        }
    }

    #[test]
    fn a_view_lets_through_its_lane_from_its_beginning_on_and_hides_older_quotes() {
        let whole = View::whole(Lane::Customer);
        assert_eq!(entry(Lane::Internal, 9, None).through(whole), None);
        let quoting = entry(Lane::Customer, 9, Some(3));
        assert_eq!(quoting.clone().through(whole), Some(quoting.clone()));
        let late = View::behind(Lane::Customer, 3);
        assert_eq!(entry(Lane::Customer, 3, None).through(late), None);
        let seen = quoting.through(late).expect("it is newer");
        assert!(!serde_json::json!(seen).to_string().contains("secret"));
        assert!(seen.quote.is_some_and(|quote| quote.hidden && quote.seq == 3));
    }

    #[test]
    fn a_quote_shows_at_most_its_beginning() {
        assert_eq!(shortened(&"单".repeat(120)).chars().count(), 120);
        let long = shortened(&"单".repeat(121));
        assert!(long.ends_with('…') && long.chars().count() == 120);
    }
}
