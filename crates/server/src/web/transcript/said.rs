//! What an entry says, in lines that both the text and the page show.

use super::Sheet;
use crate::{
    domain::conversation::{Entry, Kind, Someone, SystemLine, What},
    web::show::{block, line},
};

/// An entry in words.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Who, with what the person is; empty for laqun itself.
    pub(super) who: String,
    /// What is quoted.
    pub(super) quote: Option<String>,
    /// The words, on one or more lines.
    pub(super) text: String,
}

pub(super) fn said(sheet: &Sheet, entry: &Entry) -> Said {
    let w = sheet.words();
    if let Some(system) = &entry.system {
        return Said { text: told(sheet, system), ..Said::default() };
    }
    let kind = match entry.by.kind.as_str() {
        "staff" if entry.by.external => w.external,
        "staff" => w.staff,
        "customer" => w.customer_kind,
        _ => w.guest,
    };
    let who = format!("{} ({kind})", name(&entry.by.name, w.nobody));
    let quote = entry.quote.as_ref().map(|quote| {
        if quote.hidden {
            return w.hidden.to_owned();
        }
        let words = match &quote.file {
            _ if quote.recalled => w.recalled.to_owned(),
            Some(file) => line(file),
            None => line(&quote.text),
        };
        format!("{} {}: {words}", w.quotes, name(&quote.name, w.nobody))
    });
    let text = if entry.recalled {
        w.recalled.to_owned()
    } else if entry.kind == Kind::Recall {
        w.recall.replace("{n}", &entry.of.unwrap_or_default().to_string())
    } else if let Some(file) = &entry.file {
        let kind = match entry.kind {
            Kind::Image => w.image,
            Kind::Voice => w.voice,
            _ => w.file,
        };
        format!("[{kind}] {} ({} B)", line(file["name"].as_str().unwrap_or_default()), file["bytes"])
    } else {
        block(&entry.text)
    };
    Said { who, quote, text }
}

fn name(name: &str, nobody: &str) -> String {
    let name = line(name);
    if name.is_empty() { nobody.to_owned() } else { name }
}

fn told(sheet: &Sheet, system: &SystemLine) -> String {
    let w = sheet.words();
    let sentence = match system.what {
        What::Joined => w.joined,
        What::Invited => w.invited,
        What::Left => w.left,
        What::Removed => w.removed,
        What::Renamed => w.renamed,
        What::Closed => w.closed,
        What::Reopened => w.reopened,
        What::HandedOver => w.handed_over,
        What::Ticket => w.ticket_status,
        What::LinkRenewed => w.link_renewed,
        What::HistoryAllowed => w.history_allowed,
        What::HistoryDenied => w.history_denied,
        What::Satisfaction => w.satisfaction,
        What::Contact => w.contact,
        What::OwnerTold => w.owner_told,
        What::Escalated => w.escalated,
    };
    let person =
        |someone: &Option<Someone>| name(someone.as_ref().map_or("", |someone| &someone.name), w.nobody);
    let value = line(system.value.as_deref().unwrap_or_default());
    // One pass: a name that reads like a place holder is a name.
    let mut out = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (place, after) = after.split_once('}').unwrap_or((after, ""));
        match place {
            "p" => out.push_str(&person(&system.person)),
            "b" => out.push_str(&person(&system.by)),
            _ => out.push_str(&value),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}
