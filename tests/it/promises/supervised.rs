//! Under a supervisor that speaks systemd's protocol: a passed socket is listened on, and the supervisor is told how far the
//! server is. The tests are the supervisor. (No database has a part in this; SQLite will do.)

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    os::{fd::OwnedFd, unix::net::UnixDatagram},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;

use crate::harness::laqun;

/// A fail-safe, not a measure.
const DEADLINE: Duration = Duration::from_mins(1);

/// Hands the socket on standard input over as systemd does, as number 3 and on, and becomes the program.
const HAND_OVER: &str = r#"exec 3<&0 4<&0 </dev/null; export LISTEN_PID=$$; exec "$@""#;

/// `serve` in a folder, with a socket passed in or without one.
fn serve(folder: &Path, socket: Option<OwnedFd>, environment: &[(&str, &str)]) -> Child {
    let server = laqun();
    let mut process = Command::new("sh");
    process.args(["-c", HAND_OVER, "sh"]).arg(server.get_program());
    for (name, value) in server.get_envs() {
        match value {
            Some(value) => process.env(name, value),
            None => process.env_remove(name),
        };
    }
    // The address is wrong on purpose where a socket is passed: it counts for nothing then.
    let listen = if socket.is_some() { "192.0.2.1:9" } else { "127.0.0.1:0" };
    process.args(["serve", "--json", "--listen", listen, "--data"]).arg(folder.join("data"));
    process.env("LISTEN_FDS", if socket.is_some() { "1" } else { "" }).envs(environment.iter().copied());
    process.stdin(socket.map_or_else(Stdio::null, Stdio::from));
    process.stdout(Stdio::piped()).stderr(Stdio::piped());
    process.spawn().expect("a shell")
}

fn start_line(child: &mut Child) -> Value {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().expect("piped")).read_line(&mut line).expect("a line");
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: `{line}`, {}", said(child)))
}

fn said(child: &mut Child) -> String {
    let mut text = String::new();
    let _ = child.kill();
    child.stderr.take().expect("piped").read_to_string(&mut text).expect("text");
    text
}

fn send(signal: &str, child: &Child) {
    let status = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(status.expect("kill runs").success());
}

fn ask(stream: &mut TcpStream) {
    stream.set_read_timeout(Some(DEADLINE)).expect("a deadline");
    stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").expect("it listens");
}

fn answer(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an answer");
    text
}

#[test]
fn a_passed_socket_is_listened_on_and_nobody_is_refused_while_the_server_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address: SocketAddr = socket.local_addr().unwrap();
    let pass = || Some(OwnedFd::from(socket.try_clone().unwrap()));

    let mut first = serve(folder.path(), pass(), &[]);
    let line = start_line(&mut first);
    assert_eq!(line["listening"], address.to_string());
    assert_eq!(line["url"], format!("http://{address}"), "links lead where the socket is");
    assert_eq!(line["passed_in"], true);
    let mut stream = TcpStream::connect(address).expect("the first server");
    ask(&mut stream);
    assert!(answer(&mut stream).starts_with("HTTP/1.1 200"));

    // The health check knows the way, too.
    let mut check = laqun();
    check.args(["healthcheck", "--listen", &address.to_string(), "--data"]).arg(folder.path().join("data"));
    assert_eq!(check.output().unwrap().status.code(), Some(0));

    send("-TERM", &first);
    assert!(first.wait().unwrap().success());
    let mut waiting = TcpStream::connect(address).expect("nobody serves, and nobody is refused");
    ask(&mut waiting);
    let mut second = serve(folder.path(), pass(), &[]);
    assert_eq!(start_line(&mut second)["listening"], address.to_string());
    assert!(answer(&mut waiting).starts_with("HTTP/1.1 200"), "who waited is answered");
    send("-TERM", &second);
    assert!(second.wait().unwrap().success());
    drop(socket);
    assert_eq!(check.output().unwrap().status.code(), Some(3), "nobody is there");
}

#[test]
fn a_socket_that_is_no_listener_and_more_than_one_are_refused_with_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let socket = || OwnedFd::from(UnixDatagram::unbound().unwrap());
    for (count, says) in [("1", "not a listening TCP socket"), ("2", "2 sockets were passed in")] {
        let mut child = serve(folder.path(), Some(socket()), &[("LISTEN_FDS", count)]);
        assert_eq!(child.wait().unwrap().code(), Some(2));
        let said = said(&mut child);
        assert!(said.contains(says), "{said}");
    }
}

#[test]
fn the_supervisor_is_told_how_far_the_server_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let ear = UnixDatagram::bind(&path).unwrap();
    ear.set_read_timeout(Some(DEADLINE)).unwrap();
    let word = || {
        let mut bytes = [0; 4096];
        let length = ear.recv(&mut bytes).expect("a word");
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    };
    // Waits for one, over signs of life.
    let hears = |expected: &str| {
        let next = std::iter::repeat_with(word).find(|said| !said.starts_with("WATCHDOG=1")).unwrap();
        assert!(next.lines().any(|line| line == expected), "{next}, not {expected}");
        next
    };
    let environment = [("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "200000")];
    let mut server = serve(folder.path(), None, &environment);
    hears("READY=1");
    assert_eq!(start_line(&mut server)["passed_in"], false);
    for _ in 0..3 {
        assert_eq!(word().trim(), "WATCHDOG=1", "it lives");
    }
    send("-HUP", &server);
    assert!(hears("RELOADING=1").contains("MONOTONIC_USEC="));
    hears("READY=1");
    send("-TERM", &server);
    hears("STOPPING=1");
    assert!(server.wait().unwrap().success());
}
