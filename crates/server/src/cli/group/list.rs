//! `laqun group list`.

use clap::Args;

use super::{parse, view_of};
use crate::{
    app::platform,
    cli::{
        Failure, Global,
        print::{self, members},
        scope::{OfTenant, Page},
        session::Session,
        time::Moment,
    },
    domain::{
        self, Refusal, Tenant, channel,
        group::{
            State,
            list::{self, Filter},
        },
        id, staff,
    },
};

const STATES: [&str; State::ALL.len()] = {
    let mut words = [""; State::ALL.len()];
    let mut i = 0;
    while i < words.len() {
        words[i] = State::ALL[i].word();
        i += 1;
    }
    words
};

/// How often a list looks on for groups that fit, until it says where it stopped: about a million groups.
const LOOKS: i64 = 72;

/// Which groups.
#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    /// Of this ticket, every generation.
    #[arg(long)]
    case_id: Option<String>,
    /// In this state.
    #[arg(long, value_parser = STATES)]
    state: Option<String>,
    /// Those that their platform refused: the same as --state failed.
    #[arg(long, conflicts_with = "state")]
    failed: bool,
    /// Made on this platform.
    #[arg(long, value_parser = platform::NAMES)]
    platform: Option<String>,
    /// On this channel.
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<String>,
    /// Whose first call came with this outer_type.
    #[arg(long)]
    outer_type: Option<String>,
    /// Whose owner is this staff_id.
    #[arg(long, value_name = "STAFF_ID")]
    owner: Option<String>,
    /// Made then or later: 2026-11-01, 2026-11-01T08:00+08:00, or how long ago, 36h, 7d.
    #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
    since: Option<Moment>,
    /// Made before then.
    #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
    until: Option<Moment>,
    #[command(flatten)]
    page: Page,
    #[command(flatten)]
    of: OfTenant,
}

impl List {
    pub(super) async fn run(self, global: &Global, session: &Session) -> Result<(), Failure> {
        let tenant = session.tenant(self.of).await?;
        let after = self.page.after.as_deref().map(parse).transpose()?;
        let filter = self.filter(session, &tenant).await?;
        let (mut groups, mut from, mut looks) = (Vec::new(), after, 0);
        let page = loop {
            let wanted = self.page.rows() - groups.len();
            let mut page = list::page(session.store(), &tenant, &filter, from, wanted).await?;
            groups.append(&mut page.groups);
            (from, looks) = (page.more, looks + 1);
            if !page.stopped || groups.len() == self.page.rows() || looks == LOOKS {
                break page;
            }
        };
        let rows: Vec<_> = groups.iter().map(|row| members(view_of(row))).collect();
        let columns =
            ["open_conversation_id", "case_id", "generation", "state", "channel", "owner", "created_at"];
        print::rows(global.json, &columns, &rows);
        if let Some(last) = page.more {
            let what = if page.stopped {
                format!("looked through {} groups; more may follow", looks * list::LOOK_MOST)
            } else {
                "more follow".to_owned()
            };
            print::follow(&what, &id::open_conversation_id(last));
        }
        Ok(())
    }

    async fn filter(&self, session: &Session, tenant: &Tenant) -> Result<Filter, Failure> {
        let state =
            if self.failed { Some(State::Failed) } else { self.state.as_deref().and_then(State::from_word) };
        let find = {
            let (tenant, channel, owner) = (tenant.clone(), self.channel.clone(), self.owner.clone());
            move |r: &mut store::Reader<'_>| {
                let channel = match &channel {
                    Some(name) => Some(channel::id_of(r, &tenant, name)?.ok_or(Refusal::ChannelNotExist)?),
                    None => None,
                };
                let owner = match &owner {
                    Some(staff_id) => {
                        Some(staff::find(r, &tenant, staff_id)?.ok_or(Refusal::StaffNotExist)?.id)
                    }
                    None => None,
                };
                Ok::<_, domain::Error>((channel, owner))
            }
        };
        let (channel, owner) = session.store().read("group.list_filter", find).await?;
        Ok(Filter {
            case_id: self.case_id.clone(),
            state,
            platform: self.platform.clone(),
            channel,
            outer_type: self.outer_type.clone(),
            owner,
            since_ms: self.since.map(|at| at.ms(session.now_ms)),
            until_ms: self.until.map(|at| at.ms(session.now_ms)),
        })
    }
}
