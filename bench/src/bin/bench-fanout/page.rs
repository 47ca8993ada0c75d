//! An open page, as cheap for the load program as can be.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use futures_util::StreamExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest as _, protocol::WebSocketConfig};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::Transport;
use crate::prepare::Seat;

/// What a page reads at once, bytes.
const BUFFER: usize = 4096;

pub(crate) enum Page {
    Socket(Box<WebSocketStream<TcpStream>>),
    Events(TcpStream, Vec<u8>),
}

impl Page {
    pub(crate) async fn open(address: SocketAddr, seat: &Seat, transport: Transport) -> anyhow::Result<Self> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        if transport == Transport::Sse {
            let head = format!(
                "GET {}/events HTTP/1.1\r\nhost: {address}\r\ncookie: {}\r\n\r\n",
                seat.base, seat.cookie
            );
            stream.write_all(head.as_bytes()).await?;
            let mut page = Self::Events(stream, Vec::new());
            let answer = page.next().await?.context("an answer")?;
            if !answer.starts_with("HTTP/1.1 200") {
                bail!("{answer}");
            }
            return Ok(page);
        }
        let mut request = format!("ws://{address}{}/live", seat.base).into_client_request()?;
        request.headers_mut().insert("cookie", seat.cookie.parse()?);
        let config = WebSocketConfig::default().read_buffer_size(BUFFER).write_buffer_size(0);
        let (socket, _) = client_async_with_config(request, stream, Some(config)).await?;
        Ok(Self::Socket(Box::new(socket)))
    }

    /// Whether what comes is always a whole frame.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self, Self::Socket(_))
    }

    /// What came next, a frame or a piece of the stream; none when it has ended.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Option<String>> {
        match self {
            Self::Socket(socket) => loop {
                match socket.next().await.transpose()? {
                    Some(Message::Text(text)) => return Ok(Some(text.as_str().to_owned())),
                    Some(Message::Close(_)) | None => return Ok(None),
                    // Pings are answered by the library.
                    Some(_) => {}
                }
            },
            Self::Events(stream, buffer) => {
                buffer.resize(BUFFER, 0);
                let read = stream.read(buffer).await?;
                let text = String::from_utf8_lossy(&buffer[..read]).into_owned();
                Ok((read > 0).then_some(text))
            }
        }
    }
}
