//! Timing the pages of `laqun group list`: the same function, without the start of the program.

use std::io::Write as _;
use std::time::Instant;

use clap::Args;
use laqun::{
    app::open::Opened,
    domain::{Error, Tenant, group::view},
};
use store::Reader;

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
    limit: i64,
}

impl List {
    pub(super) async fn run(self, opened: &Opened) -> anyhow::Result<()> {
        let (tenant, _) = super::tenant(opened).await?;
        let case_id = format!("fill-{}", self.groups / 2);
        let middle = {
            let (tenant, case_id) = (tenant.clone(), case_id.clone());
            opened.store.read("group.list", move |r| view::of_ticket(r, &tenant, &case_id)).await?
        };
        let (middle, limit) = (middle.first().map(|group| group.id), self.limit);
        self.time(opened, &tenant, "none", move |r, tenant| view::list(r, tenant, None, limit)).await?;
        self.time(opened, &tenant, "before the middle", move |r, tenant| {
            view::list(r, tenant, middle, limit)
        })
        .await?;
        self.time(opened, &tenant, "case_id", move |r, tenant| view::of_ticket(r, tenant, &case_id)).await
    }

    async fn time<F>(&self, opened: &Opened, tenant: &Tenant, filter: &str, page: F) -> anyhow::Result<()>
    where
        F: Fn(&mut Reader<'_>, &Tenant) -> Result<Vec<view::Group>, Error> + Clone + Send + 'static,
    {
        let mut times = Vec::with_capacity(self.runs);
        let mut rows = 0;
        for _ in 0..self.runs {
            let (tenant, page) = (tenant.clone(), page.clone());
            let started = Instant::now();
            rows = opened.store.read("group.list", move |r| page(r, &tenant)).await?.len();
            times.push(started.elapsed().as_secs_f64() * 1000.0);
        }
        times.sort_by(f64::total_cmp);
        let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
        writeln!(
            std::io::stdout(),
            r#"{{"filter":"{filter}","rows":{rows},"median_ms":{median:.3},"worst_ms":{worst:.3}}}"#
        )?;
        Ok(())
    }
}
