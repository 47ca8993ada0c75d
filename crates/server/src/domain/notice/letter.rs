//! What a notice says. Of the conversation it has the customer's first word that waits, cut short, and nothing else.

use serde_json::{Value, json};
use store::{Read, params};
use uuid::Uuid;

use super::{Silence, Step};
use crate::domain::{
    Error, Tenant,
    conversation::Kind,
    group::{State, link::Link},
    id,
};

/// The most characters of the customer's words.
const EXCERPT: usize = 120;

/// How much the clocks of servers that write into one group may differ, milliseconds.
const SKEW_MS: i64 = 60_000;

/// The first word of a silence ($3 since when, $4 a little before). Numbers are the only index, so that it walks back from the
/// lane's end, over the silence and no further: not over all that was ever said.
const FIRST: &str = "SELECT kind, body, detail FROM message
     WHERE tenant_id = $1 AND group_id = $2 AND lane = 'customer'
       AND seq > COALESCE((SELECT e.seq FROM message e WHERE e.tenant_id = $1 AND e.group_id = $2 AND e.lane = 'customer'
                             AND e.at < $4 ORDER BY e.seq DESC LIMIT 1), 0)
       AND author_kind IN ('customer', 'guest') AND at >= $3 AND recalled_at IS NULL
       AND kind IN ('text', 'image', 'file', 'voice')
     ORDER BY seq LIMIT 1";

/// A notice to be sent.
#[derive(Debug, Clone)]
pub struct Letter {
    /// What it has come to.
    pub step: Step,
    /// The same for each attempt: receivers drop what they have seen.
    pub id: String,
    /// The group's name.
    pub group_name: String,
    /// The ticket's number.
    pub case_id: String,
    /// Who waits; empty where no name is known.
    pub customer: String,
    /// The beginning of what the customer said; empty for a picture or file, and where it was recalled.
    pub excerpt: String,
    /// The kind of what was said: `text`, `image`, `file` or `voice`.
    pub kind: Option<Kind>,
    /// Since when, milliseconds since 1970.
    pub since_ms: i64,
    /// The staff page, without a sign-in ticket.
    pub link: String,
    /// The group's `open_conversation_id`.
    pub open_conversation_id: String,
    /// The group's `team_group_id`.
    pub team_group_id: String,
    /// The tenant's number.
    pub tenant_id: i64,
    /// The `staff_id`s of who is to be told.
    pub staff: Vec<String>,
    /// Where the e-mail goes, if it is one person who is told.
    pub email: Option<String>,
    /// Row id, kind and name of the owner, for the conversation's line.
    pub owner: Option<(Uuid, String)>,
}

store::record! {
    struct Facts {
        state: State,
        title: String,
        case_id: String,
        outer_type: String,
        owner: Option<Uuid>,
        owner_name: Option<String>,
    }
}

store::record! {
    struct First {
        kind: Kind,
        body: String,
        detail: String,
    }
}

store::record! {
    struct Person {
        email: Option<String>,
        user_identify: String,
    }
}

/// The notice of a silence, or none when it is over.
pub fn letter(
    reader: &mut impl Read,
    tenant: &Tenant,
    silence: Silence,
    step: Step,
    staff: Vec<String>,
    public_url: &str,
) -> Result<Option<Letter>, Error> {
    let Silence { tenant_id, group, since_ms } = silence;
    let facts: Option<Facts> = reader.one(
        "SELECT g.state, g.title, g.case_id, g.outer_type, g.owner, s.name AS owner_name FROM chat_group g
         LEFT JOIN staff s ON s.tenant_id = g.tenant_id AND s.id = g.owner
         WHERE g.tenant_id = $1 AND g.id = $2 AND g.unanswered_since = $3",
        params![tenant_id, group, since_ms],
    )?;
    let Some(facts) = facts.filter(|facts| facts.state.is_open()) else { return Ok(None) };
    let first: Option<First> =
        reader.one(FIRST, params![tenant_id, group, since_ms, since_ms.saturating_sub(SKEW_MS)])?;
    let person: Option<Person> = match &staff[..] {
        [one] => reader.one(
            "SELECT email, user_identify FROM staff WHERE tenant_id = $1 AND staff_id = $2 AND active = 1",
            params![tenant_id, one],
        )?,
        _ => None,
    };
    let open_conversation_id = id::open_conversation_id(group);
    let link = Link {
        public_url,
        corp_id: &tenant.entry().corp_id,
        group_name: &facts.title,
        created: true,
        open_conversation_id: &open_conversation_id,
        outer_type: &facts.outer_type,
        tenant_id,
        user_identify: person.as_ref().map_or("", |person| &person.user_identify),
        st: None,
    };
    let said: Value = first.as_ref().and_then(|f| serde_json::from_str(&f.detail).ok()).unwrap_or_default();
    let link = link.web();
    Ok(Some(Letter {
        step,
        id: format!("msg_{}_{since_ms}_{}", group.simple(), if step == Step::Unattended { "1" } else { "2" }),
        group_name: facts.title,
        case_id: facts.case_id,
        customer: said["by"].as_str().unwrap_or_default().to_owned(),
        excerpt: first.as_ref().map(|first| excerpt(&first.body)).unwrap_or_default(),
        kind: first.map(|first| first.kind),
        since_ms,
        link,
        open_conversation_id,
        team_group_id: id::team_group_id(group),
        tenant_id,
        staff,
        email: person.and_then(|person| person.email),
        owner: facts.owner.map(|owner| (owner, facts.owner_name.unwrap_or_default())),
    }))
}

/// One line, cut short.
fn excerpt(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut cut: String = line.chars().take(EXCERPT).collect();
    if cut.len() < line.len() {
        cut.push('…');
    }
    cut
}

impl Letter {
    /// Subject and text of the e-mail, in Chinese and English: nobody asked which one the person reads.
    pub fn mail(&self, company: &str) -> (String, String) {
        let Self { group_name, case_id, customer, excerpt, link, .. } = self;
        let (zh, en) = match self.step {
            Step::Unattended => ("客户在等回复，没有人在看", "A customer waits and nobody is there"),
            Step::Unanswered => ("客户等了太久", "A customer has waited too long"),
        };
        let said = match (excerpt.as_str(), self.kind) {
            ("", Some(Kind::Image)) => "［图片］ [picture]",
            ("", Some(Kind::Voice)) => "［语音］ [voice message]",
            ("", Some(Kind::File)) => "［文件］ [file]",
            (text, _) => text,
        };
        let text = format!(
            "{zh}。\n{en}.\n\n{group_name}\n工单 Ticket: {case_id}\n{customer}: {said}\n\n打开群 Open the group:\n{link}\n\n\
             打开后按页面上的提示登录；这个链接本身不能登录。\nThe page says how to sign in; this link alone signs nobody in.\n\n-- \n{company} · laqun\n"
        );
        (format!("{zh}：{group_name}"), text)
    }

    /// The body of the webhook.
    pub fn body(&self, at: &str, waiting_since: &str) -> Value {
        json!({
            "type": self.step.event(),
            "timestamp": at,
            "data": {
                "tenant_id": self.tenant_id,
                "open_conversation_id": self.open_conversation_id,
                "team_group_id": self.team_group_id,
                "case_id": self.case_id,
                "group_name": self.group_name,
                "waiting_since": waiting_since,
                "staff": self.staff,
                "message": {
                    "kind": self.kind.map(Kind::word),
                    "by": self.customer,
                    "excerpt": self.excerpt,
                },
                "link": self.link,
            },
        })
    }
}
