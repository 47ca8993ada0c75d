//! How many files may arrive, and be looked at, at a time: so that whoever sends fifty at once costs the others nothing.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::media::DECODE_MIB;

/// How many files of one person arrive at a time.
const OF_ONE: usize = 3;
/// How many files of one group: whoever has a link can come in as many, and is not to take every place of the others.
const OF_GROUP: usize = 8;
/// How many files arrive at a time in this process.
const OF_ALL: usize = 48;

/// A person in a group.
type Key = (Uuid, Uuid);

/// Counts what is arriving.
#[derive(Debug)]
pub struct Uploads {
    arriving: Arc<Mutex<HashMap<Key, usize>>>,
    /// Memory for decoding pictures, in MiB.
    pub decoding: Semaphore,
}

impl Default for Uploads {
    fn default() -> Self {
        Self { arriving: Arc::default(), decoding: Semaphore::new(DECODE_MIB as usize) }
    }
}

/// A place for a file that arrives; free again when this is dropped.
#[derive(Debug)]
pub struct Arriving {
    arriving: Arc<Mutex<HashMap<Key, usize>>>,
    key: Key,
}

impl Uploads {
    /// Takes a place for a file that this person sends to this group; none if they, all in the group, or all together have
    /// as many as may be.
    pub fn begin(&self, group: Uuid, person: Uuid) -> Option<Arriving> {
        let mut arriving = self.arriving.lock();
        let count = |counted: &dyn Fn(&Key) -> bool| -> usize {
            arriving.iter().filter(|(key, _)| counted(key)).map(|(_, count)| count).sum()
        };
        let is_full = count(&|(_, of)| *of == person) >= OF_ONE
            || count(&|(of, _)| *of == group) >= OF_GROUP
            || count(&|_| true) >= OF_ALL;
        if is_full {
            return None;
        }
        *arriving.entry((group, person)).or_default() += 1;
        Some(Arriving { arriving: Arc::clone(&self.arriving), key: (group, person) })
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        let mut arriving = self.arriving.lock();
        match arriving.get_mut(&self.key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(arriving.remove(&self.key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_has_a_few_places_and_all_together_a_bounded_number() {
        let uploads = Uploads::default();
        let (group, one) = (Uuid::from_u128(1), Uuid::from_u128(1));
        let mut places: Vec<_> = (0..OF_ONE).map(|_| uploads.begin(group, one).unwrap()).collect();
        assert!(uploads.begin(group, one).is_none());
        assert!(uploads.begin(Uuid::from_u128(2), one).is_none(), "in another group neither");
        places.pop();
        places.push(uploads.begin(group, one).unwrap());
        for person in 0..(OF_ALL - OF_ONE) as u128 {
            // A few in each group.
            let group = Uuid::from_u128(2 + person / OF_GROUP as u128);
            places.push(uploads.begin(group, Uuid::from_u128(2 + person)).unwrap());
        }
        assert!(uploads.begin(Uuid::from_u128(9999), Uuid::from_u128(9999)).is_none(), "full");
        places.clear();
        assert!(uploads.arriving.lock().is_empty(), "nothing is remembered of who is done");
    }

    #[test]
    fn one_group_never_takes_every_place_however_many_people_come_into_it() {
        let uploads = Uploads::default();
        let group = Uuid::from_u128(1);
        let begin = |person| uploads.begin(group, Uuid::from_u128(person));
        let places: Vec<_> = (0..100).filter_map(begin).collect();
        assert_eq!(places.len(), OF_GROUP);
        assert!(uploads.begin(Uuid::from_u128(2), Uuid::from_u128(1000)).is_some(), "another group");
    }
}
