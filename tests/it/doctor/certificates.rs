//! TLS: of the public address, behind a proxy as an operator has one, and of the database.

use std::{path::Path, process::Command, sync::Arc};

use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

use super::Report;
use crate::{
    harness::{Engine, Server, laqun},
    promises::{cluster::Cluster, stored},
};

/// Makes `NAME.pem` and `NAME.key` for localhost, good for so many days from `from`, as faketime understands it, signed by
/// `root.pem`, which is made first.
fn certificate(folder: &Path, name: &str, from: &str, days: &str) {
    let openssl = |from: &str, words: &str| {
        let output = Command::new("faketime")
            .args(["-f", from, "openssl"])
            .args(words.split(' '))
            .current_dir(folder)
            .output()
            .expect("openssl runs");
        assert!(output.status.success(), "{words}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    if !folder.join("root.pem").exists() {
        openssl(
            "-1000d",
            &format!("req -x509 {key} -keyout root.key -out root.pem -subj /CN=root -days 4000"),
        );
    }
    openssl(from, &format!("req -new {key} -keyout {name}.key -out {name}.csr -subj /CN=localhost"));
    std::fs::write(
        folder.join("names"),
        "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n",
    )
    .expect("a file");
    openssl(
        from,
        &format!(
            "x509 -req -in {name}.csr -CA root.pem -CAkey root.key -CAcreateserial -days {days} -extfile names -out {name}.pem"
        ),
    );
}

/// A proxy with this certificate before a server; its address.
async fn proxy(folder: &Path, name: &str, server: &Server) -> String {
    let chain = CertificateDer::pem_file_iter(folder.join(format!("{name}.pem"))).expect("a chain");
    let key = PrivateKeyDer::from_pem_file(folder.join(format!("{name}.key"))).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(chain.map(|one| one.expect("a certificate")).collect(), key)
        .expect("a certificate and its key");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("https://localhost:{}", listener.local_addr().expect("an address").port());
    let behind = server.url.trim_start_matches("http://").to_owned();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, behind) = (acceptor.clone(), behind.clone());
            tokio::spawn(async move {
                let Ok(mut front) = acceptor.accept(stream).await else { return };
                let mut back = TcpStream::connect(behind).await.expect("the server answers");
                let _ = tokio::io::copy_bidirectional(&mut front, &mut back).await;
            });
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn the_certificate_of_the_public_address_is_judged() {
    let server = Server::start(Engine::Sqlite).await;
    let folder = tempfile::tempdir().expect("a folder");
    for (name, from, days) in [("good", "-1d", "90"), ("late", "-85d", "90"), ("over", "-100d", "90")] {
        certificate(folder.path(), name, from, days);
    }
    let doctor = async |name: &str, root: &str| {
        let url = proxy(folder.path(), name, &server).await;
        let mut command = server.command("doctor");
        command.args(["--listen", "127.0.0.1:0", "--public-url", &url]);
        command.env("SSL_CERT_FILE", folder.path().join(root));
        // It waits for the proxy, which runs here.
        tokio::task::spawn_blocking(move || Report::of(&mut command)).await.expect("it ran")
    };
    let report = doctor("good", "root.pem").await;
    report.says("public_url", "ok", &["this server answers"]);
    report.says("public_url.tls", "ok", &["localhost", "88 days"]);
    let report = doctor("late", "root.pem").await;
    report.says("public_url.tls", "warning", &["4 days", "14 days are wanted", "certbot renew"]);
    let report = doctor("over", "root.pem").await;
    report.says("public_url.tls", "problem", &["xpired", "certbot"]);
    report.says("public_url", "problem", &["curl -v"]);
    assert_eq!(report.code, 1);
    // The same proxy to somebody who does not know its root.
    certificate(folder.path(), "other", "-1d", "90");
    let strangers = tempfile::tempdir().expect("a folder");
    certificate(strangers.path(), "x", "-1d", "90");
    std::fs::copy(strangers.path().join("root.pem"), folder.path().join("stranger.pem")).expect("a root");
    let report = doctor("good", "stranger.pem").await;
    report.says("public_url.tls", "problem", &["invalid peer certificate", "fullchain.pem"]);
}

#[tokio::test]
async fn the_way_to_the_database_is_judged() {
    if !Engine::all().contains(&Engine::Postgres) {
        return;
    }
    let cluster = Cluster::start();
    let folder = tempfile::tempdir().expect("a folder");
    certificate(folder.path(), "late", "-85d", "90");
    for name in ["late.pem", "late.key"] {
        std::fs::copy(folder.path().join(name), cluster.folder.join(name)).expect("a copy");
    }
    let key = cluster.folder.join("late.key");
    let done = Command::new("chown").arg("postgres").arg(&key).status();
    assert!(done.is_ok_and(|done| done.success()) || !Path::new("/root").exists());
    assert!(Command::new("chmod").arg("600").arg(&key).status().is_ok_and(|done| done.success()));
    for sql in [
        "ALTER SYSTEM SET ssl = on".to_owned(),
        format!("ALTER SYSTEM SET ssl_cert_file = '{}'", cluster.folder.join("late.pem").display()),
        format!("ALTER SYSTEM SET ssl_key_file = '{}'", key.display()),
        "SELECT pg_reload_conf()".to_owned(),
    ] {
        stored::postgres_rows(&cluster.address, &sql).await;
    }
    let doctor = |more: &str| {
        let mut command = laqun();
        command.args([
            "doctor",
            "--listen",
            "127.0.0.1:0",
            "--database-url",
            &format!("{}{more}", cluster.address),
        ]);
        Report::of(command.arg("--data").arg(folder.path()))
    };
    let root = folder.path().join("root.pem");
    // The server reads its new settings a moment after it was told to.
    let mut report = doctor(&format!(" sslmode=verify-full sslrootcert={}", root.display()));
    for _ in 0..100 {
        if report.all("database.tls").is_empty() {
            report = doctor(&format!(" sslmode=verify-full sslrootcert={}", root.display()));
        }
    }
    report.says("database.tls", "warning", &["4 days", "ssl_cert_file"]);
    doctor("").says("database.tls", "ok", &["on this machine"]);
    // A name that is not known to be this machine's.
    let named = cluster.address.replace("127.0.0.1", "127.1");
    let mut command = laqun();
    command.args([
        "doctor",
        "--listen",
        "127.0.0.1:0",
        "--database-url",
        &format!("{named} sslmode=disable"),
    ]);
    let report = Report::of(command.arg("--data").arg(folder.path()));
    report.says("database.tls", "warning", &["in the clear", "sslmode=verify-full"]);
}
