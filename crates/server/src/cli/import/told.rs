//! What an import came to, for people and for scripts.

use serde_json::json;

use super::progress::Progress;
use crate::{
    cli::{Failure, print},
    import::{
        Encoding, Noun,
        run::{End, Summary},
    },
};

/// What is told besides the counts.
pub(super) struct Told {
    pub(super) noun: Noun,
    pub(super) tenant: i64,
    pub(super) file: String,
    pub(super) digest: Option<String>,
    pub(super) encoding: Encoding,
    pub(super) dry_run: bool,
    pub(super) errors: Option<String>,
    pub(super) max_errors: i64,
    pub(super) from_input: bool,
}

impl Told {
    /// Prints it. An import that did not end, or refused a row, is a failure of the command.
    pub(super) fn tell(&self, json: bool, ended: &Summary, progress: &Progress) -> Result<(), Failure> {
        let counts = ended.counts;
        let end = match ended.end {
            End::Complete => "complete",
            End::Stopped => "stopped",
            End::TooManyErrors => "too_many_errors",
        };
        let value = json!({
            "noun": self.noun.word(),
            "tenant_id": self.tenant,
            "file": self.file,
            "sha256": self.digest,
            "encoding": self.encoding.word(),
            "dry_run": self.dry_run,
            "end": end,
            "rows": ended.rows,
            "added": counts.added,
            "updated": counts.updated,
            "unchanged": counts.unchanged,
            "skipped": counts.skipped,
            "refused": counts.refused,
            "continued_after": ended.continued_after,
            "errors": self.errors,
            "seconds": progress.seconds(),
        });
        print::done(json, &self.lines(ended, progress).join("\n"), &value);
        let all_well = ended.end == End::Complete && counts.refused == 0;
        if all_well { Ok(()) } else { Err(Failure::Said) }
    }

    fn lines(&self, ended: &Summary, progress: &Progress) -> Vec<String> {
        let counts = ended.counts;
        let (would, done) = if self.dry_run { ("would be ", "checked") } else { ("", "dealt with") };
        let mut lines = vec![format!(
            "{}: {} rows {done} in {:.1} s ({}): {} {would}added, {} {would}updated, {} unchanged, {} skipped, {} refused",
            self.noun.word(),
            ended.rows,
            progress.seconds(),
            self.encoding.word(),
            counts.added,
            counts.updated,
            counts.unchanged,
            counts.skipped,
            counts.refused
        )];
        if let Some(after) = ended.continued_after {
            lines.push(format!("an earlier run had dealt with {after} of them"));
        }
        if self.dry_run {
            lines.push("nothing was written (--dry-run)".to_owned());
        }
        if counts.refused > 0 {
            lines.push(match &self.errors {
                Some(path) => {
                    format!("the refused rows are in {path}: correct them there and import that file")
                }
                None => "to get the refused rows in a file, with what is wrong with each, add --errors FILE"
                    .into(),
            });
        }
        match ended.end {
            End::Complete => {}
            End::Stopped if self.dry_run => lines.push("stopped".to_owned()),
            End::Stopped if self.from_input => {
                lines.push("stopped; a second run changes nothing twice".to_owned());
            }
            End::Stopped => lines.push(
                "stopped; run the same command again to go on from here, or with --restart to begin anew".to_owned(),
            ),
            End::TooManyErrors => lines.push(format!(
                "stopped: more than {} rows were refused (--max-errors); correct the file and import it again (rows that \
                 are in do no harm), or go on with a larger --max-errors",
                self.max_errors
            )),
        }
        lines
    }
}
