//! `laqun group`.

mod list;
mod show;
mod transcript;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Failure, Global,
    print::{self, members, time},
    scope::OfTenant,
    session::Session,
};
use crate::domain::{
    self,
    group::{
        ask::Fresh,
        click::{Asker, Words},
        lifecycle::{self, Act},
        view::Group,
    },
    id,
};

/// Make, list and show groups; close, reopen, retry, dissolve.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Make (or find) the group of a ticket, as the TOP call does.
    #[command(
        after_long_help = "Examples:\n  laqun group add T-1 --staff 123 --outer-type 111\n  laqun group add T-1"
    )]
    Add(Add),
    /// List groups, the newest first.
    ///
    /// All filters must hold. With millions of groups and a filter that few of them fit, the list stops after a million and
    /// says how to go on.
    #[command(
        after_long_help = "Examples:\n  laqun group list --failed\n  laqun group list --state active --owner 123 --limit 20\n  \
        laqun group list --channel night --since 7d\n  laqun group list --case-id T-1\n  \
        laqun group list --since 2026-11-01 --until 2026-12-01 --json"
    )]
    List(list::List),
    /// Show a group with its members and timeline.
    #[command(
        after_long_help = "Examples:\n  laqun group show chat7777...\n  laqun group show cidxVCsb6h4If5WSyOrVnHhYQ== --json"
    )]
    Show(Which),
    /// A group's timeline: what happened, who did it, what proves it.
    #[command(after_long_help = "Examples:\n  laqun group timeline chat7777...\n  \
        laqun group timeline chat7777... --after 2 --limit 50 --json")]
    Timeline(show::Timeline),
    /// A group's members: who, why, since when.
    #[command(after_long_help = "Examples:\n  laqun group members chat7777...")]
    Members(Which),
    /// What was said in a group, as a file: text, a page to print, or JSON.
    #[command(after_long_help = "Examples:\n  laqun group transcript chat7777... > talk.txt\n  \
        laqun group transcript chat7777... --lane customer --format html --lang zh > talk.html")]
    Transcript(transcript::Write),
    /// Ask the platform again for a group that it refused.
    #[command(
        after_long_help = "Examples:\n  laqun group list --failed\n  laqun group retry chat7777...\n  \
        laqun group list --failed --json | jq -r .team_group_id | xargs -n 1 laqun group retry"
    )]
    Retry(Which),
    /// Close a group; a click opens it again.
    #[command(after_long_help = "Examples:\n  laqun group close chat7777...")]
    Close(Which),
    /// Open a closed group again.
    #[command(after_long_help = "Examples:\n  laqun group reopen chat7777...")]
    Reopen(Which),
    /// Dissolve a group for good; the next click makes the next generation.
    #[command(after_long_help = "Examples:\n  laqun group dissolve chat7777...")]
    Dissolve(Which),
}

/// A ticket and who clicks.
#[derive(Debug, Args)]
pub(super) struct Add {
    /// The ticket: case_id.
    case_id: String,
    /// The caller's staff_id; the ticket's assignee without it.
    #[arg(long)]
    staff: Option<String>,
    /// Where the call comes from; the default channel without it.
    #[arg(long)]
    outer_type: Option<String>,
    #[command(flatten)]
    of: OfTenant,
}

/// Which group.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// Its open_conversation_id or team_group_id.
    group: String,
    #[command(flatten)]
    of: OfTenant,
}

impl Verb {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let session = Session::open(global).await?;
        match self {
            Self::Add(new) => add(global, &session, new).await?,
            Self::List(list) => list.run(global, &session).await?,
            Self::Show(which) => show::show(global, &session, which).await?,
            Self::Timeline(timeline) => timeline.run(global, &session).await?,
            Self::Members(which) => show::members_of(global, &session, which).await?,
            Self::Transcript(write) => write.run(&session).await?,
            Self::Retry(which) => act(global, &session, which, Act::Retry).await?,
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

async fn add(global: &Global, session: &Session, add: Add) -> Result<(), Failure> {
    let tenant = session.tenant(add.of).await?;
    let words = Words::parse(Some(&add.case_id), add.staff.as_deref(), add.outer_type.as_deref())
        .map_err(domain::Error::from)?;
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
    let (tenant, group) = (session.tenant(which.of).await?, parse(&which.group)?);
    let actor = session.actor();
    let state =
        session.write("group.act", move |tx| lifecycle::act(tx, &actor, &tenant, group, act, None)).await?;
    let value = json!({"open_conversation_id": id::open_conversation_id(group), "state": state.word()});
    print::done(global.json, &format!("the group is {}", state.word()), &value);
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
