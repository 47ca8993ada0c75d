//! `laqun audit`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Failure, Global,
    print::{self, members, time},
    scope::Page,
    session::Session,
    time::Moment,
};
use crate::domain::{
    self,
    audit::list::{self, Filter, Line},
};

/// Read what was changed by hand, by whom and when.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// List the audit log, the newest line first. Nothing changes it.
    #[command(
        after_long_help = "Examples:\n  laqun audit list --limit 20\n  laqun audit list --action app. --since 30d\n  \
        laqun audit list --tenant 200110004 --subject 123\n  laqun audit list --tenant 0     # what concerns no tenant\n  \
        laqun audit list --since 2026-11-01 --until 2026-12-01 --json"
    )]
    List(List),
}

/// Which lines; all that is given must hold.
#[derive(Debug, Args)]
pub(super) struct List {
    /// Of this tenant, 0 for what concerns none; of all without it.
    #[arg(long, value_name = "TENANT")]
    tenant: Option<i64>,
    /// By whom: cli, app:12345678, staff:123.
    #[arg(long)]
    actor: Option<String>,
    /// What was done, such as app.rotate; `app.` is everything about apps.
    #[arg(long)]
    action: Option<String>,
    /// To what: an AppKey, a staff_id, a case_id, a channel's name, a group.
    #[arg(long)]
    subject: Option<String>,
    /// Then or later: 2026-11-01, 2026-11-01T08:00+08:00, or how long ago, 36h, 7d.
    #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
    since: Option<Moment>,
    /// Before then.
    #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
    until: Option<Moment>,
    #[command(flatten)]
    page: Page,
}

impl Verb {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let Self::List(List { tenant, actor, action, subject, since, until, page }) = self;
        let session = Session::open(global).await?;
        let after = page.after.as_deref().map(Uuid::parse_str).transpose();
        let after = after.map_err(|_| Failure::Usage(anyhow::anyhow!("--after: the id of a line")))?;
        let filter = Filter {
            tenants: tenant.into_iter().collect(),
            actor,
            action,
            subject,
            since_ms: since.map(|at| at.ms(session.now_ms)),
            until_ms: until.map(|at| at.ms(session.now_ms)),
        };
        let asked = page.rows() + 1;
        let read = move |r: &mut store::Reader<'_>| {
            let mut filter = filter.clone();
            if filter.tenants.is_empty() {
                filter.tenants = list::tenants(r)?;
            }
            list::list(r, &filter, after, asked)
        };
        let lines = session.store().read::<_, domain::Error, _>("audit.list", read).await?;
        let rows = lines.iter().map(|line| members(view(line))).collect();
        let columns = ["at", "tenant_id", "actor", "action", "subject", "detail", "id"];
        print::page(global.json, &columns, rows, &page, "id");
        session.close().await;
        Ok(())
    }
}

fn view(line: &Line) -> Value {
    json!({
        "id": line.id.to_string(),
        "at": time(line.at),
        "tenant_id": line.tenant_id,
        "actor": line.actor,
        "action": line.action,
        "subject": line.subject,
        "detail": serde_json::from_str::<Value>(&line.detail).unwrap_or_default(),
    })
}
