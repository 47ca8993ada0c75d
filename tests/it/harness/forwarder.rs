//! A small TCP forwarder: one address in front of several servers, as a load balancer would be.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// Forwards each connection to the next server that takes it.
pub(crate) struct Forwarder {
    /// `http://…`
    pub(crate) url: String,
    task: JoinHandle<()>,
}

impl Forwarder {
    /// In front of servers with these addresses (`http://…`).
    pub(crate) async fn start(servers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let servers: Arc<[String]> =
            servers.iter().map(|url| url.trim_start_matches("http://").to_owned()).collect();
        let next = Arc::new(AtomicUsize::new(0));
        let task = tokio::spawn(async move {
            loop {
                let Ok((client, _)) = listener.accept().await else { return };
                let (servers, next) = (Arc::clone(&servers), Arc::clone(&next));
                tokio::spawn(forward(client, servers, next));
            }
        });
        Self { url, task }
    }
}

async fn forward(mut client: TcpStream, servers: Arc<[String]>, next: Arc<AtomicUsize>) {
    let first = next.fetch_add(1, Ordering::Relaxed);
    for at in 0..servers.len() {
        if let Ok(mut server) = TcpStream::connect(&servers[(first + at) % servers.len()]).await {
            let _ = (client.set_nodelay(true), server.set_nodelay(true));
            // Either side ends it.
            let _ = copy_bidirectional(&mut client, &mut server).await;
            return;
        }
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        self.task.abort();
    }
}
