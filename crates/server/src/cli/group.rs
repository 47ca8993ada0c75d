//! `laqun group`.

use clap::Subcommand;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Failure, Global,
    print::{self, members, time},
    session::Session,
};
use crate::domain::{
    self, Refusal, Tenant,
    group::{
        ask::Fresh,
        click::{Asker, Words},
        lifecycle::{self, Act},
        member, timeline,
        view::{self, Group},
    },
    id,
};

/// Make, list and show groups; close, reopen, dissolve.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Make (or find) the group of a ticket, as the TOP call does.
    Add {
        /// The ticket: case_id.
        case_id: String,
        /// The caller's staff_id; the ticket's assignee without it.
        #[arg(long)]
        staff: Option<String>,
        /// Where the call comes from; the default channel without it.
        #[arg(long)]
        outer_type: Option<String>,
        /// The tenant; the only one without it.
        #[arg(long)]
        tenant: Option<i64>,
    },
    /// List groups, the newest first.
    List {
        /// Only the groups of this ticket, every generation.
        #[arg(long)]
        case_id: Option<String>,
        /// How many at most.
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=10_000))]
        limit: i64,
        /// Begin before this group (open_conversation_id or team_group_id).
        #[arg(long)]
        before: Option<String>,
        /// The tenant; the only one without it.
        #[arg(long)]
        tenant: Option<i64>,
    },
    /// Show a group with its members and timeline.
    Show(Which),
    /// Close a group; a click opens it again.
    Close(Which),
    /// Open a closed group again.
    Reopen(Which),
    /// Dissolve a group for good; the next click makes the next generation.
    Dissolve(Which),
}

/// Which group.
#[derive(Debug, clap::Args)]
pub(super) struct Which {
    /// Its open_conversation_id or team_group_id.
    group: String,
    /// The tenant; the only one without it.
    #[arg(long)]
    tenant: Option<i64>,
}

impl Verb {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let session = Session::open(global).await?;
        match self {
            Self::Add { case_id, staff, outer_type, tenant } => {
                let tenant = session.tenant(tenant).await?;
                add(global, &session, tenant, case_id, staff, outer_type).await?;
            }
            Self::List { case_id, limit, before, tenant } => {
                let tenant = session.tenant(tenant).await?;
                let before = before.map(|text| parse(&text)).transpose()?;
                let read = move |r: &mut store::Reader<'_>| match &case_id {
                    Some(case_id) => view::of_ticket(r, &tenant, case_id),
                    None => view::list(r, &tenant, before, limit),
                };
                let rows = session.store().read("group.list", read).await?;
                let rows: Vec<_> = rows.iter().map(|row| members(view_of(row))).collect();
                let columns = [
                    "open_conversation_id",
                    "case_id",
                    "generation",
                    "state",
                    "channel",
                    "title",
                    "created_at",
                ];
                print::rows(global.json, &columns, &rows);
            }
            Self::Show(which) => show(global, &session, which).await?,
            Self::Close(which) => act(global, &session, which, Act::Close).await?,
            Self::Reopen(which) => act(global, &session, which, Act::Reopen).await?,
            Self::Dissolve(which) => act(global, &session, which, Act::Dissolve).await?,
        }
        session.close().await;
        Ok(())
    }
}

fn parse(text: &str) -> Result<Uuid, Failure> {
    let id = id::from_open_conversation_id(text).or_else(|| id::from_team_group_id(text));
    id.ok_or_else(|| {
        Failure::Usage(anyhow::anyhow!("`{text}` is neither an open_conversation_id nor a team_group_id"))
    })
}

async fn add(
    global: &Global,
    session: &Session,
    tenant: Tenant,
    case_id: String,
    staff: Option<String>,
    outer_type: Option<String>,
) -> Result<(), Failure> {
    let words =
        Words::parse(Some(&case_id), staff.as_deref(), outer_type.as_deref()).map_err(domain::Error::from)?;
    let asker = Asker {
        actor: "cli".to_owned(),
        now_ms: session.now_ms,
        directory_version: session.directory_version(),
    };
    let ask = words.ask(session.store(), &tenant, asker).await?;
    let fresh = || Fresh::new(&session.ids, &session.opened.key, &tenant, session.now_ms);
    let group = ask.run(session.store(), fresh).await?;
    let value = json!({
        "open_conversation_id": id::open_conversation_id(group.group),
        "team_group_id": id::team_group_id(group.group),
        "state": group.state.word(),
    });
    print::object(global.json, &members(value));
    Ok(())
}

async fn act(global: &Global, session: &Session, which: Which, act: Act) -> Result<(), Failure> {
    let (tenant, group) = (session.tenant(which.tenant).await?, parse(&which.group)?);
    let actor = session.actor();
    let state = session.write("group.act", move |tx| lifecycle::act(tx, &actor, &tenant, group, act)).await?;
    let value = json!({"open_conversation_id": id::open_conversation_id(group), "state": state.word()});
    print::done(global.json, &format!("the group is {}", state.word()), &value);
    Ok(())
}

async fn show(global: &Global, session: &Session, which: Which) -> Result<(), Failure> {
    let (tenant, group) = (session.tenant(which.tenant).await?, parse(&which.group)?);
    let read = move |r: &mut store::Reader<'_>| {
        let Some(found) = view::by_id(r, &tenant, group)? else { return Err(Refusal::GroupNotExist.into()) };
        let people = member::list(r, tenant.id(), group)?;
        Ok::<_, domain::Error>((found, people, timeline::list(r, tenant.id(), group)?))
    };
    let (group, people, lines) = session.store().read("group.show", read).await?;
    let mut view = members(view_of(&group));
    let people = people.iter().map(|m| {
        json!({"name": m.name, "id": m.external_id, "kind": m.kind, "role": m.role, "reason": m.reason, "state": m.state})
    });
    view.insert("members".into(), people.collect());
    let lines = lines.iter().map(|l| {
        json!({"seq": l.seq, "at": time(l.at), "kind": l.kind, "actor": l.actor, "evidence": l.evidence, "detail": l.detail})
    });
    view.insert("timeline".into(), lines.collect());
    print::object(global.json, &view);
    Ok(())
}

fn view_of(group: &Group) -> Value {
    json!({
        "open_conversation_id": id::open_conversation_id(group.id),
        "team_group_id": id::team_group_id(group.id),
        "case_id": group.case_id,
        "generation": group.generation,
        "state": group.state.word(),
        "title": group.title,
        "outer_type": group.outer_type,
        "channel": group.channel,
        "platform": group.platform,
        "platform_chat_id": group.platform_chat_id,
        "platform_conversation_id": group.platform_conversation_id,
        "owner": group.owner,
        "failure": group.failure,
        "created_at": time(group.created_at),
        "updated_at": time(group.updated_at),
    })
}
