//! `laqun channel set`.

use clap::Args;

use super::{live_groups, there, view};
use crate::{
    app::platform,
    cli::{Failure, Global, print, scope::OfTenant, session::Session, time::duration_ms},
    domain::{
        change::Change,
        channel::{self, ChannelChange, VisitorCheck},
    },
};

/// What is to change.
#[derive(Debug, Args)]
#[command(override_usage = "laqun channel set <CHANNEL> CHANGES")]
pub(in crate::cli) struct Set {
    /// Its name.
    channel: String,
    #[command(flatten)]
    changes: Changes,
    #[command(flatten)]
    of: OfTenant,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
struct Changes {
    /// Another name.
    #[arg(long)]
    name: Option<String>,
    /// Where its groups live; refused while it has live groups.
    #[arg(long, value_parser = platform::NAMES)]
    platform: Option<String>,
    /// The platform's settings, a JSON object.
    #[arg(long)]
    settings: Option<String>,
    /// An outer_type that means it from now on.
    #[arg(long = "add-outer-type", value_name = "OUTER_TYPE")]
    add_outer_types: Vec<String>,
    /// An outer_type that does not mean it any more.
    #[arg(long = "remove-outer-type", value_name = "OUTER_TYPE")]
    remove_outer_types: Vec<String>,
    /// How long a call waits for the platform: seconds, decimals allowed, or such as 500ms.
    #[arg(long, value_name = "DURATION", value_parser = duration_ms, conflicts_with = "no_patience")]
    patience: Option<i64>,
    /// As long as the configuration says.
    #[arg(long)]
    no_patience: bool,
    /// How a call answers then: 200, 202 or error.
    #[arg(long, value_parser = ["200", "202", "error"], conflicts_with = "no_pending")]
    pending: Option<String>,
    /// As the configuration says.
    #[arg(long)]
    no_pending: bool,
    /// staff_id of who is called when a call names nobody and the ticket has no assignee.
    #[arg(long, value_name = "STAFF_ID", conflicts_with = "no_default_owner")]
    default_owner: Option<String>,
    /// Nobody.
    #[arg(long)]
    no_default_owner: bool,
    /// When it is open: days and times, or 24/7.
    #[arg(long)]
    hours: Option<String>,
    /// The time zone of the hours, an IANA name.
    #[arg(long)]
    timezone: Option<String>,
    /// What a visitor is asked before history is shown: nothing, or the last four digits of the customer's phone number.
    #[arg(long, value_parser = VisitorCheck::WORDS)]
    visitor_check: Option<String>,
    /// How long a customer waits for an answer before all staff of the group are told: seconds, or such as 10min.
    #[arg(long, value_name = "DURATION", value_parser = duration_ms, conflicts_with = "no_answer_within")]
    answer_within: Option<i64>,
    /// Tell nobody.
    #[arg(long)]
    no_answer_within: bool,
    /// Make it the tenant's default channel.
    #[arg(long)]
    default: bool,
}

impl Set {
    pub(super) async fn run(self, global: &Global, session: &Session) -> Result<(), Failure> {
        let Self { channel, changes, of } = self;
        let tenant = session.tenant(of).await?;
        let live = match &changes.platform {
            Some(_) => live_groups(session, &tenant, &channel).await?,
            None => 0,
        };
        let change = changes.into_change();
        let now = change.name.clone().unwrap_or_else(|| channel.clone());
        let (actor, which) = (session.actor(), channel.clone());
        let unit = move |tx: &mut store::Tx<'_>| {
            channel::set(tx, &actor, &tenant, &which, change.clone(), live)?;
            there(tx, &tenant, &now)
        };
        let row = session.write("channel.set", unit).await?;
        print::done(global.json, &format!("channel {channel} changed"), &view(&row));
        Ok(())
    }
}

impl Changes {
    fn into_change(self) -> ChannelChange {
        ChannelChange {
            name: self.name,
            platform: self.platform,
            settings: self.settings,
            patience_ms: Change::of(self.patience, self.no_patience),
            pending: Change::of(self.pending, self.no_pending),
            default_owner: Change::of(self.default_owner, self.no_default_owner),
            hours: Change::of(self.hours, false),
            timezone: self.timezone,
            visitor_check: self.visitor_check,
            // Rounded up: less than a second is one.
            answer_within_s: Change::of(
                self.answer_within.map(|ms| (ms + 999) / 1000),
                self.no_answer_within,
            ),
            add_outer_types: self.add_outer_types,
            remove_outer_types: self.remove_outer_types,
            default: self.default,
        }
    }
}
