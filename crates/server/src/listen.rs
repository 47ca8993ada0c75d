//! Accepting connections.
//!
//! `axum::serve` would do, but sets no limit to how long a client may take to send a request's head: connections that
//! trickle would stay until there are no file descriptors left.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{Request, StatusCode, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, OwnedSemaphorePermit, Semaphore, watch},
    time::sleep,
};
use tower::ServiceExt;

use crate::descriptors::{self, Seldom};

/// How long a request's head may take, and how long a connection may be idle between requests. Longer than the pools of
/// clients keep theirs.
const HEAD: Duration = Duration::from_secs(75);
/// Pause after a connection could not be accepted: out of file descriptors, most likely.
const PAUSE: Duration = Duration::from_millis(50);

/// What passes over a listener, counted without a lock.
#[derive(Debug, Default)]
pub struct Traffic {
    connections: AtomicU64,
    calls: AtomicU64,
    not_accepted: AtomicU64,
    answers: [AtomicU64; CLASSES.len()],
}

/// Classes of HTTP status.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

impl Traffic {
    /// Connections that are open.
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    /// Requests whose head was read and that are not answered yet.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Answers since the start, by class of status.
    pub fn answers(&self) -> impl Iterator<Item = (&'static str, u64)> {
        CLASSES.into_iter().zip(&self.answers).map(|(class, count)| (class, count.load(Ordering::Relaxed)))
    }

    fn answered(&self, status: StatusCode) {
        let class = usize::from(status.as_u16() / 100).wrapping_sub(1);
        if let Some(count) = self.answers.get(class) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Connections that could not be accepted since the start: out of file descriptors, most likely.
    pub fn not_accepted(&self) -> u64 {
        self.not_accepted.load(Ordering::Relaxed)
    }
}

/// One of those that are there now, until it is dropped.
struct Present(Arc<Traffic>, fn(&Traffic) -> &AtomicU64);

impl Present {
    fn new(traffic: &Arc<Traffic>, which: fn(&Traffic) -> &AtomicU64) -> Self {
        which(traffic).fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(traffic), which)
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        (self.1)(&self.0).fetch_sub(1, Ordering::Relaxed);
    }
}

/// The connection that a request came over, for whoever goes on with it when the request is answered: it counts, and keeps
/// its place, until the last of these is dropped.
#[derive(Clone)]
pub struct Line(Arc<Held>);

struct Held {
    cut: Notify,
    /// The server waits for it when it ends.
    _ending: watch::Receiver<bool>,
    _present: Present,
    _place: OwnedSemaphorePermit,
}

impl Line {
    /// Ends the connection at once: nobody reads what is sent over it.
    pub fn cut(&self) {
        self.0.cut.notify_one();
    }
}

/// Serves until `stopped`, then lets the requests at hand end.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    traffic: Arc<Traffic>,
    mut stopped: watch::Receiver<bool>,
) {
    // Whoever holds a receiver is a connection that has not ended.
    let (ending, connections) = watch::channel(false);
    let most = descriptors::connections().min(Semaphore::MAX_PERMITS);
    let room = Arc::new(Semaphore::new(most));
    let (mut full, mut refused) = (Seldom::default(), Seldom::default());
    loop {
        if room.available_permits() == 0
            && let Some(times) = full.tell()
        {
            tracing::warn!(
                most,
                times,
                "as many connections are open as the limit of file descriptors allows; more wait until one ends. Raise it: ulimit -n, or LimitNOFILE= in systemd"
            );
        }
        let accepted = tokio::select! {
            accepted = accept(&listener, &room) => accepted,
            // A sender that is gone means the same.
            _ = stopped.wait_for(|stopped| *stopped) => break,
        };
        match accepted {
            Ok((stream, peer, place)) => {
                connect(connections.clone(), stream, peer, router.clone(), (place, Arc::clone(&traffic)));
            }
            Err(error) => {
                traffic.not_accepted.fetch_add(1, Ordering::Relaxed);
                if let Some(times) = refused.tell() {
                    tracing::error!(%error, times, "a connection could not be accepted");
                }
                sleep(PAUSE).await;
            }
        }
    }
    drop((listener, connections));
    ending.send_replace(true);
    ending.closed().await;
}

/// The next connection, once there is a place for it.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(room).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, place))
}

fn connect(
    mut ending: watch::Receiver<bool>,
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    (place, traffic): (OwnedSemaphorePermit, Arc<Traffic>),
) {
    let present = Present::new(&traffic, |traffic| &traffic.connections);
    let line = Line(Arc::new(Held {
        cut: Notify::new(),
        _ending: ending.clone(),
        _present: present,
        _place: place,
    }));
    let lent = line.clone();
    // Answers are small and written at once: waiting for more to send only delays them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(lent.clone());
        let answer = router.clone().oneshot(request.map(Body::new));
        let call = Present::new(&traffic, |traffic| &traffic.calls);
        async move {
            let answer = answer.await.unwrap_or_else(|never| match never {});
            call.0.answered(answer.status());
            drop(call);
            Ok::<_, Infallible>(answer)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::spawn(async move {
        let mut connection = pin!(connection);
        // A connection that broke has nobody left to tell; one that became another protocol's goes on without us.
        tokio::select! {
            _ = connection.as_mut() => return,
            () = line.0.cut.notified() => return,
            _ = ending.wait_for(|ending| *ending) => {}
        }
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            _ = connection => {}
            () = line.0.cut.notified() => {}
        }
    });
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn server() -> (SocketAddr, watch::Sender<bool>, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = watch::channel(false);
        let router = Router::new()
            .route("/", get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() }));
        (address, stop, tokio::spawn(serve(listener, router, Arc::default(), stopped)))
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_does_not_end_is_given_up() {
        let (address, _stop, _server) = server().await;
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n").await.unwrap();
        // Time is the test's: it runs ahead to the next timer whenever nothing else is to be done.
        let mut rest = Vec::new();
        client.read_to_end(&mut rest).await.unwrap();
        let answer = String::from_utf8_lossy(&rest);
        assert!(rest.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    }

    #[tokio::test]
    async fn a_handler_knows_its_peer_and_a_stop_lets_idle_connections_end() {
        let (address, stop, server) = server().await;
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut seen = vec![0; 1024];
        let length = client.read(&mut seen).await.unwrap();
        let answer = String::from_utf8_lossy(&seen[..length]).into_owned();
        assert!(answer.ends_with(&client.local_addr().unwrap().to_string()), "{answer}");
        stop.send_replace(true);
        server.await.unwrap();
        assert_eq!(client.read(&mut seen).await.unwrap(), 0, "the idle connection is closed");
    }
}
