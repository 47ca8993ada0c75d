//! `GET B/transcript`: what was said, as a file.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use futures_util::stream;
use http::header;

use super::{Refused, Seated, query::Asked};
use crate::{
    app::App,
    domain::{
        self,
        conversation::{
            Denied, View,
            transcript::{Transcript, of},
        },
    },
    pages::Reader,
    web::transcript::{Format, Sheet},
};

/// The handler. A visitor gets the own view of the customer's lane; staff get both lanes, or the one they ask for.
pub async fn transcript(
    State(app): State<Arc<App>>,
    seated: Seated,
    reader: Reader,
    asked: Asked,
) -> Result<Response, Refused> {
    let seat = &seated.seat;
    let format = Format::from_word(asked.format.as_deref().unwrap_or("html"));
    let format = format
        .ok_or_else(|| Refused::invalid("format 为 html、txt 或 json", "format is html, txt or json"))?;
    let views: Vec<View> = match asked.any_lane()? {
        Some(lane) => vec![seat.view(lane).ok_or(Denied::Lane)?],
        None => seat.views().collect(),
    };
    app.flood.look(seat.group, seat.person).map_err(Refused::flood)?;
    let group = of(&app.store, &seat.tenant, seat.group).await?;
    let entry = seat.tenant.entry();
    let channel = entry.channels.get(&group.channel_id);
    let sheet = Sheet {
        format,
        lang: reader.lang,
        company: entry.name.clone(),
        group: group.title,
        case_id: group.case_id,
        lanes: views.iter().map(|view| view.lane()).collect(),
        zone: channel.map_or(jiff::tz::TimeZone::UTC, |channel| channel.timezone.clone()),
        now_ms: app.clock.now_ms(),
        begun: false,
    };
    let name = format!("attachment; filename=\"laqun-transcript.{}\"", format.word());
    let read = Transcript::new(&seat.tenant, seat.group, views);
    let headers = [
        (header::CONTENT_TYPE, format.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; sandbox".to_owned(),
        ),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
    ];
    Ok((headers, Body::from_stream(pieces(app, sheet, read))).into_response())
}

/// Where the writing is.
enum Step {
    Begin,
    Entries,
    Done,
}

/// The file in pieces of a page each. A failure on the way breaks the connection off: a file that ends too early would pass
/// for the whole.
fn pieces(
    app: Arc<App>,
    sheet: Sheet,
    read: Transcript,
) -> impl stream::Stream<Item = Result<String, std::io::Error>> {
    stream::try_unfold((app, sheet, read, Step::Begin), async |(app, mut sheet, mut read, step)| match step {
        Step::Begin => {
            let piece = sheet.begin().map_err(broken)?;
            Ok(Some((piece, (app, sheet, read, Step::Entries))))
        }
        Step::Entries => {
            let entries = read.next(&app.store).await.map_err(|error: domain::Error| broken(error))?;
            if entries.is_empty() {
                let end = sheet.end().to_owned();
                return Ok(Some((end, (app, sheet, read, Step::Done))));
            }
            let piece = sheet.entries(&entries).map_err(broken)?;
            Ok(Some((piece, (app, sheet, read, Step::Entries))))
        }
        Step::Done => Ok(None),
    })
}

fn broken(error: impl std::error::Error + Send + Sync + 'static) -> std::io::Error {
    tracing::error!(%error, "a transcript broke off");
    std::io::Error::other(error)
}
