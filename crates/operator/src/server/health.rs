//! Whether the program works: ready once it has seen the cluster, alive as long as it gets on.

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
}

impl Health {
    /// Alive, not ready. Without a sign of life for `patience` it counts as hanging.
    pub(crate) fn new(patience: Duration) -> Self {
        Self {
            patience,
            state: Mutex::new(State {
                ready: false,
                sign: Instant::now(),
            }),
        }
    }

    /// A sign of life.
    pub(crate) fn beat(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).sign = Instant::now();
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
        state.sign.elapsed() < self.patience
    }
}
