//! Whispers: heard by the other processes, not by the one that whispers, and never in the way of anything.

use std::time::Duration;

use crate::place::{Place, on_both, on_postgres};

on_postgres!(the_others_hear_and_not_oneself);
on_both!(nobody_has_to_listen);

async fn the_others_hear_and_not_oneself(place: Place) {
    let (one, other) = (place.open().await, place.open().await);
    let (mut own, mut heard) = (one.whispers(), other.whispers());
    // The notifiers may still be connecting, and what nobody hears is lost: it is said until it is heard.
    let text = loop {
        one.whisper("群 typing");
        one.whisper("two\nlines are not told");
        one.whisper(&"long".repeat(101));
        tokio::select! {
            text = heard.recv() => break text.unwrap(),
            () = tokio::time::sleep(Duration::from_millis(50)) => {}
        }
    };
    assert_eq!(&*text, "群 typing");
    let answered = loop {
        other.whisper("answer");
        tokio::select! {
            text = own.recv() => break text.unwrap(),
            () = tokio::time::sleep(Duration::from_millis(50)) => {}
        }
    };
    assert_eq!(&*answered, "answer", "one's own words do not come back");
    for store in [one, other] {
        store.close().await;
    }
}

async fn nobody_has_to_listen(place: Place) {
    let store = place.open().await;
    for number in 0..1000 {
        store.whisper(&format!("{number}"));
    }
    store.write("note", |tx| tx.put("INSERT INTO note (id, body) VALUES (1, 'x')", &[])).await.unwrap();
    store.close().await;
}
