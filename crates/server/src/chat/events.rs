//! `GET B/events`: the same frames as server-sent events, for networks that let no WebSocket through.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Extension,
    body::{Body, Bytes},
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use http::{HeaderMap, header};
use tokio::sync::mpsc;

use super::{
    Refused, Seated,
    live::{Asked, CHECK, join, over, patiently, pause},
};
use crate::{
    app::App,
    listen::Line,
    live::{
        Out, Page, Place,
        counts::{Dropped, Transport},
        frame::{self, Bye},
        page::Next,
    },
};

/// How many events may wait for the connection.
const WAITING: usize = 4;
/// What begins the stream: when to come back if it breaks, milliseconds.
const RETRY: &str = "retry: 2000\n\n";
/// A comment: it tells both sides that the connection still is one.
const HEARTBEAT: &str = ": \n\n";

/// The handler. A browser that comes back says in `Last-Event-ID` what it had last.
pub async fn events(
    State(app): State<Arc<App>>,
    seated: Seated,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    Extension(line): Extension<Line>,
) -> Result<Response, Refused> {
    let last = headers.get("last-event-id").and_then(|id| Place::parse(id.to_str().ok()?));
    let mut page = join(&app, &seated, Transport::Events).await?;
    page.begin(last.unwrap_or((&asked).into())).await?;
    let (told, events) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        let mut held = Held { app, seated, page, told };
        if let Err(why) = held.run().await {
            held.app.hub.counts.drops(why);
            if why == Dropped::Slow {
                line.cut();
            }
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // For proxies that would collect answers before they pass them on.
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    let body = stream::unfold(events, |mut events: mpsc::Receiver<Box<str>>| async move {
        let event = events.recv().await?;
        Some((Ok::<_, Infallible>(Bytes::from(event.into_boxed_bytes())), events))
    });
    Ok((headers, Body::from_stream(body)).into_response())
}

/// A page on its stream of events.
struct Held {
    app: Arc<App>,
    seated: Seated,
    page: Page,
    told: mpsc::Sender<Box<str>>,
}

impl Held {
    /// Until the page goes, or until it is dropped.
    async fn run(&mut self) -> Result<(), Dropped> {
        let mut beat = self.app.hub.beats.listen();
        if beat.borrow().restart {
            return self.bye(Bye::Restart).await;
        }
        self.send(RETRY.into()).await?;
        loop {
            let gone = self.told.clone();
            let check = tokio::select! {
                next = self.page.next() => match next {
                    Next::Frame(out) => {
                        let event = self.event(&out);
                        self.send(event).await?;
                        self.app.hub.counts.sent();
                        false
                    }
                    Next::Check => true,
                },
                _ = beat.changed() => {
                    let beat = *beat.borrow_and_update();
                    if beat.restart {
                        return self.bye(Bye::Restart).await;
                    }
                    self.send(HEARTBEAT.into()).await?;
                    beat.count.is_multiple_of(CHECK)
                }
                () = gone.closed() => return Ok(()),
            };
            if check && let Some(bye) = Box::pin(over(&self.app, &self.seated)).await {
                return self.bye(bye).await;
            }
            if self.told.is_closed() {
                return Ok(());
            }
        }
    }

    fn event(&self, out: &Out) -> Box<str> {
        let text = &*out.text;
        match out.at {
            Some(at) => format!("id: {}\ndata: {text}\n\n", Place::id(at, self.page.seat())).into(),
            None => format!("data: {text}\n\n").into(),
        }
    }

    async fn send(&self, event: Box<str>) -> Result<(), Dropped> {
        // A reader that is gone is seen by the loop.
        patiently(&self.app, self.told.send(event)).await.map(drop).ok_or(Dropped::Slow)
    }

    async fn bye(&self, bye: Bye) -> Result<(), Dropped> {
        let text = frame::bye(bye, pause(&self.app, bye));
        self.send(format!("data: {}\n\n", &*text).into()).await?;
        Err(bye.into())
    }
}
