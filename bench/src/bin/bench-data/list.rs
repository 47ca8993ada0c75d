//! Timing the pages of `laqun group list`: the same function, without the start of the program.

use std::io::Write as _;
use std::time::Instant;

use anyhow::Context as _;
use clap::Args;
use laqun::{
    app::open::Opened,
    domain::{
        Tenant,
        group::{
            State,
            list::{Filter, page},
        },
        staff,
    },
};
use uuid::Uuid;

/// Time the first page of each filter, and pages further on; one JSON object a line.
#[derive(Args)]
pub(super) struct List {
    /// How many groups `fill` made
    #[arg(long)]
    groups: u64,
    /// How often each
    #[arg(long, default_value_t = 21)]
    runs: usize,
    /// Groups on a page
    #[arg(long, default_value_t = 100)]
    limit: usize,
}

impl List {
    pub(super) async fn run(self, opened: &Opened) -> anyhow::Result<()> {
        let (tenant, _) = super::tenant(opened).await?;
        let any = Filter::default();
        let case_id = Filter { case_id: Some(format!("fill-{}", self.groups / 2)), ..any.clone() };
        let middle = page(&opened.store, &tenant, &case_id, None, 1).await?.groups;
        let middle = middle.first().context("no such filling: --groups")?;
        let owner = |staff_id: &'static str| {
            let tenant = tenant.clone();
            opened.store.read("bench.owner", move |r| staff::find(r, &tenant, staff_id))
        };
        let (often, rare) = (owner("agent-1").await?, owner("123").await?);
        let state = |state| Filter { state: Some(state), ..any.clone() };
        let platform = |name: &str| Filter { platform: Some(name.to_owned()), ..any.clone() };
        let outer_type = |name: &str| Filter { outer_type: Some(name.to_owned()), ..any.clone() };
        let of = |owner: Option<staff::Staff>| Filter { owner: owner.map(|row| row.id), ..any.clone() };
        let channel = |id: Option<Uuid>| Filter { channel: id, ..any.clone() };
        let cases = [
            ("none", any.clone(), None),
            ("none, page in the middle", any.clone(), Some(middle.id)),
            ("case_id", case_id, None),
            ("state active", state(State::Active), None),
            ("state closing (one in twenty, the oldest)", state(State::Closing), None),
            ("state dissolved (one in twenty, the oldest)", state(State::Dissolved), None),
            ("state failed (nothing)", state(State::Failed), None),
            ("platform web", platform("web"), None),
            ("platform matrix (nothing)", platform("matrix"), None),
            ("channel", channel(tenant.entry().outer_types.get("111").copied()), None),
            ("channel (nothing)", channel(Some(Uuid::nil())), None),
            ("outer_type", outer_type("111"), None),
            ("outer_type (nothing)", outer_type("no such"), None),
            ("owner (one in two hundred)", of(often), None),
            ("owner (one group)", of(rare), None),
            ("since the middle", Filter { since_ms: Some(middle.created_at), ..any.clone() }, None),
            ("until the middle", Filter { until_ms: Some(middle.created_at), ..any.clone() }, None),
        ];
        for (name, filter, after) in cases {
            self.time(opened, &tenant, name, &filter, after).await?;
        }
        Ok(())
    }

    async fn time(
        &self,
        opened: &Opened,
        tenant: &Tenant,
        name: &str,
        filter: &Filter,
        after: Option<Uuid>,
    ) -> anyhow::Result<()> {
        let mut times = Vec::with_capacity(self.runs);
        let (mut rows, mut stopped) = (0, false);
        for _ in 0..self.runs {
            let started = Instant::now();
            let found = page(&opened.store, tenant, filter, after, self.limit).await?;
            times.push(started.elapsed().as_secs_f64() * 1000.0);
            (rows, stopped) = (found.groups.len(), found.stopped);
        }
        times.sort_by(f64::total_cmp);
        let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
        writeln!(
            std::io::stdout(),
            r#"{{"filter":"{name}","rows":{rows},"stopped":{stopped},"median_ms":{median:.3},"worst_ms":{worst:.3}}}"#
        )?;
        Ok(())
    }
}
