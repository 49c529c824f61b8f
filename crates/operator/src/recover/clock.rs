//! The moment, as something that tests can move.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use boltrope::recovery::Timestamp;

/// Tells the moment.
#[derive(Clone)]
pub(crate) struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Clock({})", self.now())
    }
}

impl Clock {
    /// The machine's.
    pub(crate) fn system() -> Self {
        Self(Arc::new(now))
    }

    /// One that follows the event loop's time, from a moment on.
    #[cfg(test)]
    pub(crate) fn following(start: Timestamp) -> Self {
        let began = tokio::time::Instant::now();
        Self(Arc::new(move || {
            let passed = i64::try_from(began.elapsed().as_secs()).unwrap_or(i64::MAX);
            Timestamp::from_unix(start.unix() + passed)
        }))
    }

    /// The moment.
    pub(crate) fn now(&self) -> Timestamp {
        (self.0)()
    }
}

/// The moment, by the machine's clock.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
