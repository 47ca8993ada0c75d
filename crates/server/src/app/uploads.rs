//! How many files may arrive, and be looked at, at a time: so that whoever sends fifty at once costs the others nothing.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::media::DECODE_MIB;

/// How many files of one person arrive at a time.
const OF_ONE: usize = 3;
/// How many files arrive at a time in this process.
const OF_ALL: usize = 48;

/// Counts what is arriving.
#[derive(Debug)]
pub struct Uploads {
    arriving: Arc<Mutex<HashMap<Uuid, usize>>>,
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
    arriving: Arc<Mutex<HashMap<Uuid, usize>>>,
    person: Uuid,
}

impl Uploads {
    /// Takes a place for a file of this person; none if they, or all together, have as many as may be.
    pub fn begin(&self, person: Uuid) -> Option<Arriving> {
        let mut arriving = self.arriving.lock();
        let all: usize = arriving.values().sum();
        let of_one = arriving.get(&person).copied().unwrap_or_default();
        if of_one >= OF_ONE || all >= OF_ALL {
            return None;
        }
        arriving.insert(person, of_one + 1);
        Some(Arriving { arriving: Arc::clone(&self.arriving), person })
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        let mut arriving = self.arriving.lock();
        match arriving.get_mut(&self.person) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(arriving.remove(&self.person)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_has_a_few_places_and_all_together_a_bounded_number() {
        let uploads = Uploads::default();
        let one = Uuid::from_u128(1);
        let mut places: Vec<_> = (0..OF_ONE).map(|_| uploads.begin(one).unwrap()).collect();
        assert!(uploads.begin(one).is_none());
        places.pop();
        places.push(uploads.begin(one).unwrap());
        for person in 2..=(OF_ALL - OF_ONE + 1) as u128 {
            places.push(uploads.begin(Uuid::from_u128(person)).unwrap());
        }
        assert!(uploads.begin(Uuid::from_u128(9999)).is_none(), "full");
        places.clear();
        assert!(uploads.arriving.lock().is_empty(), "nothing is remembered of who is done");
    }
}
