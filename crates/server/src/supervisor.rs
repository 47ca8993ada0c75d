//! systemd, or another supervisor that speaks its protocol: a listening socket that is passed in, words about how far the
//! server is, a sign of life. Where there is no supervisor, nothing of this does anything.

use std::time::Duration;

use anyhow::{Context, bail};
use listenfd::ListenFd;
use sd_notify::NotifyState;
use tokio::{
    net::TcpListener,
    time::{MissedTickBehavior, interval},
};

/// The public listener, if it was passed in (`LISTEN_FDS`). It stays open while the server restarts: callers wait, nobody
/// is refused.
///
/// # Errors
/// If more than one socket was passed, or one that is not a listening TCP socket.
pub fn listener() -> anyhow::Result<Option<TcpListener>> {
    let mut passed = ListenFd::from_env();
    if passed.len() > 1 {
        bail!("{} sockets were passed in, and laqun takes one: the public listener", passed.len());
    }
    let Some(listener) = passed.take_tcp_listener(0).context(
        "the socket that was passed in is not a listening TCP socket (systemd: ListenStream=ADDRESS:PORT)",
    )?
    else {
        return Ok(None);
    };
    listener.set_nonblocking(true)?;
    Ok(Some(TcpListener::from_std(listener)?))
}

/// The server answers; also: it does so again, after [`reloading`].
pub fn ready() {
    tell(&[NotifyState::Ready]);
}

/// The settings are being read again. [`ready`] follows, whatever came of it.
pub fn reloading() {
    // The time tells a newer systemd which of several reloads this is.
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
}

/// The server ends as soon as the calls at hand have.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Says that the server lives, twice in the time after which it would be taken for dead (`WATCHDOG_USEC`). A task of the
/// runtime that also answers calls: if that stands still, so does this.
pub fn stay_alive() {
    let Some(limit) = sd_notify::watchdog_enabled().filter(|limit| *limit > Duration::ZERO) else { return };
    tokio::spawn(async move {
        let mut ticks = interval(limit / 2);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            tell(&[NotifyState::Watchdog]);
        }
    });
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the supervisor could not be told");
    }
}
