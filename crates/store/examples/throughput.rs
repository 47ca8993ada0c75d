//! How many units of work and queries a second: `throughput sqlite:FILE | postgres-address [callers] [seconds] [writers]`.
//!
//! The unit is the shape of a cold click: three reads that find nothing, then ticket, group, member, job and event.
//! Every answer is durable.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use store::{Event, Job, Location, Migration, Options, Read, Store, Tx, params};

const SCHEMA: &[Migration] = &[Migration {
    version: 1,
    name: "bench",
    sql: "CREATE TABLE ticket (tenant_id BIGINT NOT NULL, case_id TEXT NOT NULL, title TEXT NOT NULL, PRIMARY KEY (tenant_id, case_id));
          CREATE TABLE chat (id BYTEA PRIMARY KEY, tenant_id BIGINT NOT NULL, case_id TEXT NOT NULL, state BIGINT NOT NULL, UNIQUE (tenant_id, case_id));
          CREATE TABLE member (chat_id BYTEA NOT NULL, person TEXT NOT NULL, PRIMARY KEY (chat_id, person));",
}];

fn click(tx: &mut Tx<'_>, number: i64) -> Result<bool, store::Error> {
    let case = format!("case-{number}");
    let mut id = [0; 16];
    id[..8].copy_from_slice(&number.to_be_bytes());
    if tx
        .one::<(Vec<u8>,)>("SELECT id FROM chat WHERE tenant_id = $1 AND case_id = $2", params![1, &case])?
        .is_some()
    {
        return Ok(false);
    }
    tx.one::<(String,)>("SELECT title FROM ticket WHERE case_id = $2 AND tenant_id = $1", params![1, &case])?;
    tx.put(
        "INSERT INTO ticket (tenant_id, case_id, title) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        params![1, &case, "a ticket"],
    )?;
    let made: Option<(Vec<u8>,)> = tx.one(
        "INSERT INTO chat (id, tenant_id, case_id, state) VALUES ($1, $2, $3, 1) ON CONFLICT DO NOTHING RETURNING id",
        params![id, 1, &case],
    )?;
    tx.put(
        "INSERT INTO member (chat_id, person) VALUES ($1, $2), ($1, $3)",
        params![id, "staff", "customer"],
    )?;
    tx.enqueue(Job {
        kind: "welcome",
        key: &case,
        tenant_id: 1,
        payload: "{}",
        due_ms: number,
        now_ms: number,
    })?;
    tx.emit(Event { tenant_id: 1, kind: "group.created", subject: &case, body: "{}", at_ms: number })?;
    Ok(made.is_some())
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), store::Error> {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |index: usize, default: u64| {
        arguments.get(index).and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let address = arguments.get(1).cloned().unwrap_or_else(|| "sqlite:throughput.db".to_owned());
    let location = match address.strip_prefix("sqlite:") {
        Some(file) => Location::Sqlite(file.into()),
        None => Location::Postgres(address),
    };
    let (callers, seconds) = (number(2, 32), number(3, 5));
    let mut options = Options::new(location);
    options.writers = usize::try_from(number(4, options.writers as u64)).unwrap_or(16);
    let writers = options.writers;
    let store = Store::open(options, "bench", SCHEMA).await?;
    let first =
        store.query_opt::<(i64,)>("SELECT COUNT(*) FROM chat", &[]).await?.map_or(0, |(count,)| count);
    let next = Arc::new(AtomicI64::new(first));

    let shared = (store.clone(), next.clone());
    let writing = measure(callers, seconds, move || {
        let (store, number) = (shared.0.clone(), shared.1.fetch_add(1, Ordering::Relaxed));
        async move { store.write("click", move |tx| click(tx, number)).await.map(drop) }
    })
    .await?;
    let stats = store.stats();
    report(&format!("{:?} write, {callers} callers, {writers} writers", store.engine()), &writing, seconds);
    #[expect(clippy::cast_precision_loss, reason = "a printed mean")]
    let mean = stats.units as f64 / stats.commits.max(1) as f64;
    report_line(&format!("  mean batch {mean:.1}, reruns {}", stats.reruns));

    let shared = (store.clone(), next.load(Ordering::Relaxed));
    let turn = AtomicI64::new(0);
    let reading = measure(callers, seconds.min(3), move || {
        let (store, wanted) = (shared.0.clone(), turn.fetch_add(7919, Ordering::Relaxed) % shared.1.max(1));
        async move {
            let case = format!("case-{wanted}");
            let sql = "SELECT id FROM chat WHERE tenant_id = $1 AND case_id = $2";
            store.query_opt::<(Vec<u8>,)>(sql, params![1, &case]).await.map(drop)
        }
    })
    .await?;
    report("  query by key", &reading, seconds.min(3));
    store.close().await;
    Ok(())
}

/// Runs `ask` over and over from so many tasks; gives every duration, sorted.
async fn measure<F, A>(callers: u64, seconds: u64, ask: F) -> Result<Vec<Duration>, store::Error>
where
    F: Fn() -> A + Send + Sync + 'static,
    A: Future<Output = Result<(), store::Error>> + Send,
{
    let ask = Arc::new(ask);
    let failed = Arc::new(AtomicU64::new(0));
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut tasks = Vec::new();
    for _ in 0..callers {
        let (ask, failed) = (ask.clone(), failed.clone());
        tasks.push(tokio::spawn(async move {
            let mut took = Vec::new();
            while Instant::now() < end {
                let started = Instant::now();
                if ask().await.is_err() {
                    failed.fetch_add(1, Ordering::Relaxed);
                }
                took.push(started.elapsed());
            }
            took
        }));
    }
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.unwrap_or_default());
    }
    all.sort_unstable();
    if failed.load(Ordering::Relaxed) > 0 {
        report_line(&format!("  {} FAILED", failed.load(Ordering::Relaxed)));
    }
    Ok(all)
}

fn report(what: &str, took: &[Duration], seconds: u64) {
    let at = |part: usize| took.get(took.len() * part / 1000).copied().unwrap_or_default();
    let rate = took.len() as u64 / seconds;
    report_line(&format!("{what}: {rate}/s, p50 {:?}, p99 {:?}, max {:?}", at(500), at(990), at(999)));
}

#[expect(clippy::print_stdout, reason = "a program for the terminal")]
fn report_line(line: &str) {
    println!("{line}");
}
