//! Timing the pages of `laqun group list`: the same function, without the start of the program.

use std::io::Write as _;
use std::time::Instant;

use clap::Args;
use laqun::{
    app::open::Opened,
    clock::Clock,
    domain::{
        Error, Tenant, channel,
        group::{
            State,
            list::{Filter, page},
        },
        staff,
    },
};
use uuid::Uuid;

/// Time each filter's page; one JSON object a line.
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
        let of_middle = Filter { case_id: Some(format!("fill-{}", self.groups / 2)), ..Filter::default() };
        let middle = page(&opened.store, &tenant, &of_middle, None, 1).await?;
        let middle = middle.groups.first().map(|group| group.id);
        let (channel, owner) = rows(opened, &tenant).await?;
        let now_ms = Clock::System.now_ms();
        let (week, day) = (7 * 86_400_000, 86_400_000);
        let state = |state| Filter { state: Some(state), ..Filter::default() };
        let platform = |name: &str| Filter { platform: Some(name.to_owned()), ..Filter::default() };
        let outer_type = |name: &str| Filter { outer_type: Some(name.to_owned()), ..Filter::default() };
        let span =
            Filter { since_ms: Some(now_ms - week), until_ms: Some(now_ms - day), ..Filter::default() };
        for (name, filter, after) in [
            ("none", Filter::default(), None),
            ("after the middle", Filter::default(), middle),
            ("case_id", of_middle.clone(), None),
            ("state active", state(State::Active), None),
            ("state closing", state(State::Closing), None),
            ("state dissolved", state(State::Dissolved), None),
            ("failed (none are)", state(State::Failed), None),
            ("platform web", platform("web"), None),
            ("platform sandbox (none are)", platform("sandbox"), None),
            ("channel", Filter { channel, ..Filter::default() }, None),
            ("outer_type", outer_type("111"), None),
            ("outer_type (none has it)", outer_type("no such"), None),
            ("owner, one of 200", Filter { owner, ..Filter::default() }, None),
            ("since and until", span, None),
        ] {
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
        let mut rows = 0;
        for _ in 0..self.runs {
            let started = Instant::now();
            rows = page(&opened.store, tenant, filter, after, self.limit).await?.groups.len();
            times.push(started.elapsed().as_secs_f64() * 1000.0);
        }
        times.sort_by(f64::total_cmp);
        let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
        writeln!(
            std::io::stdout(),
            r#"{{"filter":"{name}","rows":{rows},"median_ms":{median:.3},"worst_ms":{worst:.3}}}"#
        )?;
        Ok(())
    }
}

/// The rows of the channel that all calls come through, and of one owner.
async fn rows(opened: &Opened, tenant: &Tenant) -> anyhow::Result<(Option<Uuid>, Option<Uuid>)> {
    let tenant = tenant.clone();
    let find = move |r: &mut store::Reader<'_>| {
        let channel = channel::id_of(r, &tenant, "ticket-page")?;
        Ok::<_, Error>((channel, staff::find(r, &tenant, "agent-67")?.map(|person| person.id)))
    };
    Ok(opened.store.read("bench.list", find).await?)
}
