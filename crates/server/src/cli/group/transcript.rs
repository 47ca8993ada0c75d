//! `laqun group transcript`.

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use super::parse;
use crate::{
    cli::{Failure, print, scope::OfTenant, session::Session},
    domain::conversation::{
        Lane, View,
        transcript::{Transcript, of},
    },
    web::{
        Lang,
        transcript::{Format, Sheet},
    },
};

/// Whose words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    /// What the customer sees.
    Customer,
    /// What only staff see.
    Internal,
    /// Both, told apart.
    Both,
}

/// The language of what people did not say themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Tongue {
    /// Chinese.
    Zh,
    /// English.
    En,
}

/// Which group's transcript.
#[derive(Debug, Args)]
pub(in crate::cli) struct Write {
    /// Its open_conversation_id or team_group_id.
    group: String,
    /// Whose words: what the customer sees, what is internal, or both, told apart.
    #[arg(long, value_enum, default_value = "both")]
    lane: Which,
    /// The kind of file.
    #[arg(long, value_parser = Format::WORDS, default_value = "txt")]
    format: String,
    /// The language of all that people did not say themselves.
    #[arg(long, value_enum, default_value = "en")]
    lang: Tongue,
    #[command(flatten)]
    of: OfTenant,
}

impl Write {
    pub(super) async fn run(self, session: &Session) -> Result<(), Failure> {
        let (tenant, id) = (session.tenant(self.of).await?, parse(&self.group)?);
        let group = of(session.store(), &tenant, id).await?;
        let lanes = match self.lane {
            Which::Customer => vec![Lane::Customer],
            Which::Internal => vec![Lane::Internal],
            Which::Both => Lane::ALL.to_vec(),
        };
        let channel = tenant.entry().channels.get(&group.channel_id);
        let mut sheet = Sheet {
            format: Format::from_word(&self.format).unwrap_or(Format::Txt),
            lang: if self.lang == Tongue::Zh { Lang::Zh } else { Lang::En },
            company: tenant.entry().name.clone(),
            group: group.title,
            case_id: group.case_id,
            zone: channel.map_or(jiff::tz::TimeZone::UTC, |channel| channel.timezone.clone()),
            now_ms: session.now_ms,
            begun: false,
            lanes: lanes.clone(),
        };
        let mut read = Transcript::new(&tenant, id, lanes.into_iter().map(View::whole));
        write(&sheet.begin().context("the transcript")?)?;
        loop {
            let entries = read.next(session.store()).await?;
            if entries.is_empty() {
                break;
            }
            write(&sheet.entries(&entries).context("the transcript")?)?;
        }
        write(sheet.end())
    }
}

fn write(text: &str) -> Result<(), Failure> {
    Ok(print::bytes(text.as_bytes()).context("standard output")?)
}
