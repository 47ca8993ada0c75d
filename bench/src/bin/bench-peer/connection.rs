//! One kept HTTP/1.1 connection.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;

use hyper::Request;
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

pub(crate) struct Connection {
    sender: SendRequest<String>,
    host: String,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::task::spawn_local(connection);
        Ok(Self { sender, host: address.to_string() })
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// The answer's status, cookie if it sets one, and body, as `200 …`.
    pub(crate) async fn ask(&mut self, mut request: Request<String>) -> anyhow::Result<String> {
        request.headers_mut().insert("host", self.host.parse()?);
        self.sender.ready().await?;
        let answer = self.sender.send_request(request).await?;
        let mut text = format!("{} ", answer.status().as_u16()).into_bytes();
        if let Some(cookie) = answer.headers().get("set-cookie") {
            text.extend_from_slice(cookie.as_bytes());
            text.push(b' ');
        }
        let mut body = answer.into_body();
        while let Some(frame) = poll_fn(|cx| Incoming::poll_frame(Pin::new(&mut body), cx)).await {
            if let Ok(data) = frame?.into_data() {
                text.extend_from_slice(&data);
            }
        }
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}
