//! `GET B/live`: a WebSocket for as long as the page is open. Messages are sent by POST; what a page says here is small and
//! may be lost.

use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Extension,
    extract::{
        Query, State,
        ws::{
            CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code,
            rejection::WebSocketUpgradeRejection,
        },
    },
    response::Response,
};
use http::StatusCode;
use serde::Deserialize;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error, error::ProtocolError};

use super::{Refused, Seated};
use crate::{
    app::App,
    domain::conversation::{Lane, Seat, mark, presence},
    listen::Line,
    live::{
        Page, Place, Refusal,
        counts::{Dropped, Transport},
        frame::{self, Bye},
        page::Next,
    },
};

/// The largest frame that a page may send, bytes.
const FRAME_MAX: usize = 4096;
/// What a socket reads at once, bytes. It is kept as long as the page is open, so it is small.
const READ_BUFFER: usize = 1024;
/// How long a page may take nothing of what it is sent, seconds.
const STALL: u32 = 20;
/// Beats without a word of the page, not even an answer to a ping, after which it is gone.
const SILENT: u32 = 3;
/// Every so many beats it is seen whether the person still sits here.
pub(super) const CHECK: u64 = 2;
/// How long a page may take to read why it was sent away.
const FAREWELL: Duration = Duration::from_secs(2);

/// Where a page goes on: `c=` and `i=`.
#[derive(Debug, Deserialize)]
pub struct Asked {
    c: Option<i64>,
    i: Option<i64>,
}

impl From<&Asked> for Place {
    fn from(asked: &Asked) -> Self {
        Self::new(asked.c, asked.i)
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Restart => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "restart",
                "服务正在重启，请稍候",
                "The service is restarting, wait a moment",
            )
            .after(2),
            Refusal::Full => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "full_house",
                "打开的页面太多，请稍后再试",
                "Too many pages are open, try again in a moment",
            )
            .after(10),
            Refusal::TooMany => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_pages",
                "你打开的页面太多，请关闭一些",
                "You have too many pages of this group open: close some",
            )
            .after(30),
        }
    }
}

/// The handler.
pub async fn live(
    State(app): State<Arc<App>>,
    seated: Seated,
    Query(asked): Query<Asked>,
    Extension(line): Extension<Line>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refused> {
    let upgrade = upgrade.map_err(|_| {
        Refused::new(
            StatusCode::UPGRADE_REQUIRED,
            "no_socket",
            "此地址须用 WebSocket 打开",
            "This address is a WebSocket; use events or poll instead",
        )
    })?;
    let page = join(&app, &seated, Transport::Socket).await?;
    let upgrade = upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_message_size(FRAME_MAX)
        .max_frame_size(FRAME_MAX);
    Ok(upgrade.on_upgrade(move |socket| async move {
        let mut held = Held { app, seated, page, socket, budget: Budget::new(), quiet: 0 };
        let bye = held.run((&asked).into()).await;
        held.end(bye).await;
        drop(line);
    }))
}

/// A page on its socket.
struct Held {
    app: Arc<App>,
    seated: Seated,
    page: Page,
    socket: WebSocket,
    budget: Budget,
    /// Beats since the page was last heard.
    quiet: u32,
}

/// Why a page's time is over.
enum End {
    /// It went by itself.
    Gone,
    /// It is dropped without a word, which it would not read.
    Dropped(Dropped),
    /// It is told to go.
    Bye(Bye),
}

impl From<Bye> for End {
    fn from(bye: Bye) -> Self {
        Self::Bye(bye)
    }
}

impl Held {
    async fn run(&mut self, place: Place) -> End {
        let mut beat = self.app.hub.beats.listen();
        if beat.borrow().restart {
            return Bye::Restart.into();
        }
        if let Err(error) = Box::pin(self.page.begin(place)).await {
            tracing::warn!(%error, "a page cannot begin; it comes back by itself");
            return Bye::Restart.into();
        }
        loop {
            let went_on = tokio::select! {
                next = self.page.next() => match next {
                    Next::Frame(out) => self.send(Message::Text(out.text)).await,
                    Next::Check => Box::pin(self.check()).await,
                },
                heard = self.socket.recv() => match heard {
                    Some(Ok(message)) => self.hear(message).await,
                    Some(Err(error)) => Err(if is_abuse(error) { Bye::Flood.into() } else { End::Gone }),
                    None => Err(End::Gone),
                },
                _ = beat.changed() => {
                    let beat = *beat.borrow_and_update();
                    self.beat(beat.count, beat.restart).await
                }
            };
            if let Err(end) = went_on {
                return end;
            }
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        let is_frame = matches!(message, Message::Text(_));
        match patiently(&self.app, self.socket.send(message)).await {
            Some(Ok(())) => {
                if is_frame {
                    self.app.hub.counts.sent();
                }
                Ok(())
            }
            Some(Err(_)) => Err(End::Gone),
            None => Err(End::Dropped(Dropped::Slow)),
        }
    }

    async fn check(&mut self) -> Result<(), End> {
        over(&self.app, &self.seated).await.map_or(Ok(()), |bye| Err(bye.into()))
    }

    async fn beat(&mut self, count: u64, restart: bool) -> Result<(), End> {
        if restart {
            return Err(Bye::Restart.into());
        }
        self.quiet += 1;
        if self.quiet > SILENT {
            return Err(End::Dropped(Dropped::Silent));
        }
        if count.is_multiple_of(CHECK) {
            Box::pin(self.check()).await?;
        }
        self.send(Message::Ping(axum::body::Bytes::new())).await
    }

    async fn hear(&mut self, message: Message) -> Result<(), End> {
        self.quiet = 0;
        if !self.budget.takes() {
            return Err(Bye::Flood.into());
        }
        let text = match message {
            Message::Text(text) => text,
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            Message::Close(_) => return Err(End::Gone),
            Message::Binary(_) => return Err(Bye::Flood.into()),
        };
        match Said::read(&text) {
            Some(Said::Ping) => self.send(Message::Text(frame::pong())).await,
            Some(Said::Typing { lane }) => {
                if let Some(lane) = Lane::from_word(&lane) {
                    self.app.hub.types(&self.app.store, self.page.seat(), lane);
                }
                Ok(())
            }
            Some(Said::Read { lane, seq }) => {
                if let Some(lane) = Lane::from_word(&lane) {
                    let seat = self.page.seat().clone();
                    Box::pin(read(&self.app, &seat, lane, seq)).await;
                }
                Ok(())
            }
            Some(Said::Other) => Ok(()),
            None => Err(Bye::Flood.into()),
        }
    }

    /// Says good-bye, and waits a moment until it is read: closing a connection with unread words in it takes away what the
    /// other side has not read yet.
    async fn end(mut self, end: End) {
        let bye = match end {
            End::Gone => return,
            End::Dropped(why) => {
                self.app.hub.counts.drops(why);
                return;
            }
            End::Bye(bye) => bye,
        };
        self.app.hub.counts.drops(bye.into());
        let code = if bye == Bye::Restart { close_code::AWAY } else { close_code::POLICY };
        let close = CloseFrame { code, reason: Utf8Bytes::from_static(bye.word()) };
        let farewell = async {
            let text = frame::bye(bye, pause(&self.app, bye));
            self.socket.send(Message::Text(text)).await?;
            self.socket.send(Message::Close(Some(close))).await?;
            while self.socket.recv().await.transpose()?.is_some() {}
            Ok::<(), axum::Error>(())
        };
        // It has gone, or does not listen: both are its end.
        let _ = timeout(FAREWELL, farewell).await;
    }
}

/// A mark that could not be written is told again with the next one.
async fn read(app: &App, seat: &Seat, lane: Lane, seq: i64) {
    if let Err(error) = mark::read(&app.store, seat, lane, seq, app.clock.now_ms()).await {
        tracing::debug!(%error, "a read mark was not taken");
    }
}

/// Waits for a page to take what it is sent: not for ever, and not while the server ends.
pub(super) async fn patiently<T>(app: &App, sending: impl Future<Output = T>) -> Option<T> {
    let mut sending = pin!(sending);
    for _ in 0..STALL {
        if let Ok(sent) = timeout(Duration::from_secs(1), sending.as_mut()).await {
            return Some(sent);
        }
        if app.is_draining() {
            break;
        }
    }
    None
}

/// When to come back after a restart, milliseconds: not all at once.
pub(super) fn pause(app: &App, bye: Bye) -> Option<u16> {
    (bye == Bye::Restart).then(|| 200 + u16::from_be_bytes(app.ids.random()) % 2800)
}

/// Opens the page, and looks again whether the person still sits here: what took the seat since the request's first look
/// was told to nobody, and from now on it is.
pub(super) async fn join(app: &Arc<App>, seated: &Seated, transport: Transport) -> Result<Page, Refused> {
    let page = app.hub.join(app, seated.seat.clone(), transport)?;
    let now = seated.again(app).await?;
    still_lives(app, &now).await?;
    if sees_the_same(seated, &now) { Ok(page) } else { Err(Refusal::Restart.into()) }
}

/// Whether the person's time here is over, or the page is to come again because the person now sees something else.
pub(super) async fn over(app: &App, seated: &Seated) -> Option<Bye> {
    // Only a refusal ends it; a database that does not answer says nothing about the seat.
    let refused = match seated.again(app).await {
        Ok(now) if !sees_the_same(seated, &now) => return Some(Bye::Restart),
        Ok(now) => still_lives(app, &now).await.err(),
        Err(refused) => Some(refused),
    };
    refused.and_then(|refused| Bye::from_refusal(refused.code()))
}

fn sees_the_same(seated: &Seated, now: &Seated) -> bool {
    (seated.seat.kind, seated.seat.history_from) == (now.seat.kind, now.seat.history_from)
}

/// Refuses a group in which nothing will ever happen again.
async fn still_lives(app: &App, seated: &Seated) -> Result<(), Refused> {
    let Seat { tenant, group, .. } = &seated.seat;
    let over = presence::is_dissolved(&app.store, tenant, *group).await?;
    if over { Err(Refused::DISSOLVED) } else { Ok(()) }
}

/// Whether a socket's error is the page's doing rather than the network's.
fn is_abuse(error: axum::Error) -> bool {
    error.into_inner().downcast_ref::<Error>().is_some_and(|error| match error {
        Error::Capacity(_) | Error::Utf8(_) => true,
        Error::Protocol(what) => !matches!(what, ProtocolError::ResetWithoutClosingHandshake),
        _ => false,
    })
}

/// What a page says.
#[derive(Debug, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
enum Said {
    Ping,
    Typing {
        lane: String,
    },
    Read {
        lane: String,
        seq: i64,
    },
    /// Of another release.
    #[serde(other)]
    Other,
}

impl Said {
    /// None if it is no frame at all.
    fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// How much a page may say: ten frames a second, and forty at once.
struct Budget {
    left: f32,
    at: Instant,
}

impl Budget {
    const RATE: f32 = 10.0;
    const MOST: f32 = 40.0;

    fn new() -> Self {
        Self { left: Self::MOST, at: Instant::now() }
    }

    fn takes(&mut self) -> bool {
        let now = Instant::now();
        let gained = now.duration_since(self.at).as_secs_f32() * Self::RATE;
        self.left = (self.left + gained).min(Self::MOST) - 1.0;
        self.at = now;
        self.left >= 0.0
    }
}
