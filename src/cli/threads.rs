//! Documents evaluated on all cores: the library hands out pieces, threads take the next one when they are free.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use boltrope::render::Spread;

/// More threads than this gain nothing on a stream that fits into the limits.
const MOST: usize = 8;
/// Below this many pieces, starting a thread costs more than it saves.
const FEWEST_PIECES: usize = 4;

/// All cores of the machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Threads;

impl Spread for Threads {
    fn each(&self, pieces: usize, work: &(dyn Fn(usize) + Sync)) {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let helpers = if pieces < FEWEST_PIECES {
            0
        } else {
            cores.min(MOST).min(pieces) - 1
        };
        let next = AtomicUsize::new(0);
        let take = || {
            loop {
                let piece = next.fetch_add(1, Ordering::Relaxed);
                if piece >= pieces {
                    return;
                }
                work(piece);
            }
        };
        thread::scope(|scope| {
            for _ in 0..helpers {
                // A thread that cannot be started is not missed: this one takes what is left.
                let _ = thread::Builder::new().spawn_scoped(scope, take);
            }
            take();
        });
    }
}
