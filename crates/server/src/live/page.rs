//! One open page: its numbers, and what it is told next.

use std::{collections::VecDeque, sync::Arc};

use tokio::sync::broadcast::{self, error::RecvError};

use super::{
    counts::Counted,
    frame,
    look::{self, Behind, Numbers},
    room::{Batch, Room, Told},
};
use crate::{
    app::App,
    domain::{
        self,
        conversation::{Seat, View},
    },
};

pub use super::look::{Out, Place};

/// How much may wait in memory for one page that is behind, bytes: when it has taken that, it is looked again.
const WAITING: usize = 64 << 10;
/// How much one answer brings to a page that polls, bytes: it comes again for the rest.
const POLLED: usize = 256 << 10;

/// What comes next for a page.
#[derive(Debug)]
pub enum Next {
    /// A frame to be sent.
    Frame(Out),
    /// Whoever holds the page is to look whether the person still sits here.
    Check,
}

/// An open page. Gone when it is dropped.
pub struct Page {
    app: Arc<App>,
    _room: Arc<Room>,
    seat: Arc<Seat>,
    numbers: Numbers,
    listener: broadcast::Receiver<Told>,
    ready: VecDeque<Out>,
    lacks: bool,
    /// Something that is not repeated may have been missed.
    missed: bool,
    _counted: Counted,
}

impl Page {
    pub(super) fn new(
        app: Arc<App>,
        room: Arc<Room>,
        seat: Arc<Seat>,
        listener: broadcast::Receiver<Told>,
        counted: Counted,
    ) -> Self {
        Self {
            app,
            _room: room,
            seat,
            numbers: Numbers::default(),
            listener,
            ready: VecDeque::new(),
            lacks: false,
            missed: false,
            _counted: counted,
        }
    }

    /// Begins: looks for what is behind `place` while new things are already being told. To be called once, first.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn begin(&mut self, place: Place) -> Result<(), domain::Error> {
        let found = beginning(&self.app, &self.seat, place, WAITING).await?;
        self.ready.extend(found.frames);
        self.numbers = found.numbers;
        self.lacks = found.more;
        Ok(())
    }

    /// Whose page.
    pub fn seat(&self) -> &Seat {
        &self.seat
    }

    /// What comes next. Nothing is lost if the future is dropped before it ends.
    pub async fn next(&mut self) -> Next {
        loop {
            if let Some(out) = self.ready.pop_front() {
                return Next::Frame(out);
            }
            if self.lacks {
                // On the heap: it is seldom, and every page would carry its size.
                Box::pin(self.catch_up()).await;
                continue;
            }
            match self.listener.recv().await {
                Ok(Told::Entries(batch)) => self.take(&batch),
                Ok(Told::Frame(text, but)) => {
                    if but != Some(self.seat.person) {
                        self.ready.push_back(Out { text, at: None });
                    }
                }
                Ok(Told::Check) => return Next::Check,
                Err(RecvError::Lagged(_)) => {
                    self.app.hub.counts.was_late();
                    self.lacks = true;
                    self.missed = true;
                }
                // The room holds the sender as long as the page is in it.
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    }

    fn take(&mut self, batch: &Batch) {
        let from = self.seat.view(batch.lane).map_or(0, View::from);
        if batch.last <= self.numbers.of(batch.lane) {
            return;
        }
        match &batch.text {
            Some(text) if batch.fits(self.numbers, from) => {
                self.numbers.set(batch.lane, batch.last);
                self.ready.push_back(Out { text: text.clone(), at: Some(self.numbers) });
            }
            _ => self.lacks = true,
        }
    }

    /// Looks for what is behind its numbers: the next of it.
    async fn catch_up(&mut self) {
        let (seat, numbers) = (Arc::clone(&self.seat), self.numbers);
        let found: Result<Behind, domain::Error> = self
            .app
            .store
            .read("live.behind", move |r| look::behind(r, &seat, numbers.into(), WAITING))
            .await;
        match found {
            Ok(Behind { frames, numbers, more, .. }) => {
                self.ready.extend(frames);
                // The numbers of a lane that is not seen mean nothing.
                self.numbers = numbers;
                self.lacks = more;
                if std::mem::take(&mut self.missed) {
                    self.ready.push_back(Out { text: frame::changed(), at: None });
                }
            }
            Err(error) => {
                tracing::warn!(%error, "a page cannot look for what it lacks; it is tried again in a second");
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            }
        }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.app.hub.leave(&self.seat);
    }
}

async fn beginning(app: &App, seat: &Arc<Seat>, place: Place, most: usize) -> Result<Behind, domain::Error> {
    let (seat, now_ms) = (Arc::clone(seat), app.clock.now_ms());
    app.store.read("live.begin", move |r| look::beginning(r, &seat, place, most, now_ms)).await
}

/// What somebody without a connection is told: the same frames, at once.
///
/// # Errors
/// The database did not answer.
pub async fn poll(app: &App, seat: Seat, place: Place) -> Result<Vec<Out>, domain::Error> {
    app.hub.presence.poll(&seat);
    app.hub.counts.polled();
    Ok(beginning(app, &Arc::new(seat), place, POLLED).await?.frames)
}
