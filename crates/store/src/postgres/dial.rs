//! Reaching PostgreSQL from a thread: socket, TLS, sign-in.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use fallible_iterator::FallibleIterator as _;
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};
use postgres_protocol::message::backend::Message;
use postgres_protocol::message::frontend;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use tokio_postgres::config::Host;

use super::address::Address;
use super::refusal::Refusal;
use crate::Error;

/// How long to wait for one address to answer, where the address does not say.
const CONNECT: Duration = Duration::from_secs(3);

pub(super) enum Stream {
    Plain(TcpStream),
    Local(UnixStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Read for Stream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buf),
            Self::Local(stream) => stream.read(buf),
            Self::Tls(stream) => stream.read(buf),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(buf),
            Self::Local(stream) => stream.write(buf),
            Self::Tls(stream) => stream.write(buf),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Local(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

/// Connects to the first of the addresses that answers, and signs in. The buffer holds what was read too much.
pub(super) fn dial(address: &Address) -> Result<(Stream, BytesMut), Error> {
    let mut last = Error::Unavailable("the address names no host".to_owned());
    for (index, host) in address.config.get_hosts().iter().enumerate() {
        match reach(address, host, index).and_then(|stream| sign_in(stream, address)) {
            Ok(ready) => return Ok(ready),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn unavailable(what: &dyn std::fmt::Display) -> Error {
    Error::Unavailable(what.to_string())
}

fn reach(address: &Address, host: &Host, index: usize) -> Result<Stream, Error> {
    let config = &address.config;
    let ports = config.get_ports();
    let port = ports.get(index).or_else(|| ports.first()).copied().unwrap_or(5432);
    let wait = config.get_connect_timeout().copied().unwrap_or(CONNECT);
    let name = match host {
        Host::Unix(folder) => return local(folder, port, address.silence),
        Host::Tcp(name) => name,
    };
    let targets: Vec<_> = match config.get_hostaddrs().get(index) {
        Some(ip) => vec![(*ip, port).into()],
        None => (name.as_str(), port)
            .to_socket_addrs()
            .map_err(|error| unavailable(&format!("{name}: {error}")))?
            .collect(),
    };
    let mut failed = unavailable(&format!("{name}: the name has no address"));
    for target in targets {
        match TcpStream::connect_timeout(&target, wait) {
            Ok(stream) => {
                let ready = stream
                    .set_nodelay(true)
                    .and_then(|()| stream.set_read_timeout(Some(address.silence)))
                    .and_then(|()| stream.set_write_timeout(Some(address.silence)));
                ready.map_err(|error| unavailable(&error))?;
                return match &address.tls {
                    Some(tls) => encrypt(stream, tls, name),
                    None => Ok(Stream::Plain(stream)),
                };
            }
            Err(error) => failed = unavailable(&format!("{target}: {error}")),
        }
    }
    Err(failed)
}

fn local(folder: &Path, port: u16, silence: Duration) -> Result<Stream, Error> {
    let path = folder.join(format!(".s.PGSQL.{port}"));
    let stream =
        UnixStream::connect(&path).map_err(|error| unavailable(&format!("{}: {error}", path.display())))?;
    stream.set_read_timeout(Some(silence)).map_err(|error| unavailable(&error))?;
    Ok(Stream::Local(stream))
}

fn encrypt(mut stream: TcpStream, tls: &Arc<ClientConfig>, name: &str) -> Result<Stream, Error> {
    let mut request = BytesMut::new();
    frontend::ssl_request(&mut request);
    let mut reply = [0];
    stream
        .write_all(&request)
        .and_then(|()| stream.read_exact(&mut reply))
        .map_err(|error| unavailable(&format!("asking for TLS: {error}")))?;
    if reply != *b"S" {
        return Err(Error::Address(format!(
            "{name} does not offer TLS; switch it on there (ssl = on), or say sslmode=disable if the network is trusted"
        )));
    }
    let server =
        ServerName::try_from(name.to_owned()).map_err(|error| Error::Address(format!("{name}: {error}")))?;
    let mut session = ClientConnection::new(tls.clone(), server).map_err(|error| unavailable(&error))?;
    while session.is_handshaking() {
        session.complete_io(&mut stream).map_err(|error| {
            Error::Address(format!("TLS with {name}: {error}; if its certificate is your own, name its root with sslrootcert=FILE"))
        })?;
    }
    Ok(Stream::Tls(Box::new(StreamOwned::new(session, stream))))
}

fn sign_in(mut stream: Stream, address: &Address) -> Result<(Stream, BytesMut), Error> {
    let config = &address.config;
    let user = config.get_user().unwrap_or_default();
    let mut words =
        vec![("user", user), ("database", config.get_dbname().unwrap_or(user)), ("client_encoding", "UTF8")];
    words.extend(config.get_application_name().map(|name| ("application_name", name)));
    words.extend(config.get_options().map(|options| ("options", options)));
    let mut out = BytesMut::new();
    let mut incoming = BytesMut::new();
    let mut scram: Option<ScramSha256> = None;
    let password = config.get_password();
    let needed = || {
        password.ok_or_else(|| {
            Error::Address("the server asks for a password and the address has none".to_owned())
        })
    };
    let broken = |error: io::Error| unavailable(&format!("signing in: {error}"));
    frontend::startup_message(words, &mut out).map_err(broken)?;
    loop {
        stream.write_all(&out).and_then(|()| stream.flush()).map_err(broken)?;
        out.clear();
        match receive(&mut stream, &mut incoming).map_err(broken)? {
            Message::AuthenticationCleartextPassword => {
                frontend::password_message(needed()?, &mut out).map_err(broken)?;
            }
            Message::AuthenticationMd5Password(body) => {
                let hash = md5_hash(user.as_bytes(), needed()?, body.salt());
                frontend::password_message(hash.as_bytes(), &mut out).map_err(broken)?;
            }
            Message::AuthenticationSasl(body) => {
                if !body.mechanisms().any(|name| Ok(name == SCRAM_SHA_256)).map_err(broken)? {
                    return Err(Error::Address(
                        "the server offers no sign-in that this program knows (scram-sha-256)".to_owned(),
                    ));
                }
                let exchange = ScramSha256::new(needed()?, ChannelBinding::unsupported());
                frontend::sasl_initial_response(SCRAM_SHA_256, exchange.message(), &mut out)
                    .map_err(broken)?;
                scram = Some(exchange);
            }
            Message::AuthenticationSaslContinue(body) => {
                let exchange = scram.as_mut().ok_or_else(|| unavailable(&"signing in: out of order"))?;
                exchange.update(body.data()).map_err(broken)?;
                frontend::sasl_response(exchange.message(), &mut out).map_err(broken)?;
            }
            Message::AuthenticationSaslFinal(body) => {
                let exchange = scram.as_mut().ok_or_else(|| unavailable(&"signing in: out of order"))?;
                exchange.finish(body.data()).map_err(broken)?;
            }
            Message::ErrorResponse(body) => {
                let refusal = Refusal::read(body.fields());
                // 28…: user or password; 3D000: no such database. Waiting cures neither.
                return Err(match refusal.code.as_str() {
                    code if code.starts_with("28") || code == "3D000" => Error::Address(refusal.to_string()),
                    _ => unavailable(&refusal),
                });
            }
            Message::ReadyForQuery(_) => return Ok((stream, incoming)),
            Message::AuthenticationGss | Message::AuthenticationSspi | Message::AuthenticationKerberosV5 => {
                return Err(Error::Address(
                    "the server wants Kerberos; give this program's user scram-sha-256".to_owned(),
                ));
            }
            _ => {}
        }
    }
}

fn receive(stream: &mut Stream, incoming: &mut BytesMut) -> io::Result<Message> {
    loop {
        if let Some(message) = Message::parse(incoming)? {
            return Ok(message);
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => incoming.extend_from_slice(&chunk[..count]),
        }
    }
}
