//! Closing, and opening again: by somebody in the group.

use store::Tx;

use super::Hand;
use crate::domain::{
    Error,
    conversation::Someone,
    group::{
        State,
        lifecycle::{self, Act},
    },
};

/// Closes the group.
pub fn close(tx: &mut Tx<'_>, hand: &Hand) -> Result<State, Error> {
    act(tx, hand, Act::Close)
}

/// Opens it again: staff, or the customer who has something more to say.
pub fn reopen(tx: &mut Tx<'_>, hand: &Hand) -> Result<State, Error> {
    act(tx, hand, Act::Reopen)
}

fn act(tx: &mut Tx<'_>, hand: &Hand, act: Act) -> Result<State, Error> {
    hand.take(tx)?;
    lifecycle::act(tx, &hand.actor, hand.tenant(), hand.seat.group, act, Some(Someone::from(&hand.seat)))
}
