//! Carries out repairs: read, ask the library, write down, write, write down, wait.
//!
//! All repairs of a run take turns, so that the pauses of one are the work of another. A process that dies anywhere leaves
//! a journal from which the next one goes on.

use std::collections::BTreeMap;
use std::time::Duration;

use boltrope::recovery::episode::{Attempt, Machine as _, Next, Outcome};
use tokio::time::Instant;

use super::clock::Clock;
use super::journal::{Entry, Journal, JournalError, full_name};
use super::metrics::Metrics;
use super::reader::Reader;
use super::repair::{ending, result_of, step_of};
use super::view::{Key, View};
use super::writer::Writer;
use crate::cluster::CallError;
use crate::command::output;
use crate::server::Health;
use crate::stop::Stop;

/// After a conflict or an answer that got lost.
const BREATH: Duration = Duration::from_secs(1);
/// After a question that was not answered.
const LATER: Duration = Duration::from_secs(10);
/// Questions in a row without an answer before a repair is left to the next run.
const MAX_UNHEARD: u32 = 6;

/// What drives repairs.
#[derive(Debug)]
pub(crate) struct Driver<'d> {
    pub(super) reader: &'d Reader,
    pub(super) writer: &'d Writer,
    pub(super) journal: &'d Journal,
    pub(super) clock: &'d Clock,
    pub(super) metrics: &'d Metrics,
    pub(super) health: &'d Health,
    pub(super) stop: &'d Stop,
}

/// How a repair ended for this run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It is over.
    Over(Outcome),
    /// It stands in the journal, and the next run goes on.
    Left(String),
}

struct Turn {
    entry: Entry,
    due: Instant,
    unheard: u32,
    why: String,
}

/// Why a repair cannot go on in this run.
#[derive(Debug)]
enum Trouble {
    Call(CallError),
    Journal(JournalError),
}

impl From<CallError> for Trouble {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

impl From<JournalError> for Trouble {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

/// What comes after a turn.
enum After {
    Again(Duration),
    Over(Outcome),
}

impl Driver<'_> {
    /// Drives repairs to their ends.
    pub(super) async fn drive(&self, view: &mut View, entries: Vec<Entry>) -> BTreeMap<Key, Ending> {
        let mut endings = BTreeMap::new();
        let now = Instant::now();
        let mut turns: Vec<Turn> = entries
            .into_iter()
            .map(|entry| Turn {
                entry,
                due: now,
                unheard: 0,
                why: String::new(),
            })
            .collect();
        while let Some(index) = next_due(&turns) {
            let due = turns.get(index).map_or(now, |turn| turn.due);
            self.stop
                .sleep(due.saturating_duration_since(Instant::now()))
                .await;
            if self.stop.is_asked() {
                break;
            }
            let Some(turn) = turns.get_mut(index) else {
                break;
            };
            let key = turn.entry.key();
            self.health.beat();
            if let Some(ending) = self.take(view, turn).await {
                self.tell(&key, &ending);
                endings.insert(key, ending);
                turns.swap_remove(index);
            }
        }
        for turn in turns {
            let ending = Ending::Left("this run was stopped; the next one goes on".to_owned());
            self.tell(&turn.entry.key(), &ending);
            endings.insert(turn.entry.key(), ending);
        }
        endings
    }

    /// One turn of one repair; its ending, if it has one.
    async fn take(&self, view: &mut View, turn: &mut Turn) -> Option<Ending> {
        match self.advance(view, turn).await {
            Ok(After::Again(pause)) => {
                turn.due = Instant::now() + pause;
                turn.unheard = 0;
                None
            }
            Ok(After::Over(outcome)) => Some(Ending::Over(outcome)),
            Err(Trouble::Call(error)) if error.is_passing() && turn.unheard < MAX_UNHEARD => {
                turn.unheard += 1;
                turn.due = Instant::now() + LATER;
                None
            }
            Err(Trouble::Call(error)) => Some(Ending::Left(error.to_string())),
            Err(Trouble::Journal(error)) => Some(Ending::Left(error.to_string())),
        }
    }

    async fn advance(&self, view: &mut View, turn: &mut Turn) -> Result<After, Trouble> {
        let key = turn.entry.key();
        let entry = &mut turn.entry;
        let gone = || {
            After::Over(Outcome::Changed {
                message: "the HelmRelease is gone".to_owned(),
            })
        };
        if !self.reader.read_one(view, &key).await? {
            return Ok(gone());
        }
        let now = self.clock.now();
        let Some(state) = view.state(&key, now) else {
            return Ok(gone());
        };
        let next = entry.repair.next(&state);
        self.journal.save(entry).await?;
        let write = match next {
            Next::Done(outcome) => return Ok(After::Over(outcome)),
            Next::Wait { seconds, why } => {
                if turn.why != why {
                    output::progress(&format!("{}: waiting: {why}", full_name(&key)));
                    turn.why = why;
                }
                return Ok(After::Again(Duration::from_secs(seconds.into())));
            }
            Next::Write(write) => write,
        };
        turn.why.clear();
        let attempt = self.writer.send(&write).await;
        let (step, result) = (step_of(&write), result_of(&attempt));
        self.metrics.count_action(step, result);
        output::progress(&format!("{}: {step}: {result} ({write})", full_name(&key)));
        let pause = match attempt {
            Attempt::Conflict | Attempt::Unheard { .. } => BREATH,
            Attempt::Done { .. } | Attempt::Forbidden { .. } | Attempt::Gone => Duration::ZERO,
        };
        entry.repair.record(attempt, Some(self.clock.now()));
        self.journal.save(entry).await?;
        Ok(After::Again(pause))
    }

    fn tell(&self, key: &Key, ending: &Ending) {
        let (word, message) = match ending {
            Ending::Over(outcome) => self::ending(outcome),
            Ending::Left(message) => ("left", message.clone()),
        };
        self.metrics.count_repair(word);
        output::progress(&format!("{}: {word}: {message}", full_name(key)));
    }
}

/// The one whose turn is next.
fn next_due(turns: &[Turn]) -> Option<usize> {
    let due = turns.iter().enumerate().min_by_key(|(_, turn)| turn.due);
    due.map(|(index, _)| index)
}
