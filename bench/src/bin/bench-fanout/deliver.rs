//! Messages to open pages.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use clap::Args;
use tokio::task::spawn_local;
use tokio::time::{sleep, sleep_until};

use crate::connection::Connection;
use crate::page::Page;
use crate::prepare::{Group, Seat};
use crate::{Transport, float};

/// How long to wait for what is still on its way.
const LAST: Duration = Duration::from_secs(30);

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Messages a second; 0: each writer sends as soon as it has its answer
    #[arg(long)]
    rate: u32,
    /// For how long, seconds
    #[arg(long)]
    seconds: u32,
    /// Connections that send
    #[arg(long)]
    writers: u32,
    /// How pages are told
    #[arg(long, value_enum, default_value = "websocket")]
    transport: Transport,
}

/// What all pages saw together.
#[derive(Default)]
struct Seen {
    /// Microseconds from when a message was to be sent until a page had it.
    latencies: Vec<u32>,
    /// Entries whose number was not the next one.
    wrong: u64,
    last: Option<Instant>,
}

/// What the writers did together.
struct Sending {
    begun: Instant,
    next: u32,
    sent: u64,
    bad: u64,
}

pub(crate) async fn run(
    address: SocketAddr,
    groups: Vec<Group>,
    pages: usize,
    options: &Options,
) -> anyhow::Result<String> {
    let begun = Instant::now();
    let seen = Rc::new(RefCell::new(Seen::default()));
    for group in &groups {
        for place in 0..pages {
            let seat = if place % 2 == 0 { &group.staff } else { &group.customer };
            let page = Page::open(address, seat, options.transport).await?;
            spawn_local(watch(page, Rc::clone(&seen), begun));
        }
    }
    // Until what the pages did to come in is over.
    sleep(Duration::from_secs(5)).await;
    let seats: Rc<[Seat]> = groups.into_iter().flat_map(|group| [group.staff, group.customer]).collect();
    let sending = Rc::new(RefCell::new(Sending { begun: Instant::now(), next: 0, sent: 0, bad: 0 }));
    let mut writers = Vec::new();
    for _ in 0..options.writers {
        let (rate, seconds) = (options.rate, options.seconds);
        writers.push(spawn_local(write(
            address,
            Rc::clone(&seats),
            Rc::clone(&sending),
            begun,
            (rate, seconds),
        )));
    }
    for writer in writers {
        writer.await??;
    }
    let (first, sent, bad) = {
        let sending = sending.borrow();
        (sending.begun, sending.sent, sending.bad)
    };
    let expected = sent * pages as u64;
    let patience = Instant::now() + LAST;
    while (seen.borrow().latencies.len() as u64) < expected && Instant::now() < patience {
        sleep(Duration::from_millis(50)).await;
    }
    let mut seen = seen.borrow_mut();
    seen.latencies.sort_unstable();
    let took = seen.last.map_or(Duration::ZERO, |last| last.duration_since(first));
    let at = |thousandths: usize| {
        let place = seen.latencies.len().saturating_sub(1) * thousandths / 1000;
        seen.latencies.get(place).map_or(0.0, |us| f64::from(*us) / 1000.0)
    };
    let received = seen.latencies.len() as u64;
    Ok(format!(
        r#""messages":{sent},"deliveries":{received},"seconds":{:.2},"per_second":{:.0},"p50_ms":{:.2},"p99_ms":{:.2},"worst_ms":{:.1},"lost":{},"wrong":{},"bad":{bad}"#,
        took.as_secs_f64(),
        float(received) / took.as_secs_f64().max(0.001),
        at(500),
        at(990),
        at(1000),
        expected.saturating_sub(received),
        seen.wrong,
    ))
}

/// Reads a page to its end.
async fn watch(mut page: Page, seen: Rc<RefCell<Seen>>, begun: Instant) {
    let (mut known, mut rest) = (None::<u64>, String::new());
    while let Ok(Some(text)) = page.next().await {
        let now = Instant::now();
        rest.push_str(&text);
        let mut seen = seen.borrow_mut();
        // An entry is `…"seq":N,…"text":"@TIME@"…`; nothing else has such a text.
        let mut done = 0;
        while let Some(at) = rest[done..].find(r#""text":"@"#).map(|at| done + at) {
            let Some(end) = rest[at + 9..].find('@').map(|end| at + 9 + end) else { break };
            let seq = rest[done..at].rfind(r#""seq":"#).map(|seq| &rest[done + seq + 6..at]);
            let seq = seq.and_then(|text| text.split(',').next()?.parse::<u64>().ok());
            if let Ok(sent) = rest[at + 9..end].parse::<u64>() {
                let taken = now.duration_since(begun).as_micros().saturating_sub(u128::from(sent));
                seen.latencies.push(u32::try_from(taken).unwrap_or(u32::MAX));
                seen.wrong += u64::from(seq.is_none() || known.is_some_and(|known| seq != Some(known + 1)));
                known = seq;
                seen.last = Some(now);
            }
            done = end;
        }
        rest.drain(..done);
        if page.is_whole() {
            rest.clear();
        }
    }
}

/// Sends until the time is over. At a fixed rate a message's time begins when it is to be sent, whether or not a writer is free.
async fn write(
    address: SocketAddr,
    seats: Rc<[Seat]>,
    sending: Rc<RefCell<Sending>>,
    begun: Instant,
    (rate, seconds): (u32, u32),
) -> anyhow::Result<()> {
    let mut connection = Connection::open(address).await?;
    loop {
        let (number, due) = {
            let mut sending = sending.borrow_mut();
            let number = sending.next;
            sending.next += 1;
            let due = match rate {
                0 => Instant::now(),
                rate => sending.begun + Duration::from_secs(1) * number / rate,
            };
            if due.duration_since(sending.begun) >= Duration::from_secs(seconds.into()) {
                return Ok(());
            }
            (number, due)
        };
        sleep_until(due.into()).await;
        let at = due.duration_since(begun).as_micros();
        let body = format!(
            r#"{{"client_id":"00000000-0000-7000-8000-{number:012x}","lane":"customer","kind":"text","text":"@{at}@ 您好，请问现在方便吗？"}}"#
        );
        let seat = &seats[number as usize * 7 % seats.len()];
        if connection.is_closed() {
            connection = Connection::open(address).await?;
        }
        let answer = connection.ask(seat.post("/messages", body)?).await?;
        let mut sending = sending.borrow_mut();
        if answer.starts_with("201 ") {
            sending.sent += 1;
        } else {
            sending.bad += 1;
        }
    }
}
