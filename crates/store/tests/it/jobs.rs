//! The job queue.

use store::{Claimed, Error, Job, LEASE_MS, Outcome, Store, Tx};

use crate::place::{Place, on_both};

on_both!(
    a_job_commits_with_its_cause,
    twice_asked_is_one_job,
    asked_while_running_runs_once_more,
    outcomes,
    a_buried_job_that_is_dug_up_is_unsure,
    a_job_that_runs_once_more_is_unsure,
    a_lease_ends,
    dead_processes_are_freed,
    claims_never_overlap,
);

async fn ask(store: &Store, key: &'static str, due_ms: i64) {
    let unit = move |tx: &mut Tx<'_>| {
        tx.enqueue(Job { kind: "create", key, tenant_id: 1, payload: "{}", due_ms, now_ms: due_ms })
    };
    let asked: Result<(), Error> = store.write("ask", unit).await;
    asked.unwrap();
}

fn keys(jobs: &[Claimed]) -> Vec<&str> {
    let mut keys: Vec<_> = jobs.iter().map(|job| job.key.as_str()).collect();
    keys.sort_unstable();
    keys
}

async fn a_job_commits_with_its_cause(place: Place) {
    let store = place.open().await;
    let signal = store.job_signal();
    let refused: Result<(), Error> = store
        .write("refuse", |tx| {
            tx.enqueue(Job { kind: "create", key: "no", tenant_id: 1, payload: "{}", due_ms: 0, now_ms: 0 })?;
            Err(Error::Closed)
        })
        .await;
    assert!(refused.is_err());
    ask(&store, "yes", 100).await;
    assert!(signal.has_changed().unwrap(), "a worker is woken");
    let jobs = store.jobs("f");
    assert!(jobs.claim(99, 10).await.unwrap().is_empty(), "not before it is due");
    let claimed = jobs.claim(100, 10).await.unwrap();
    assert_eq!(keys(&claimed), ["yes"]);
    assert_eq!((claimed[0].attempts, claimed[0].unsure, claimed[0].payload.as_str()), (1, false, "{}"));
    assert!(jobs.claim(101, 10).await.unwrap().is_empty(), "it is held");
    assert!(jobs.finish(&claimed[0], Outcome::Done, 102).await.unwrap());
    assert_eq!(store.job_depth(200_000).await.unwrap().live, 0);
    store.close().await;
}

async fn twice_asked_is_one_job(place: Place) {
    let store = place.open().await;
    ask(&store, "a", 500).await;
    ask(&store, "a", 300).await;
    ask(&store, "a", 400).await;
    let depth = store.job_depth(350).await.unwrap();
    assert_eq!(
        (depth.live, depth.overdue, depth.oldest_due_ms),
        (1, 1, Some(300)),
        "the earliest due time counts"
    );
    let jobs = store.jobs("f");
    let claimed = jobs.claim(350, 10).await.unwrap();
    assert_eq!(keys(&claimed), ["a"]);
    assert!(jobs.finish(&claimed[0], Outcome::Done, 351).await.unwrap());
    assert_eq!(store.job_depth(1_000_000).await.unwrap().live, 0);
    store.close().await;
}

async fn asked_while_running_runs_once_more(place: Place) {
    let store = place.open().await;
    let jobs = store.jobs("f");
    ask(&store, "a", 0).await;
    let first = jobs.claim(0, 1).await.unwrap();
    ask(&store, "a", 0).await;
    ask(&store, "a", 0).await;
    assert!(jobs.claim(1, 1).await.unwrap().is_empty(), "not twice at the same time");
    assert!(jobs.finish(&first[0], Outcome::Done, 2).await.unwrap());
    let second = jobs.claim(2, 1).await.unwrap();
    assert_eq!((second[0].id, second[0].attempts), (first[0].id, 1));
    assert!(jobs.finish(&second[0], Outcome::Done, 3).await.unwrap());
    assert_eq!(store.job_depth(1_000_000).await.unwrap().live, 0);
    store.close().await;
}

async fn outcomes(place: Place) {
    let store = place.open().await;
    let jobs = store.jobs("f");
    ask(&store, "a", 0).await;
    let held = jobs.claim(0, 1).await.unwrap().remove(0);
    let retry = Outcome::Retry { after_ms: 50, cause: "slow".to_owned() };
    assert!(jobs.finish(&held, retry, 10).await.unwrap());
    assert!(jobs.claim(59, 1).await.unwrap().is_empty());
    let held = jobs.claim(60, 1).await.unwrap().remove(0);
    assert_eq!((held.attempts, held.unsure, held.cause.as_deref()), (2, false, Some("slow")));
    let unsure = Outcome::Unsure { after_ms: 0, cause: "timed out".to_owned() };
    assert!(jobs.finish(&held, unsure, 61).await.unwrap());
    let held = jobs.claim(61, 1).await.unwrap().remove(0);
    assert!(held.unsure, "the next attempt is told");
    assert!(jobs.finish(&held, Outcome::Retry { after_ms: 0, cause: "x".to_owned() }, 62).await.unwrap());
    let held = jobs.claim(62, 1).await.unwrap().remove(0);
    assert!(held.unsure, "and every one after it");
    // The end of a job and its result are one unit.
    let (instance, job) = (jobs.instance().to_owned(), held.clone());
    let fail = Outcome::Fail { cause: "no such account; link it".to_owned() };
    let ended: Result<bool, Error> =
        store.write("end", move |tx| tx.finish(&instance, &job, &fail, 63)).await;
    assert!(ended.unwrap());
    assert!(jobs.claim(1_000_000, 1).await.unwrap().is_empty());
    let buried = store.job_buried(10).await.unwrap();
    assert_eq!((buried[0].key.as_str(), buried[0].attempts), ("a", 4));
    assert_eq!(buried[0].cause.as_deref(), Some("no such account; link it"));
    assert_eq!(store.job_depth(0).await.unwrap().buried, 1);
    // Asking again digs it up.
    ask(&store, "a", 70).await;
    let held = jobs.claim(70, 1).await.unwrap().remove(0);
    assert_eq!((held.attempts, held.cause), (1, None));
    store.close().await;
}

async fn a_buried_job_that_is_dug_up_is_unsure(place: Place) {
    let store = place.open().await;
    let jobs = store.jobs("f");
    ask(&store, "a", 0).await;
    let held = jobs.claim(0, 1).await.unwrap().remove(0);
    assert!(!held.unsure, "nothing was tried yet");
    assert!(jobs.finish(&held, Outcome::Fail { cause: "timed out too often".to_owned() }, 1).await.unwrap());
    ask(&store, "a", 2).await;
    let held = jobs.claim(2, 1).await.unwrap().remove(0);
    assert_eq!((held.attempts, held.unsure), (1, true), "the attempt that was buried may have taken effect");
    assert!(jobs.finish(&held, Outcome::Done, 3).await.unwrap());
    ask(&store, "a", 4).await;
    assert!(!jobs.claim(4, 1).await.unwrap().remove(0).unsure, "a done job is forgotten");
    store.close().await;
}

async fn a_job_that_runs_once_more_is_unsure(place: Place) {
    let store = place.open().await;
    let jobs = store.jobs("f");
    for outcome in [Outcome::Done, Outcome::Fail { cause: "refused".to_owned() }] {
        ask(&store, "a", 0).await;
        let first = jobs.claim(0, 1).await.unwrap().remove(0);
        ask(&store, "a", 0).await;
        assert!(jobs.finish(&first, outcome, 1).await.unwrap());
        let second = jobs.claim(1, 1).await.unwrap().remove(0);
        assert_eq!(
            (second.attempts, second.unsure),
            (1, true),
            "the attempt before it may have taken effect"
        );
        assert!(jobs.finish(&second, Outcome::Done, 2).await.unwrap());
    }
    store.close().await;
}

async fn a_lease_ends(place: Place) {
    let (one, two) = (place.open().await, place.open().await);
    ask(&one, "a", 0).await;
    let held = one.jobs("f").claim(0, 1).await.unwrap().remove(0);
    assert!(one.jobs("f").renew(&held, 5_000).await.unwrap());
    assert!(two.jobs("g").claim(5_000 + LEASE_MS - 1, 1).await.unwrap().is_empty());
    let taken = two.jobs("g").claim(5_000 + LEASE_MS, 1).await.unwrap().remove(0);
    assert_eq!(taken.attempts, 2);
    // The first holder is too late, whatever it says.
    assert!(!one.jobs("f").renew(&held, 20_000).await.unwrap());
    assert!(!one.jobs("f").finish(&held, Outcome::Done, 20_000).await.unwrap());
    assert!(two.jobs("g").finish(&taken, Outcome::Done, 20_000).await.unwrap());
    one.close().await;
    two.close().await;
}

async fn dead_processes_are_freed(place: Place) {
    let (dead, other, fresh) = (place.open().await, place.open().await, place.open().await);
    ask(&dead, "a", 0).await;
    ask(&dead, "b", 1).await;
    assert_eq!(keys(&dead.jobs("one").claim(0, 1).await.unwrap()), ["a"]);
    assert_eq!(keys(&other.jobs("two").claim(1, 1).await.unwrap()), ["b"]);
    let jobs = fresh.jobs("one");
    assert!(jobs.claim(2, 10).await.unwrap().is_empty());
    assert_eq!(jobs.free_dead(2).await.unwrap(), 1, "only its own folder's");
    assert_eq!(keys(&jobs.claim(2, 10).await.unwrap()), ["a"]);
    assert_eq!(jobs.free_dead(3).await.unwrap(), 0, "not its own");
    for store in [dead, other, fresh] {
        store.close().await;
    }
}

async fn claims_never_overlap(place: Place) {
    let stores = [place.open().await, place.open().await, place.open().await];
    let fill: Result<(), Error> = stores[0]
        .write("fill", |tx| {
            (0..200).try_for_each(|number| {
                let key = format!("k{number}");
                tx.enqueue(Job {
                    kind: "create",
                    key: &key,
                    tenant_id: 1,
                    payload: "{}",
                    due_ms: number,
                    now_ms: 0,
                })
            })
        })
        .await;
    fill.unwrap();
    let workers = stores.clone().map(|store| {
        tokio::spawn(async move {
            let jobs = store.jobs("f");
            let mut done = Vec::new();
            loop {
                let claimed = jobs.claim(1_000, 7).await.unwrap();
                if claimed.is_empty() && store.job_depth(1_000).await.unwrap().live == 0 {
                    return done;
                }
                for job in claimed {
                    assert!(jobs.finish(&job, Outcome::Done, 1_000).await.unwrap());
                    done.push(job.key);
                }
            }
        })
    });
    let mut all = Vec::new();
    for worker in workers {
        all.extend(worker.await.unwrap());
    }
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 200);
    for store in stores {
        store.close().await;
    }
}
