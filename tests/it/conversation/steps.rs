//! What may happen in a group: the steps of random histories.

use proptest::prelude::*;

/// Somebody in the group, by number; who is not there (any more) is refused or left out.
pub(super) type Who = u8;

/// What happens next.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Say { who: Who, internal: bool, quote: Option<u8>, mention: Option<Who>, again: bool },
    File { who: Who, internal: bool },
    Recall { who: Who, internal: bool, back: u8 },
    Read { who: Who, internal: bool, back: u8 },
    Join,
    Remove { who: Who },
    Invite,
    Rename,
    Close,
    Reopen { who: Who },
    History(bool),
    RenewLink,
    HandOver { who: Who },
    Contact { who: Who },
    Satisfaction { who: Who },
    Ticket,
}

/// Any of them, those about messages more often.
pub(super) fn step() -> impl Strategy<Value = Step> {
    let who = 0..6_u8;
    prop_oneof![
        8 => (who.clone(), any::<bool>(), proptest::option::of(0..6_u8), proptest::option::of(0..6_u8), any::<bool>())
            .prop_map(|(who, internal, quote, mention, again)| Step::Say { who, internal, quote, mention, again }),
        1 => (who.clone(), any::<bool>()).prop_map(|(who, internal)| Step::File { who, internal }),
        2 => (who.clone(), any::<bool>(), 0..4_u8).prop_map(|(who, internal, back)| Step::Recall { who, internal, back }),
        2 => (who.clone(), any::<bool>(), 0..4_u8).prop_map(|(who, internal, back)| Step::Read { who, internal, back }),
        1 => Just(Step::Join),
        1 => who.clone().prop_map(|who| Step::Remove { who }),
        1 => Just(Step::Invite),
        1 => Just(Step::Rename),
        1 => Just(Step::Close),
        2 => who.clone().prop_map(|who| Step::Reopen { who }),
        1 => any::<bool>().prop_map(Step::History),
        1 => Just(Step::RenewLink),
        1 => who.clone().prop_map(|who| Step::HandOver { who }),
        1 => who.clone().prop_map(|who| Step::Contact { who }),
        1 => who.prop_map(|who| Step::Satisfaction { who }),
        1 => Just(Step::Ticket),
    ]
}
