//! How fast things are tried again: pauses that grow, with jitter, so that many who wait do not come back at once.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use tokio::time::Instant;

/// A number that tells feeds apart.
pub(super) type Id = u64;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);
/// Something that is written again and again, because somebody else writes it back.
const LONGEST_FIGHT: Duration = Duration::from_secs(300);
/// What was left alone for so long begins anew.
const PEACE: Duration = Duration::from_secs(60);

/// Pauses of half a second to half a minute.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backoff {
    pause: Duration,
}

impl Backoff {
    pub(super) fn new() -> Self {
        Self { pause: FIRST }
    }

    /// The next pause.
    pub(super) fn next(&mut self) -> Duration {
        let pause = self.pause;
        self.pause = (pause * 2).min(LONGEST);
        jitter(pause)
    }
}

/// Three quarters to five quarters of a time.
pub(super) fn jitter(time: Duration) -> Duration {
    // What a `RandomState` hashes to is as random as the system is.
    let random = RandomState::new().hash_one(0_u8) % 512;
    time * (768 + u32::try_from(random).unwrap_or(256)) / 1024
}

/// When each object may be written next.
#[derive(Debug)]
pub(super) struct Pace<K> {
    known: BTreeMap<K, Tries>,
}

#[derive(Clone, Copy, Debug)]
struct Tries {
    count: u32,
    last: Instant,
    due: Instant,
}

impl<K> Default for Pace<K> {
    fn default() -> Self {
        Self {
            known: BTreeMap::new(),
        }
    }
}

impl<K: Ord + Clone> Pace<K> {
    /// When a key's turn is.
    pub(super) fn due(&self, key: &K) -> Option<Instant> {
        self.known.get(key).map(|tries| tries.due)
    }

    /// How often a key was tried in a row.
    pub(super) fn tries(&self, key: &K) -> u32 {
        self.known.get(key).map_or(0, |tries| tries.count)
    }

    /// A key was tried. What failed waits longer each time; what succeeded waits only if it must be done again and again.
    pub(super) fn note(&mut self, key: &K, succeeded: bool) {
        let now = Instant::now();
        let count = self.tries(key) + 1;
        let pause = match (succeeded, count) {
            (true, 1) => Duration::ZERO,
            (true, count) => (FIRST * 2_u32.saturating_pow(count.min(12) - 1)).min(LONGEST_FIGHT),
            (false, count) => (FIRST * 2_u32.saturating_pow(count.min(12) - 1)).min(LONGEST),
        };
        let tries = Tries {
            count,
            last: now,
            due: now + jitter(pause),
        };
        self.known.insert(key.clone(), tries);
    }

    /// Forgets what was left alone for long enough.
    pub(super) fn forget(&mut self) {
        let now = Instant::now();
        self.known.retain(|_, tries| {
            let wait = tries.due.saturating_duration_since(tries.last);
            now.saturating_duration_since(tries.last) < PEACE.max(wait * 2)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_written_back_again_and_again_is_written_ever_less_often() {
        let mut pace = Pace::default();
        pace.note(&"a", true);
        assert!(
            pace.due(&"a").unwrap() <= Instant::now(),
            "the second time needs no pause"
        );
        for _ in 0..20 {
            pace.note(&"a", true);
        }
        let wait = pace.due(&"a").unwrap() - Instant::now();
        assert!(wait >= LONGEST_FIGHT * 3 / 4, "{wait:?}");
        pace.forget();
        assert_eq!(pace.tries(&"a"), 21, "what fights is not forgotten");
    }

    #[test]
    fn pauses_grow_to_a_limit_and_differ() {
        let mut backoff = Backoff::new();
        let pauses: Vec<Duration> = (0..20).map(|_| backoff.next()).collect();
        assert!(
            pauses[0] < Duration::from_millis(700) && pauses[19] > LONGEST / 2 && pauses[19] < LONGEST * 2
        );
        let differ = (0..20)
            .map(|_| jitter(LONGEST))
            .collect::<std::collections::BTreeSet<_>>();
        assert!(differ.len() > 1);
    }
}
