//! Out of file descriptors: one clear line, what is connected goes on, and it is over when connections end.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

use super::{DEADLINE, assert_kept, click, group, request, until_ready_says};
use crate::harness::{Caller, Engine, Server};

/// Opens connections and keeps them.
async fn occupy(url: &str, count: usize) -> Vec<TcpStream> {
    let address = url.trim_start_matches("http://");
    let mut held = Vec::new();
    for _ in 0..count {
        let mut stream = TcpStream::connect(address).await.expect("the backlog takes it");
        // A head that is not yet whole.
        stream.write_all(b"GET /healthz HTTP/1.1\r\n").await.expect("it is connected");
        held.push(stream);
    }
    held
}

async fn until_logged(server: &Server, word: &str) {
    let deadline = Instant::now() + DEADLINE;
    while !server.log().contains(word) {
        assert!(Instant::now() < deadline, "`{word}` is not told in:\n{}", server.log());
        sleep(Duration::from_millis(20)).await;
    }
}

/// The limit is lowered under a running server, so that accepting really fails.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_runs_out_of_descriptors_says_so_once_and_goes_on_with_what_it_has() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        // Connected before, and kept: an SDK's pool.
        let connected = server.caller();
        let mut told = Vec::new();
        let made = group(&connected.communicate(&request("before")).await).expect("it is well");
        told.push(("before".to_owned(), made));
        let open = std::fs::read_dir(format!("/proc/{}/fd", server.pid())).expect("its files").count();
        let limit = format!("--nofile={0}:{0}", open + 8);
        let lowered = Command::new("prlimit").args(["--pid", &server.pid().to_string(), &limit]).status();
        assert!(lowered.is_ok_and(|done| done.success()));

        let held = occupy(&server.url, 60).await;
        until_logged(&server, "a connection could not be accepted").await;
        for n in 0..20 {
            let case_id = format!("d{n}");
            let made = group(&connected.communicate(&request(&case_id)).await);
            told.push((case_id, made.expect("the database's files are open already")));
        }
        assert_eq!(group(&connected.communicate(&request("before")).await).as_ref(), Some(&told[0].1));
        let lines = server.log().matches("a connection could not be accepted").count();
        assert!(lines < 10, "it is told once a minute, not twenty times a second:\n{}", server.log());

        drop(held);
        until_ready_says(&server, 200).await;
        let made = group(&click(&server, "after").await).expect("new connections are taken again");
        told.push(("after".to_owned(), made));
        assert_kept(&server, &told).await;
    }
}

/// A server that knows its limit from the start keeps descriptors for its own files.
#[tokio::test(flavor = "multi_thread")]
async fn connections_beyond_the_limit_wait_and_are_served_when_others_end() {
    for engine in Engine::all() {
        let mut server = Server::start(engine).await;
        server.stop();
        let serve = server.command("serve");
        let mut limited = Command::new("prlimit");
        limited.arg("--nofile=96:96").arg(serve.get_program()).args(serve.get_args());
        limited.envs(serve.get_envs().filter_map(|(name, value)| Some((name, value?))));
        limited.args(["--json", "--listen", "127.0.0.1:0"]);
        let log = server.folder.path().join("limited");
        limited.stdout(Stdio::piped()).stderr(std::fs::File::create(&log).expect("a file"));
        let mut child = limited.spawn().expect("it runs");
        let mut line = String::new();
        let mut reader = BufReader::new(child.stdout.take().expect("piped"));
        reader.read_line(&mut line).expect("a line");
        let printed: Value = serde_json::from_str(&line).expect("JSON");
        let url = format!("http://{}", printed["listening"].as_str().expect("an address"));

        let connected = Caller::new(&url);
        let mut told = Vec::new();
        let made = group(&connected.communicate(&request("before")).await).expect("it is well");
        told.push(("before".to_owned(), made));
        let mut held = occupy(&url, 80).await;
        let said = || std::fs::read_to_string(&log).unwrap_or_default();
        let deadline = Instant::now() + DEADLINE;
        while !said().contains("as many connections are open") {
            assert!(Instant::now() < deadline, "it is not told:\n{}", said());
            sleep(Duration::from_millis(20)).await;
        }
        // The last in the row waits, and is not cut off.
        let last = held.last_mut().expect("many");
        last.write_all(b"host: x\r\n\r\n").await.expect("it is connected");
        let early = timeout(Duration::from_millis(200), last.read_u8()).await;
        assert!(early.is_err(), "a connection beyond the limit was answered, or cut off: {early:?}");
        let mut last = held.pop().expect("many");
        drop(held);
        assert_eq!(timeout(DEADLINE, last.read_u8()).await.expect("its turn").expect("an answer"), b'H');
        assert!(!said().contains("could not be accepted"), "{}", said());
        assert!(said().matches("as many connections are open").count() < 10, "{}", said());
        let made = group(&Caller::new(&url).communicate(&request("after")).await);
        told.push(("after".to_owned(), made.expect("new connections are taken again")));
        assert!(Command::new("kill").arg(child.id().to_string()).status().is_ok_and(|done| done.success()));
        let _ = child.wait();
        assert_kept(&server, &told).await;
    }
}
