//! `POST B/messages`: somebody says something.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{Body, Refused, Seated, answer::answer, query};
use crate::{
    app::App,
    domain::{
        attachment,
        conversation::{
            Denied, Lane,
            send::{Content, NewMessage, send as write},
        },
    },
};

/// What the page sends. What must be there is looked for by hand, so that its absence is told in words of ours.
#[derive(Debug, Deserialize)]
pub struct Request {
    client_id: Option<String>,
    lane: Option<String>,
    kind: Option<String>,
    text: Option<String>,
    quote: Option<Quoted>,
    #[serde(default)]
    mentions: Vec<String>,
    file: Option<String>,
}

/// A number of the message's own lane; or with the lane it is of, which must be the same.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Quoted {
    Seq(i64),
    In { lane: String, seq: i64 },
}

/// The handler: 201 with the entry, or 200 if it had been sent before.
pub async fn send(
    State(app): State<Arc<App>>,
    seated: Seated,
    Body(request): Body<Request>,
) -> Result<Response, Refused> {
    let message = request.message()?;
    app.flood.message(seated.seat.group, seated.seat.person).map_err(Refused::flood)?;
    let sent = write(&app.store, &seated.seat, message, app.clock.now_ms()).await?;
    app.hub.touch(seated.seat.group);
    let status = if sent.again { StatusCode::OK } else { StatusCode::CREATED };
    Ok(answer(status, &json!({"entry": sent.entry})))
}

impl Request {
    fn message(self) -> Result<NewMessage, Refused> {
        let client_id = self.client_id.as_deref().and_then(|text| Uuid::try_parse(text).ok());
        let client_id = client_id.ok_or_else(|| {
            Refused::invalid(
                "请给出 client_id：每条消息一个新的 UUID",
                "Give a client_id: a new UUID for each message",
            )
        })?;
        let lane = query::lane(self.lane.as_deref())?;
        Ok(NewMessage {
            client_id,
            lane,
            content: content(self.kind.as_deref(), self.text, self.file.as_deref())?,
            quote: self.quote.map(|quote| quoted(quote, lane)).transpose()?,
            mentions: mentioned(&self.mentions)?,
        })
    }
}

fn content(kind: Option<&str>, text: Option<String>, file: Option<&str>) -> Result<Content, Refused> {
    match kind {
        Some("text") if file.is_none() => Ok(Content::Text(text.unwrap_or_default())),
        Some(word) => match attachment::Kind::from_word(word) {
            Some(kind) if text.is_none_or(|text| text.is_empty()) => {
                let id = file.and_then(|text| Uuid::try_parse(text).ok()).ok_or(Denied::FileNotFound)?;
                Ok(Content::File { kind, id })
            }
            Some(_) => Err(Refused::invalid(
                "图片、文件和语音不带文字；文字请另发一条",
                "A picture, file or voice has no text: send the text as a message of its own",
            )),
            None => Err(wrong_kind()),
        },
        None => Err(wrong_kind()),
    }
}

fn wrong_kind() -> Refused {
    Refused::invalid(
        "kind 为 text（给出 text），或 image、file、voice（给出 file）",
        "kind is text, with text; or image, file or voice, with file",
    )
}

fn quoted(quote: Quoted, lane: Lane) -> Result<i64, Refused> {
    match quote {
        Quoted::Seq(seq) => Ok(seq),
        Quoted::In { lane: word, seq } if query::lane(Some(&word))? == lane => Ok(seq),
        Quoted::In { .. } => Err(Denied::QuoteLane.into()),
    }
}

/// Who is no id is nobody in the group.
fn mentioned(mentions: &[String]) -> Result<Vec<Uuid>, Refused> {
    let ids = mentions.iter().map(|text| Uuid::try_parse(text).map_err(|_| Denied::Mention.into()));
    ids.collect()
}
