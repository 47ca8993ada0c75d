//! `laqun group show`, `timeline`, `members`.

use clap::Args;
use serde_json::{Value, json};

use super::{Which, parse, view_of};
use crate::{
    cli::{
        Failure, Global,
        print::{self, members, time},
        scope::{OfTenant, Page},
        session::Session,
    },
    domain::{
        self, Refusal, Tenant,
        group::{
            member::{self, Member},
            seal, timeline,
            view::{self, Group},
        },
    },
};

/// Which group's timeline.
#[derive(Debug, Args)]
pub(in crate::cli) struct Timeline {
    /// Its open_conversation_id or team_group_id.
    group: String,
    #[command(flatten)]
    page: Page,
    #[command(flatten)]
    of: OfTenant,
}

impl Timeline {
    pub(super) async fn run(self, global: &Global, session: &Session) -> Result<(), Failure> {
        let Self { group, page, of } = self;
        let (tenant, group) = (session.tenant(of).await?, parse(&group)?);
        let after = page.after.as_deref().unwrap_or("0").parse::<i64>();
        let after =
            after.map_err(|_| Failure::Usage(anyhow::anyhow!("--after: the seq of a line, such as 2")))?;
        let asked = page.asked();
        let read = move |r: &mut store::Reader<'_>| {
            there(r, &tenant, group)?;
            timeline::page(r, tenant.id(), group, after, asked)
        };
        let lines = session.store().read("group.timeline", read).await?;
        let rows = lines.iter().map(|line| members(view_of_line(line))).collect();
        print::page(global.json, &["seq", "at", "kind", "actor", "evidence", "detail"], rows, &page, "seq");
        Ok(())
    }
}

pub(super) async fn members_of(global: &Global, session: &Session, which: Which) -> Result<(), Failure> {
    let (tenant, group) = (session.tenant(which.of).await?, parse(&which.group)?);
    let read = move |r: &mut store::Reader<'_>| {
        there(r, &tenant, group)?;
        member::list(r, tenant.id(), group)
    };
    let people = session.store().read("group.members", read).await?;
    let rows: Vec<_> = people.iter().map(|member| members(view_of_member(member))).collect();
    let columns = ["id", "name", "kind", "account_type", "role", "reason", "state", "joined_at"];
    print::rows(global.json, &columns, &rows);
    Ok(())
}

pub(super) async fn show(global: &Global, session: &Session, which: Which) -> Result<(), Failure> {
    let (tenant, group) = (session.tenant(which.of).await?, parse(&which.group)?);
    let read = move |r: &mut store::Reader<'_>| {
        let found = there(r, &tenant, group)?;
        let people = member::list(r, tenant.id(), group)?;
        let lines = timeline::list(r, tenant.id(), group)?;
        Ok::<_, domain::Error>((found, people, lines, seal::holds(r, tenant.id(), group)?))
    };
    let (group, people, lines, seal) = session.store().read("group.show", read).await?;
    let mut view = members(view_of(&group));
    if let Some(holds) = seal {
        view.insert("seal_holds".into(), holds.into());
    }
    view.insert("members".into(), people.iter().map(view_of_member).collect());
    view.insert("timeline".into(), lines.iter().map(view_of_line).collect());
    print::object(global.json, &view);
    Ok(())
}

fn there(reader: &mut impl store::Read, tenant: &Tenant, group: uuid::Uuid) -> Result<Group, domain::Error> {
    Ok(view::by_id(reader, tenant, group)?.ok_or(Refusal::GroupNotExist)?)
}

fn view_of_member(member: &Member) -> Value {
    json!({
        "id": member.external_id,
        "name": member.name,
        "kind": member.kind,
        "account_type": member.account_type,
        "role": member.role,
        "reason": member.reason,
        "state": member.state,
        "joined_at": time(member.joined_at),
    })
}

fn view_of_line(line: &timeline::Row) -> Value {
    json!({
        "seq": line.seq,
        "at": time(line.at),
        "kind": line.kind,
        "actor": line.actor,
        "evidence": line.evidence,
        "detail": line.detail,
    })
}
