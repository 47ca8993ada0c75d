//! Making many groups by clicks.

use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use laqun::{
    app::open::Opened,
    clock::Clock,
    domain::{
        self, Tenant,
        audit::Actor,
        customer::{self, NewCustomer},
        group::{
            ask::Fresh,
            click::{Asker, Words},
            lifecycle::{self, Act},
        },
        staff::{self, NewStaff},
        ticket::{self, NewTicket},
    },
    ids::Ids,
};
use store::Tx;
use tokio::task::JoinSet;

/// Who calls: every bench-sign request of group N comes from `agent-(N mod STAFF)`.
const STAFF: u64 = 200;
/// Tickets of one customer.
const TICKETS_A_CUSTOMER: u64 = 5;
/// Rows of people and tickets that share a commit.
const BATCH: u64 = 500;
/// Clicks that are under way at a time: as many as share a commit.
const CLICKS: u64 = 256;
/// The groups lie this far apart: a million of them is about three months of a busy desk.
const APART_MS: i64 = 8_000;

/// Make groups `fill-0` … `fill-(N-1)`, four members each: a click makes the group of a ticket that has an assignee and a
/// customer, a colleague's click joins it. Of the oldest tenth every other is closed, the rest dissolved.
#[derive(Args)]
pub(super) struct Fill {
    /// How many groups
    #[arg(long)]
    groups: u64,
    /// Only people and tickets, which clicks will make groups of
    #[arg(long)]
    tickets_only: bool,
    /// What the tickets' ids begin with
    #[arg(long, default_value = "fill-")]
    prefix: String,
}

struct Filling {
    ids: Ids,
    tenant: Tenant,
    version: i64,
    groups: u64,
    prefix: String,
    now_ms: i64,
}

impl Fill {
    pub(super) async fn run(self, opened: &Opened) -> anyhow::Result<()> {
        let (tenant, version) = super::tenant(opened).await?;
        let (ids, now_ms) = (Ids::system(), Clock::System.now_ms());
        let filling =
            Arc::new(Filling { ids, tenant, version, groups: self.groups, prefix: self.prefix, now_ms });
        filling.people(opened).await?;
        filling.tickets(opened).await?;
        if self.tickets_only {
            return Ok(());
        }
        let mut clicks = JoinSet::new();
        for first in 0..CLICKS.min(self.groups) {
            let (filling, opened) =
                (filling.clone(), Opened { store: opened.store.clone(), key: opened.key.clone() });
            clicks.spawn(async move {
                let mut number = first;
                while number < filling.groups {
                    filling.group(&opened, number).await.with_context(|| format!("group {number}"))?;
                    number += CLICKS;
                }
                anyhow::Ok(())
            });
        }
        while let Some(ended) = clicks.join_next().await {
            ended??;
        }
        Ok(())
    }
}

impl Filling {
    fn case_id(&self, number: u64) -> String {
        format!("{}{number}", self.prefix)
    }

    /// When the group was made: the last one now.
    fn at_ms(&self, number: u64) -> i64 {
        self.now_ms - i64::try_from(self.groups - number).unwrap_or(0) * APART_MS
    }

    fn actor(&self, name: &str, now_ms: i64) -> Actor {
        Actor { name: name.to_owned(), now_ms, act: self.ids.uuid(now_ms) }
    }

    /// One unit for each [`BATCH`] of `count` things.
    async fn in_batches<T: Send + Sync + 'static>(
        &self,
        opened: &Opened,
        count: u64,
        make: impl Fn(u64) -> (Actor, T),
        add: fn(&mut Tx<'_>, &Actor, &Tenant, &T) -> Result<(), domain::Error>,
    ) -> anyhow::Result<()> {
        for first in (0..count).step_by(usize::try_from(BATCH)?) {
            let batch: Vec<(Actor, T)> = (first..count.min(first + BATCH)).map(&make).collect();
            let tenant = self.tenant.clone();
            let unit = move |tx: &mut Tx<'_>| {
                batch.iter().try_for_each(|(actor, thing)| add(tx, actor, &tenant, thing))
            };
            opened.store.write("bench.fill", unit).await?;
        }
        Ok(())
    }

    async fn people(&self, opened: &Opened) -> anyhow::Result<()> {
        let known = {
            let tenant = self.tenant.clone();
            opened.store.read("bench.staff", move |r| staff::find(r, &tenant, &agent(0))).await?
        };
        if known.is_none() {
            let agents = |number| {
                let new = NewStaff {
                    id: self.ids.uuid(self.at_ms(0)),
                    staff_id: agent(number),
                    name: format!("坐席 {number}"),
                    account_type: 1,
                    user_identify: self.ids.user_identify(),
                    union_id: None,
                    accounts: Vec::new(),
                };
                (self.actor("cli", self.at_ms(0)), new)
            };
            self.in_batches(opened, STAFF, agents, staff::add).await?;
        }
        let customers = |number| {
            let new = NewCustomer {
                id: self.ids.uuid(self.at_ms(0)),
                customer_id: self.customer(number),
                name: format!("访客 {number}"),
                user_identify: self.ids.user_identify(),
                phone: None,
            };
            (self.actor("cli", self.at_ms(0)), new)
        };
        self.in_batches(opened, self.groups.div_ceil(TICKETS_A_CUSTOMER), customers, customer::add).await
    }

    fn customer(&self, number: u64) -> String {
        format!("{}customer-{number}", self.prefix)
    }

    async fn tickets(&self, opened: &Opened) -> anyhow::Result<()> {
        let tickets = |number| {
            let new = NewTicket {
                case_id: self.case_id(number),
                title: format!("洗碗机安装后漏水 {number}"),
                description: "昨天装的，今天开机后门下面漏水。".to_owned(),
                status: "in_progress".to_owned(),
                priority: "high".to_owned(),
                assignee: Some(agent(number + 67)),
                customer: Some(self.customer(number / TICKETS_A_CUSTOMER)),
            };
            (self.actor("cli", self.at_ms(number)), new)
        };
        self.in_batches(opened, self.groups, tickets, ticket::add).await
    }

    async fn group(&self, opened: &Opened, number: u64) -> anyhow::Result<()> {
        self.click(opened, number, agent(number)).await?;
        let group = self.click(opened, number, agent(number + 133)).await?;
        if number >= self.groups / 10 {
            return Ok(());
        }
        let act = if number.is_multiple_of(2) { Act::Close } else { Act::Dissolve };
        let (actor, tenant) = (self.actor("cli", self.at_ms(number)), self.tenant.clone());
        opened
            .store
            .write("bench.act", move |tx| lifecycle::act(tx, &actor, &tenant, group, act, None))
            .await?;
        Ok(())
    }

    /// As `gateway::group_communication` does it.
    async fn click(&self, opened: &Opened, number: u64, staff_id: String) -> anyhow::Result<uuid::Uuid> {
        let (case_id, now_ms) = (self.case_id(number), self.at_ms(number));
        let words =
            Words::parse(Some(&case_id), Some(&staff_id), Some("111")).map_err(domain::Error::from)?;
        let asker = Asker { actor: "app:12345678".to_owned(), now_ms, directory_version: self.version };
        let ask = words.ask(&opened.store, &self.tenant, asker).await?;
        let fresh = || Fresh::new(&self.ids, &opened.key, &self.tenant, now_ms);
        Ok(ask.run(&opened.store, fresh).await?.group)
    }
}

fn agent(number: u64) -> String {
    format!("agent-{}", number % STAFF)
}
