//! Where requests go and where not, with names that mean what the tests say.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::*;

/// A resolver that gives the answers of a list, one after the other, the last one for ever.
struct Listed(Mutex<Vec<Vec<SocketAddr>>>, Arc<AtomicUsize>);

impl Lookup for Listed {
    fn lookup(&self, _: String) -> Looking {
        self.1.fetch_add(1, Ordering::Relaxed);
        let mut answers = self.0.lock().unwrap();
        let answer = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
        Box::pin(async move { Ok(answer) })
    }
}

/// A listener that says it is well, and counts who came.
async fn listener(address: &str) -> (SocketAddr, Arc<AtomicUsize>) {
    answering(address, "HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n".to_owned()).await
}

async fn answering(address: &str, answer: String) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((address, 0)).await.unwrap();
    let (at, count) = (listener.local_addr().unwrap(), Arc::<AtomicUsize>::default());
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut read = [0; 1024];
                let _ = socket.read(&mut read).await;
                let _ = socket.write_all(answer.as_bytes()).await;
            });
        }
    });
    (at, count)
}

fn allowing(networks: &[&str]) -> Allowed {
    let allowed = Allowed::default();
    allowed.set(networks.iter().map(|network| network.parse().unwrap()).collect());
    allowed
}

fn meaning(answers: &[&[&str]]) -> (Listed, Arc<AtomicUsize>) {
    let count = Arc::<AtomicUsize>::default();
    let addresses =
        |names: &&[&str]| names.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 0)).collect();
    (Listed(Mutex::new(answers.iter().map(addresses).collect()), Arc::clone(&count)), count)
}

#[test]
fn public_addresses_are_told_from_those_of_machines_networks_and_clouds() {
    let nobody = Allowed::default();
    for public in
        ["1.1.1.1", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "64:ff9b::101:101"]
    {
        assert!(nobody.permits(public.parse().unwrap()), "{public}");
    }
    for closed in [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.9.9.9",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.9.9",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:10::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::",
        "3fff::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ] {
        assert!(!nobody.permits(closed.parse().unwrap()), "{closed}");
    }
    let some = allowing(&["10.1.0.0/16", "fd00::/8"]);
    assert!(some.permits("10.1.2.3".parse().unwrap()) && some.permits("::ffff:10.1.2.3".parse().unwrap()));
    assert!(some.permits("fd00::1".parse().unwrap()) && !some.permits("10.2.0.1".parse().unwrap()));
}

#[test]
fn what_is_no_address_of_the_web_is_refused_with_a_reason() {
    for (address, says) in [
        ("ftp://example.com/", "only http and https"),
        ("file:///etc/passwd", "only http and https"),
        ("gopher://127.0.0.1:70/", "only http and https"),
        ("javascript:alert(1)", "only http and https"),
        ("example.com/x", "is no address"),
        ("", "is no address"),
        ("http://", "is no address"),
        ("https://user@example.com/", "a name or a password"),
        ("https://:secret@example.com/", "a name or a password"),
    ] {
        let refused = check(address).unwrap_err().to_string();
        assert!(refused.contains(says) && !refused.contains("secret"), "{address}: {refused}");
    }
    assert!(check("https://hooks.example.com:8443/laqun?x=1").is_ok());
}

#[tokio::test]
async fn an_address_in_any_spelling_is_looked_at_before_it_is_asked() {
    let (at, count) = listener("127.0.0.1").await;
    let guarded = Guarded::new(Allowed::default()).unwrap();
    let port = at.port();
    for host in
        ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "0177.0.0.1", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0"]
    {
        let refused = guarded.post(&format!("http://{host}:{port}/")).unwrap_err();
        assert!(matches!(refused, Refused::Address(_)), "{host}: {refused}");
    }
    let error = guarded.post(&format!("http://localhost:{port}/")).unwrap().send().await.unwrap_err();
    assert_eq!(refusal(&error), Some(Refused::Name("localhost".to_owned())));
    assert_eq!(count.load(Ordering::Relaxed), 0, "nothing was asked");
    let allowed = Guarded::new(allowing(&["127.0.0.0/8"])).unwrap();
    assert_eq!(
        allowed.post(&format!("http://127.0.0.1:{port}/")).unwrap().send().await.unwrap().status(),
        204
    );
}

#[tokio::test]
async fn a_name_that_means_something_else_the_second_time_is_looked_at_the_second_time() {
    let (good, came) = listener("127.0.0.2").await;
    let inside = TcpListener::bind(("127.0.0.1", good.port())).await.unwrap();
    let (lookup, looked) = meaning(&[&["127.0.0.2"], &["127.0.0.1"]]);
    let guarded = Guarded::with(allowing(&["127.0.0.2/32"]), lookup).unwrap();
    let address = format!("http://rebinding.example:{}/", good.port());
    assert_eq!(guarded.post(&address).unwrap().send().await.unwrap().status(), 204);
    let error = guarded.post(&address).unwrap().send().await.unwrap_err();
    assert_eq!(refusal(&error), Some(Refused::Name("rebinding.example".to_owned())));
    assert_eq!((looked.load(Ordering::Relaxed), came.load(Ordering::Relaxed)), (2, 1));
    // Nobody is at the inner door.
    let waiting = inside.into_std().unwrap().accept().map(|_| ()).map_err(|error| error.kind());
    assert_eq!(waiting, Err(std::io::ErrorKind::WouldBlock), "the inner address was asked");
}

#[tokio::test]
async fn of_a_name_with_several_addresses_only_the_permitted_ones_are_asked() {
    let (good, came) = listener("127.0.0.2").await;
    let (lookup, looked) = meaning(&[&["127.0.0.1", "169.254.169.254", "127.0.0.2", "10.0.0.1"]]);
    let guarded = Guarded::with(allowing(&["127.0.0.2/32"]), lookup).unwrap();
    let address = format!("http://many.example:{}/", good.port());
    assert_eq!(guarded.post(&address).unwrap().send().await.unwrap().status(), 204);
    // The name was resolved once, and the connection went where that look had led.
    assert_eq!((looked.load(Ordering::Relaxed), came.load(Ordering::Relaxed)), (1, 1));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (inner, came) = listener("127.0.0.1").await;
    let answer =
        format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: http://{inner}/\r\ncontent-length: 0\r\n\r\n");
    let (outer, _) = answering("127.0.0.2", answer).await;
    let guarded = Guarded::new(allowing(&["127.0.0.0/8"])).unwrap();
    assert_eq!(guarded.post(&format!("http://{outer}/")).unwrap().send().await.unwrap().status(), 307);
    assert_eq!(came.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn of_a_long_answer_only_the_beginning_is_read() {
    let answer = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}", "x".repeat(10 * ANSWER_BYTES));
    let (at, _) = answering("127.0.0.1", answer).await;
    let guarded = Guarded::new(allowing(&["127.0.0.0/8"])).unwrap();
    let answer = guarded.post(&format!("http://{at}/")).unwrap().send().await.unwrap();
    assert_eq!(beginning(answer).await.unwrap().len(), ANSWER_BYTES);
}
