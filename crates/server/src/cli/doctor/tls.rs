//! The certificate of the public address: chain, name, days left.

use std::{
    io::{Read, Write},
    net::{TcpStream, ToSocketAddrs},
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use x509_cert::{Certificate, der::Decode};

use super::{facts::Facts, finding::Finding};

const PATIENCE: Duration = Duration::from_secs(5);
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Who renews by a machine does so at a third of a certificate's life; by hand two weeks are little.
const FEW_DAYS: i64 = 14;

pub(super) fn check(facts: &mut Facts) -> Vec<Finding> {
    const CHECK: &str = "public_url.tls";
    let Some(url) = facts.public_url().filter(|url| url.starts_with("https://")) else { return Vec::new() };
    match look(&url) {
        Err(error) => vec![Finding::skipped(CHECK, format!("{url}: {error}"))],
        Ok(Seen { verdict: Err(why), .. }) => vec![Finding::problem(
            CHECK,
            format!("{url}: {why}"),
            "give the proxy a certificate of this name with its whole chain (fullchain.pem) from an authority that phones trust, such as `certbot`; a root of your own goes into every phone and into SSL_CERT_FILE here",
        )],
        Ok(Seen { leaf, .. }) => {
            vec![expiry(
                CHECK,
                &leaf,
                facts.now_ms(),
                "renew the certificate and reload the proxy, such as `certbot renew`",
            )]
        }
    }
}

/// How long a certificate is still good.
pub(super) fn expiry(check: &'static str, leaf: &[u8], now_ms: i64, remedy: &str) -> Finding {
    let certificate = match Certificate::from_der(leaf) {
        Ok(certificate) => certificate,
        Err(error) => return Finding::skipped(check, format!("its certificate cannot be read: {error}")),
    };
    let validity = &certificate.tbs_certificate.validity;
    let ms =
        |time: &x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_millis()).unwrap_or(i64::MAX);
    let (begins, ends) = (ms(&validity.not_before), ms(&validity.not_after));
    let left = (ends - now_ms).div_euclid(DAY_MS);
    let few = FEW_DAYS.min((ends - begins) / 3 / DAY_MS);
    let measured = format!(
        "{}, verified, until {} ({left} days)",
        certificate.tbs_certificate.subject, validity.not_after
    );
    if ends <= now_ms {
        Finding::problem(check, format!("{measured}: it has expired"), remedy)
    } else if left < few {
        Finding::warning(check, format!("{measured}; {few} days are wanted"), remedy)
    } else {
        Finding::ok(check, measured)
    }
}

/// What a server showed.
struct Seen {
    leaf: Vec<u8>,
    /// Whether it is to be believed.
    verdict: Result<(), String>,
}

/// Shakes hands with a server. Nothing but the handshake crosses this connection, so one that is not to be believed may end
/// it too: its certificate tells what is wrong.
fn look(url: &str) -> anyhow::Result<Seen> {
    let url = reqwest::Url::parse(url)?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let port = url.port_or_known_default().unwrap_or(443);
    let target = (host.as_str(), port).to_socket_addrs()?.next();
    let target = target.ok_or_else(|| anyhow::anyhow!("the name has no address"))?;
    let mut socket = TcpStream::connect_timeout(&target, PATIENCE)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let inner = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .build()
        .map_err(|error| anyhow::anyhow!("{error}: install ca-certificates"))?;
    let witness = Arc::new(Witness { inner, seen: Mutex::default() });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&witness) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    let mut session = ClientConnection::new(Arc::new(config), ServerName::try_from(host)?)?;
    shake(&mut session, &mut socket)?;
    let seen = witness.seen.lock().take();
    seen.ok_or_else(|| anyhow::anyhow!("it showed no certificate"))
}

fn shake(session: &mut ClientConnection, socket: &mut (impl Read + Write)) -> anyhow::Result<()> {
    while session.is_handshaking() {
        session.complete_io(socket)?;
    }
    Ok(())
}

/// Remembers the verdict of the usual verifier and lets the handshake go on.
#[derive(Debug)]
struct Witness {
    inner: Arc<WebPkiServerVerifier>,
    seen: Mutex<Option<Seen>>,
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seen").field("verdict", &self.verdict).finish_non_exhaustive()
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verdict = self.inner.verify_server_cert(leaf, chain, name, ocsp, now);
        let verdict = verdict.map(drop).map_err(|error| error.to_string());
        *self.seen.lock() = Some(Seen { leaf: leaf.to_vec(), verdict });
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls12_signature(message, leaf, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls13_signature(message, leaf, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
