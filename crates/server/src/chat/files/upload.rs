//! `POST B/files`: a file arrives. `DELETE B/files/{id}`: its sender takes it back unsent.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    body::{Body, BodyDataStream},
    extract::{Path, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use store::blobs::Staged;
use uuid::Uuid;

use super::{
    examine::{Examined, examine},
    receive::{announced, drain, receive, refused, size, too_large},
};
use crate::{
    app::App,
    chat::{Refused, Seated, answer::answer},
    config::Files,
    domain::{
        attachment::{self, NewAttachment, NotTaken},
        conversation::Lane,
        group::State as GroupState,
    },
    media,
};

/// How long to wait for a place, seconds: about as long as a file takes.
const AGAIN_S: u32 = 2;

const TOO_MANY: Refused = Refused::new(
    StatusCode::TOO_MANY_REQUESTS,
    "too_many_uploads",
    "同时上传的文件太多，其余的请稍后再发",
    "Too many files at once: send the others in a moment",
)
.after(AGAIN_S);
const LANE: Refused = Refused::new(
    StatusCode::BAD_REQUEST,
    "lane",
    "请说明谁能看到这个文件：lane=customer（客户可见）或 internal（仅内部，只限客服）",
    "Say who may see the file: lane=customer, or lane=internal (staff only)",
);
const QUERY: Refused = Refused::new(
    StatusCode::BAD_REQUEST,
    "invalid",
    "地址参数不对：需要 lane 和 name，语音另加 ms（毫秒）",
    "The address wants lane and name, and for something spoken ms, in milliseconds",
);
const EMPTY: Refused = Refused::new(StatusCode::BAD_REQUEST, "empty", "文件是空的", "The file is empty");

/// What the address says.
#[derive(Debug, Deserialize)]
pub struct Asked {
    #[serde(default)]
    lane: String,
    #[serde(default)]
    name: String,
    ms: Option<i64>,
}

/// The handler. The header's media type is not looked at: what the file is, its content says.
pub async fn upload(
    State(app): State<Arc<App>>,
    seated: Seated,
    asked: Result<Query<Asked>, QueryRejection>,
    body: Body,
) -> Response {
    let announced = announced(&body);
    let mut body = body.into_data_stream();
    match take(&app, &seated, asked, announced, &mut body).await {
        Ok(answer) => answer,
        Err(refused) => {
            drain(body).await;
            refused.into_response()
        }
    }
}

async fn take(
    app: &App,
    seated: &Seated,
    asked: Result<Query<Asked>, QueryRejection>,
    announced: Option<u64>,
    body: &mut BodyDataStream,
) -> Result<Response, Refused> {
    let Query(asked) = asked.map_err(|_| QUERY)?;
    let lane = Lane::from_word(&asked.lane).filter(|lane| seated.seat.view(*lane).is_some()).ok_or(LANE)?;
    let _arriving = app.uploads.begin(seated.seat.group, seated.seat.person).ok_or(TOO_MANY)?;
    let Files { max_bytes, group_bytes } = app.live().settings.files;
    if announced.is_some_and(|bytes| bytes > max_bytes) {
        return Err(too_large(max_bytes));
    }
    let group_bytes = i64::try_from(group_bytes).unwrap_or(i64::MAX);
    let expected = announced.and_then(|bytes| i64::try_from(bytes).ok()).unwrap_or_default();
    let seat = seated.seat.clone();
    // Before anybody sends 20 MiB in vain; what counts is the look of the unit.
    app.store
        .read("attachment.may_add", move |r| attachment::may_add(r, &seat, expected, group_bytes))
        .await?
        .map_err(|why| not_taken(why, group_bytes))?;
    let staged = receive(&app.blobs, body, max_bytes).await?;
    if staged.bytes() == 0 {
        return Err(EMPTY);
    }
    let examined = examine(app, staged, asked.ms).await?;
    let now_ms = app.clock.now_ms();
    let file = new(app.ids.uuid(now_ms), lane, &asked.name, &examined);
    let (id, seat) = (file.id, seated.seat.clone());
    let unit = move |tx: &mut store::Tx<'_>| attachment::add(tx, &seat, &file, group_bytes, now_ms);
    app.store.write("attachment.add", unit).await?.map_err(|why| not_taken(why, group_bytes))?;
    let kept = keep(examined.content, examined.thumb).await;
    let seat = seated.seat.clone();
    if let Err(error) = kept {
        // What cannot be told to the database now, the sweep finds out.
        let unit = move |tx: &mut store::Tx<'_>| attachment::discard(tx, &seat, id);
        drop(app.store.write("attachment.discard", unit).await);
        return Err(refused(error));
    }
    let unit = move |tx: &mut store::Tx<'_>| attachment::arrived(tx, &seat, id);
    let row = app.store.write("attachment.arrived", unit).await?.ok_or(Refused::FAILED)?;
    Ok(answer(StatusCode::CREATED, &json!({"file": attachment::view(&row)})))
}

/// Puts the bytes in their place.
async fn keep(content: Staged, thumb: Option<Staged>) -> Result<(), store::Error> {
    if let Some(thumb) = thumb {
        thumb.keep().await?;
    }
    content.keep().await.map(|_| ())
}

fn new(id: Uuid, lane: Lane, name: &str, examined: &Examined) -> NewAttachment {
    let Examined { kind, media_type, extensions, size, duration_ms, content, thumb } = examined;
    NewAttachment {
        id,
        lane,
        kind: *kind,
        name: media::clean(name, extensions),
        media_type: (*media_type).to_owned(),
        bytes: i64::try_from(content.bytes()).unwrap_or(i64::MAX),
        size: *size,
        duration_ms: *duration_ms,
        blob: content.sha256().to_owned(),
        thumb: thumb.as_ref().map(|thumb| thumb.sha256().to_owned()),
    }
}

fn not_taken(why: NotTaken, group_bytes: i64) -> Refused {
    match why {
        NotTaken::NotOpen(GroupState::Dissolved) => Refused::DISSOLVED,
        NotTaken::NotOpen(GroupState::Reserved | GroupState::Creating | GroupState::Failed) => {
            Refused::NOT_READY
        }
        NotTaken::NotOpen(_) => Refused::CLOSED,
        NotTaken::Removed => Refused::REMOVED,
        NotTaken::Full => {
            let most = size(u64::try_from(group_bytes).unwrap_or_default());
            Refused::said(
                StatusCode::PAYLOAD_TOO_LARGE,
                "group_full",
                format!("这个群的文件已满（最多 {most}），请换个方式发送"),
                format!("The files of this group are full (at most {most}): send it another way"),
            )
        }
    }
}

/// Takes back a file that was not sent, so that it does not count any more. One that is gone already is so.
pub async fn discard(
    State(app): State<Arc<App>>,
    seated: Seated,
    Path(path): Path<BTreeMap<String, String>>,
) -> Result<StatusCode, Refused> {
    let id = id_of(&path)?;
    let seat = seated.seat;
    let unit = move |tx: &mut store::Tx<'_>| attachment::discard(tx, &seat, id);
    if app.store.write("attachment.discard", unit).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Refused::NOT_FOUND)
    }
}

/// The file's id in the address.
pub(super) fn id_of(path: &BTreeMap<String, String>) -> Result<Uuid, Refused> {
    path.get("id").and_then(|id| Uuid::try_parse(id).ok()).ok_or(Refused::NOT_FOUND)
}
