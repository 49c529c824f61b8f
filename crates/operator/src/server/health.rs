//! Whether the program works: ready once it has seen the cluster, alive as long as it gets on.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::time::Instant;

/// What the probes are answered from.
#[derive(Debug)]
pub(crate) struct Health {
    /// How long it may take from one sign of life to the next.
    patience: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    ready: bool,
    sign: Instant,
    /// What works beside the main loop, each with signs of its own.
    parts: BTreeMap<String, Instant>,
}

impl Health {
    /// Alive, not ready. Without a sign of life for `patience` it counts as hanging.
    pub(crate) fn new(patience: Duration) -> Self {
        Self {
            patience,
            state: Mutex::new(State {
                ready: false,
                sign: Instant::now(),
                parts: BTreeMap::new(),
            }),
        }
    }

    /// A sign of life.
    pub(crate) fn beat(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).sign = Instant::now();
    }

    /// A sign of life of a part, which is expected to give more from now on.
    pub(crate) fn beat_of(&self, part: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.parts.get_mut(part) {
            Some(sign) => *sign = Instant::now(),
            None => {
                state.parts.insert(part.to_owned(), Instant::now());
            }
        }
    }

    /// The parts of which signs are expected.
    pub(crate) fn parts(&self) -> Vec<String> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.parts.keys().cloned().collect()
    }

    /// A part has ended.
    pub(crate) fn forget(&self, part: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.parts.remove(part);
    }

    /// Whether the cluster was seen the last time.
    pub(crate) fn set_ready(&self, ready: bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.ready = ready;
        state.sign = Instant::now();
    }

    pub(super) fn is_ready(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).ready
    }

    pub(super) fn is_alive(&self) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut signs = state.parts.values().chain([&state.sign]);
        signs.all(|sign| sign.elapsed() < self.patience)
    }
}
