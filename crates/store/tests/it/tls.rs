//! PostgreSQL by TLS, with a server of the test's own: its certificate is verified, and a password is asked for.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use store::{Error, Location, Options, Store, params};
use tempfile::TempDir;

use crate::place::SCHEMA;
use crate::units::count;

const BIN: &str = "/usr/lib/postgresql/15/bin";

struct Server {
    folder: TempDir,
    port: u16,
}

fn run(program: impl AsRef<Path>, arguments: &[&str], root: bool) {
    let program = program.as_ref();
    let mut command = if root {
        let mut runuser = Command::new("runuser");
        runuser.args(["-u", "postgres", "--"]).arg(program);
        runuser
    } else {
        Command::new(program)
    };
    let done = command.args(arguments).stdout(std::process::Stdio::null()).status().unwrap();
    assert!(done.success(), "{} {arguments:?}", program.display());
}

impl Server {
    fn start() -> Option<Self> {
        let initdb = PathBuf::from(BIN).join("initdb");
        if !initdb.exists() || Command::new("openssl").arg("version").output().is_err() {
            assert!(
                std::env::var("LAQUN_TEST_REQUIRE_POSTGRES").is_err(),
                "no PostgreSQL 15 or openssl here"
            );
            println!("SKIPPED: no PostgreSQL 15 or openssl here");
            return None;
        }
        let root = is_root();
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let openssl = |arguments: &[&str]| {
            let done = Command::new("openssl").args(arguments).output().unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        };
        for name in ["ca", "other"] {
            let (key, out, subject) =
                (at(&format!("{name}.key")), at(&format!("{name}.pem")), format!("/CN={name}"));
            openssl(&[
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", &key, "-out", &out,
                "-subj", &subject,
            ]);
        }
        openssl(&[
            "req",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            &at("server.key"),
            "-out",
            &at("server.csr"),
            "-subj",
            "/CN=db",
        ]);
        fs::write(at("san"), "subjectAltName=DNS:localhost").unwrap();
        openssl(&[
            "x509",
            "-req",
            "-in",
            &at("server.csr"),
            "-CA",
            &at("ca.pem"),
            "-CAkey",
            &at("ca.key"),
            "-CAcreateserial",
            "-days",
            "2",
            "-extfile",
            &at("san"),
            "-out",
            &at("server.pem"),
        ]);
        fs::write(at("password"), "correct horse").unwrap();
        if root {
            run("chown", &["-R", "postgres", &folder.path().display().to_string()], false);
        }
        run("chmod", &["600", &at("server.key")], false);
        run(
            &initdb,
            &[
                "-D",
                &at("data"),
                "-U",
                "app",
                "-A",
                "scram-sha-256",
                "--pwfile",
                &at("password"),
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ],
            root,
        );
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let options = format!(
            "-c listen_addresses=127.0.0.1 -p {port} -k {} -c ssl=on -c ssl_cert_file={} -c ssl_key_file={}",
            folder.path().display(),
            at("server.pem"),
            at("server.key")
        );
        run(
            PathBuf::from(BIN).join("pg_ctl"),
            &["-D", &at("data"), "-l", &at("log"), "-w", "-o", &options, "start"],
            root,
        );
        Some(Self { folder, port })
    }

    async fn open(&self, words: &str) -> Result<Store, Error> {
        let address = format!("port={} user=app dbname=postgres {words}", self.port);
        Store::open(Options::new(Location::Postgres(address)), "story", SCHEMA).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.folder.path().join("data").display().to_string();
        run(PathBuf::from(BIN).join("pg_ctl"), &["-D", &data, "-m", "immediate", "stop"], is_root());
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|done| done.stdout.trim_ascii() == b"0")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_verified() {
    let Some(server) = Server::start() else { return };
    let root = |name: &str| format!("sslrootcert={}", server.folder.path().join(name).display());
    let (ours, others) = (root("ca.pem"), root("other.pem"));
    let password = "password='correct horse'";

    let store = server.open(&format!("host=localhost sslmode=verify-full {ours} {password}")).await.unwrap();
    let added: Result<u64, Error> = store
        .write("add", |tx| {
            tx.exec("INSERT INTO note (id, raw) VALUES ($1, $2)", params![1, &vec![7_u8; 300_000]])
        })
        .await;
    added.unwrap();
    assert_eq!(count(&store, "SELECT LENGTH(raw) FROM note").await, 300_000);
    // All of its connections are encrypted: those of threads, the shared ones, the one for notices.
    assert_eq!(count(&store, "SELECT COUNT(*) FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) WHERE datname = 'postgres' AND NOT ssl").await, 0);
    assert!(count(&store, "SELECT COUNT(*) FROM pg_stat_ssl WHERE ssl").await >= 2);
    store.close().await;

    for (words, what) in [
        (format!("host=localhost sslmode=verify-full {others} {password}"), "sslrootcert"),
        (format!("host=localhost sslmode=require {password}"), "sslrootcert"),
        (format!("host=127.0.0.1 sslmode=verify-full {ours} {password}"), "TLS with 127.0.0.1"),
        (format!("host=localhost sslmode=verify-full {ours} password=wrong"), "password"),
        (format!("host=localhost sslmode=verify-full {ours}"), "password"),
    ] {
        match server.open(&words).await.map(drop) {
            Err(Error::Address(told)) => assert!(told.contains(what), "{words}: {told}"),
            other => panic!("{words}: {other:?}"),
        }
    }
    // On this machine itself TLS is not insisted on.
    server.open(&format!("host=127.0.0.1 {password}")).await.unwrap().close().await;
}
