//! A TCP proxy that cuts connections on demand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// Let everything through.
pub(crate) const OPEN: u8 = 0;
/// Cut at the next bytes from a client that writes, before the server has them; then let everything through.
pub(crate) const CUT_BEFORE: u8 = 1;
/// Hand the next bytes from a client that writes to the server, wait for its answer, and cut instead of passing it on.
pub(crate) const CUT_AFTER: u8 = 2;
/// As `CUT_AFTER`, and accept no connection any more.
pub(crate) const CUT_AFTER_AND_SHUT: u8 = 3;
/// Accept no connection, and cut those that speak.
pub(crate) const SHUT: u8 = 4;

#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) port: u16,
    mode: Arc<AtomicU8>,
    cuts: Arc<Semaphore>,
}

impl Proxy {
    pub(crate) async fn start(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self {
            port: listener.local_addr().unwrap().port(),
            mode: Arc::new(AtomicU8::new(OPEN)),
            cuts: Arc::new(Semaphore::new(0)),
        };
        let (mode, cuts) = (proxy.mode.clone(), proxy.cuts.clone());
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                if mode.load(Ordering::SeqCst) == SHUT {
                    continue;
                }
                let server = TcpStream::connect(&target).await.unwrap();
                tokio::spawn(carry(client, server, mode.clone(), cuts.clone()));
            }
        });
        proxy
    }

    /// What to do with the next bytes from a client; callable from inside a unit.
    pub(crate) fn set(&self, mode: u8) {
        self.mode.store(mode, Ordering::SeqCst);
    }

    /// Waits until one more connection was cut because the proxy is shut.
    pub(crate) async fn cut(&self) {
        self.cuts.acquire().await.unwrap().forget();
    }

    pub(crate) fn mode(&self) -> u8 {
        self.mode.load(Ordering::SeqCst)
    }
}

async fn carry(mut client: TcpStream, mut server: TcpStream, mode: Arc<AtomicU8>, cuts: Arc<Semaphore>) {
    // Other connections come up in the background: a cut is meant for one that carries units of work.
    let mut writes = false;
    let (mut up, mut down) = (vec![0; 65536], vec![0; 65536]);
    loop {
        tokio::select! {
            read = client.read(&mut up) => {
                let Ok(count @ 1..) = read else { return };
                writes |= up[..count].windows(6).any(|bytes| bytes == b"BEGIN\0");
                let now = mode.load(Ordering::SeqCst);
                match now {
                    CUT_BEFORE | CUT_AFTER | CUT_AFTER_AND_SHUT if !writes => {
                        if server.write_all(&up[..count]).await.is_err() { return }
                    }
                    CUT_BEFORE => {
                        mode.store(OPEN, Ordering::SeqCst);
                        return;
                    }
                    SHUT => {
                        cuts.add_permits(1);
                        return;
                    }
                    CUT_AFTER | CUT_AFTER_AND_SHUT => {
                        mode.store(if now == CUT_AFTER { OPEN } else { SHUT }, Ordering::SeqCst);
                        server.write_all(&up[..count]).await.unwrap();
                        // The answer proves that the server has done it.
                        assert!(server.read(&mut down).await.unwrap() > 0);
                        return;
                    }
                    _ => if server.write_all(&up[..count]).await.is_err() { return },
                }
            }
            read = server.read(&mut down) => {
                let Ok(count @ 1..) = read else { return };
                if client.write_all(&down[..count]).await.is_err() { return }
            }
        }
    }
}
