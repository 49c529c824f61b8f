//! The end of a run that stays: SIGTERM or Ctrl-C, told to everything that waits.
//!
//! What is under way is finished or left where the next run finds it; nothing new begins.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::sleep;

/// Tells whether the end was asked for. Clones hear the same.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    asked: watch::Receiver<bool>,
}

/// Asks for the end.
#[derive(Debug)]
pub(crate) struct Stopper {
    ask: watch::Sender<bool>,
}

/// A pair: what asks, and what hears it.
pub(crate) fn channel() -> (Stopper, Stop) {
    let (ask, asked) = watch::channel(false);
    (Stopper { ask }, Stop { asked })
}

impl Stopper {
    /// Asks everybody to end.
    pub(crate) fn stop(&self) {
        self.ask.send_replace(true);
    }
}

impl Stop {
    /// Hears SIGTERM, SIGINT and Ctrl-C from now on.
    ///
    /// # Errors
    /// When the system lets nobody listen for signals.
    pub(crate) fn on_signals() -> std::io::Result<Self> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let (stopper, stop) = channel();
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            stopper.stop();
            // Whoever is impatient signals twice, and then nobody listens any more: the stopper must live until then.
            std::future::pending::<()>().await;
        });
        Ok(stop)
    }

    /// Whether the end was asked for.
    pub(crate) fn is_asked(&self) -> bool {
        *self.asked.borrow()
    }

    /// Ends when the end is asked for.
    pub(crate) async fn asked(&self) {
        let mut asked = self.asked.clone();
        // A stopper that is gone cannot ask any more.
        if asked.wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Waits, but not beyond the end.
    pub(crate) async fn sleep(&self, time: Duration) {
        tokio::select! {
            () = self.asked() => {}
            () = sleep(time) => {}
        }
    }
}
