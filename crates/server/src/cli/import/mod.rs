//! `laqun staff import`, `laqun customer import`, `laqun ticket import`.

mod progress;
mod told;

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use data_encoding::HEXLOWER;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use self::{progress::Progress, told::Told};
use super::{Failure, Global, scope::OfTenant, session::Session};
use crate::{
    domain::import::{OnConflict, Rules, UnknownPeople, checkpoint::Key},
    ids::Ids,
    import::{
        Encoding, Format, Noun,
        column::help,
        rows::{Reading, Rows},
        run::{Error, Import, ReportTo},
        source::Source,
    },
};

/// Imports a file. What the columns may hold is in the help of each noun.
#[derive(Debug, Args)]
pub(super) struct ImportFile {
    /// The file; - reads standard input.
    file: PathBuf,
    /// How it is laid out; without it, as the file's name ends: .csv .tsv .txt, or .ndjson .jsonl.
    #[arg(long)]
    format: Option<FormatWord>,
    /// Its encoding; found out without it.
    #[arg(long)]
    encoding: Option<EncodingWord>,
    /// What stands between the values of CSV; found out from the header without it.
    #[arg(long)]
    delimiter: Option<Delimiter>,
    /// Pass over columns that are not known instead of refusing the file.
    #[arg(long)]
    ignore_unknown: bool,
    #[command(flatten)]
    of: OfTenant,
    /// Check all rows, also against the database, and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// What to do with ids that are there already.
    #[arg(long, value_name = "WHAT", default_value = "update")]
    on_conflict: ConflictWord,
    /// Write refused rows to this file: what is wrong, what is allowed, and their values, to be corrected and imported
    /// again. CSV or NDJSON as its name ends, otherwise as the import.
    #[arg(long, value_name = "FILE")]
    errors: Option<PathBuf>,
    /// Stop when more rows than this were refused.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(i64).range(0..))]
    max_errors: i64,
    /// Begin anew, although an earlier run of this import did not end.
    #[arg(long)]
    restart: bool,
}

/// Imports tickets.
#[derive(Debug, Args)]
#[command(after_long_help = help(Noun::Ticket))]
pub(super) struct ImportTickets {
    #[command(flatten)]
    import: ImportFile,
    /// What to do with tickets whose assignee or customer is not there.
    #[arg(long, value_name = "WHAT", default_value = "refuse")]
    unknown_people: PeopleWord,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormatWord {
    Csv,
    Ndjson,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum EncodingWord {
    #[value(name = "utf-8", alias = "utf8")]
    Utf8,
    #[value(name = "gb18030", aliases = ["gbk", "gb2312"])]
    Gb18030,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Delimiter {
    Comma,
    Semicolon,
    Tab,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ConflictWord {
    /// The row is written over what is there; columns that the file does not have stay.
    Update,
    /// What is there stays.
    Skip,
    /// The row is refused.
    Refuse,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PeopleWord {
    /// The row is refused.
    Refuse,
    /// The person is added, with the id as name.
    Stub,
    /// The ticket is written without that person.
    Ignore,
}

impl ImportTickets {
    pub(super) async fn run(self, global: &Global, session: &Session) -> Result<(), Failure> {
        let people = match self.unknown_people {
            PeopleWord::Refuse => UnknownPeople::Refuse,
            PeopleWord::Stub => UnknownPeople::Stub,
            PeopleWord::Ignore => UnknownPeople::Ignore,
        };
        self.import.import(global, session, Noun::Ticket, people).await
    }
}

impl ImportFile {
    /// Staff and customers.
    pub(super) async fn run(self, global: &Global, session: &Session, noun: Noun) -> Result<(), Failure> {
        self.import(global, session, noun, UnknownPeople::Refuse).await
    }

    async fn import(
        self,
        global: &Global,
        session: &Session,
        noun: Noun,
        unknown_people: UnknownPeople,
    ) -> Result<(), Failure> {
        let format = self.layout()?;
        let report = self.report(format)?;
        let tenant = session.tenant(self.of).await?;
        let from_input = self.file == Path::new("-");
        let source = if from_input { Source::stream(std::io::stdin()) } else { Source::file(&self.file) }?;
        let (digest, length) = (source.digest, source.length);
        let delimiter = self.delimiter.map(|delimiter| match delimiter {
            Delimiter::Comma => b',',
            Delimiter::Semicolon => b';',
            Delimiter::Tab => b'\t',
        });
        let encoding = self.encoding.map(|encoding| match encoding {
            EncodingWord::Utf8 => Encoding::Utf8,
            EncodingWord::Gb18030 => Encoding::Gb18030,
        });
        let ignore_unknown = self.ignore_unknown;
        let rows = Rows::new(source, Reading { noun, format, encoding, delimiter, ignore_unknown })?;
        let on_conflict = match self.on_conflict {
            ConflictWord::Update => OnConflict::Update,
            ConflictWord::Skip => OnConflict::Skip,
            ConflictWord::Refuse => OnConflict::Refuse,
        };
        let rules = Rules { on_conflict, unknown_people };
        let asked = format!("{format:?} {:?} {delimiter:?} {ignore_unknown} {rules:?}", rows.encoding());
        let file = self.file.file_name().unwrap_or(self.file.as_os_str()).to_string_lossy().into_owned();
        let summary = Told {
            noun,
            tenant: tenant.id(),
            file: self.file.display().to_string(),
            digest: digest.map(|digest| HEXLOWER.encode(&digest)),
            encoding: rows.encoding(),
            dry_run: self.dry_run,
            errors: self.errors.as_ref().map(|path| path.display().to_string()),
            max_errors: self.max_errors,
            from_input,
        };
        let mut progress = Progress::new(length, rows.position.clone(), report.is_none());
        let import = Import {
            store: session.store().clone(),
            master: std::sync::Arc::clone(&session.opened.key),
            tenant,
            noun,
            rules,
            dry_run: self.dry_run,
            max_errors: self.max_errors,
            key: Key { noun: noun.word(), digest: key(digest, &asked, &session.ids) },
            restart: self.restart,
            file,
            detail: json!({"sha256": summary.digest, "asked": asked}),
            actor: session.actor(),
            clock: crate::clock::Clock::System,
            ids: Ids::system(),
        };
        let (stop, stopped) = watch::channel(false);
        let asked_to_stop = tokio::spawn(async move {
            progress::asked_to_stop().await;
            stop.send_replace(true);
            // As long as this is held, nobody is told that no one can ask any more.
            std::future::pending::<()>().await;
        });
        let ended = import.run(rows, report, stopped, |event| progress.tell(event)).await;
        asked_to_stop.abort();
        progress.clear();
        match ended {
            Ok(ended) => summary.tell(global.json, &ended, &progress),
            Err(error) => Err(self.failed(&error, &progress, from_input)),
        }
    }

    fn layout(&self) -> Result<Format, Failure> {
        match self.format {
            Some(FormatWord::Csv) => Ok(Format::Csv),
            Some(FormatWord::Ndjson) => Ok(Format::Ndjson),
            None => Format::of_name(&self.file.to_string_lossy()).ok_or_else(|| {
                Failure::Usage(anyhow::anyhow!(
                    "how {} is laid out cannot be told from its name: say --format csv or --format ndjson",
                    self.file.display()
                ))
            }),
        }
    }

    fn report(&self, format: Format) -> Result<Option<ReportTo>, Failure> {
        let Some(path) = &self.errors else { return Ok(None) };
        // The report would take the place of what it reports on.
        if let (Ok(report), Ok(file)) = (fs::canonicalize(path), fs::canonicalize(&self.file))
            && report == file
        {
            return Err(Failure::Usage(anyhow::anyhow!(
                "--errors names the file that is imported: name another one for the refused rows"
            )));
        }
        let format = Format::of_name(&path.to_string_lossy()).unwrap_or(format);
        Ok(Some(ReportTo { path: path.clone(), format }))
    }

    fn failed(&self, error: &Error, progress: &Progress, from_input: bool) -> Failure {
        let done = progress.done();
        let how_to_go_on = match (self.dry_run || done == 0, from_input) {
            (true, _) => String::new(),
            (false, false) => {
                format!("; {done} rows are dealt with: run the same command again to go on from there")
            }
            (false, true) => format!("; {done} rows are dealt with: a second run changes nothing twice"),
        };
        let lost = match error {
            Error::Domain(crate::domain::Error::Store(error)) => {
                error.is_retryable() && !matches!(error, store::Error::Busy { .. })
            }
            _ => false,
        };
        let error = anyhow::anyhow!("{error}{how_to_go_on}");
        if lost { Failure::Unreachable(error) } else { Failure::Refused(error) }
    }
}

/// Names an import: the file, and what decides what its rows mean. Standard input cannot be gone on with.
fn key(file: Option<[u8; 32]>, asked: &str, ids: &Ids) -> [u8; 32] {
    match file {
        Some(digest) => Sha256::new().chain_update(digest).chain_update(asked).finalize().into(),
        None => ids.random(),
    }
}
