//! The loop: what changed is taken in, a plan is made, its writes are carried out, and nothing is remembered that the
//! cluster does not say.
//!
//! The queue is the last plan: whatever a new plan does not want any more is not done. So a deletion overtakes the creations
//! that wait, and a process that dies anywhere leaves nothing that the next one would not see.

mod feeds;
mod report;
mod writes;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use boltrope::preview::{Plan, plan};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};

use super::announce::Announcer;
use super::board::Board;
use super::book::{Book, News};
use super::metrics::Metrics;
use super::pace::{Id, Pace};
use super::served::Served;
use super::stream::{Change, Patience, first_line};
use super::world::{Key, World};
use super::writer::{Answer, Task};
use crate::cluster::{CallError, Cluster};
use crate::command::{Exit, Failure, output};
use crate::server::Health;
use crate::stop::Stop;

/// Changes that wait to be taken in, before feeds have to wait.
const WAITING: usize = 64;
/// What happens together is planned together.
const SETTLE: Duration = Duration::from_millis(25);
/// How long a plan waits for feeds that have not said anything.
const HEARING: Duration = Duration::from_secs(5);
const TICK: Duration = Duration::from_secs(1);
const LOOK: Duration = Duration::from_secs(2);
const DISCOVER: Duration = Duration::from_secs(10);
/// How long writes that are under way may take at the end.
const GRACE: Duration = Duration::from_secs(5);
/// A single run gives up what failed so often.
const MAX_TRIES: u32 = 3;

/// How to keep previews.
#[derive(Debug)]
pub(super) struct Options {
    /// Look at no other namespaces than these and the sources.
    pub(super) only: Option<BTreeSet<String>>,
    /// Look at no other kinds than these, if not at all that are served.
    pub(super) kinds: Option<BTreeSet<String>>,
    /// End when there is nothing more to do.
    pub(super) once: bool,
    /// Writes at a time.
    pub(super) parallel: usize,
    pub(super) patience: Patience,
}

/// What keeps previews as the rules say.
#[derive(Debug)]
pub(super) struct Keeper {
    cluster: Cluster,
    options: Options,
    book: Book,
    board: Board,
    announcer: Announcer,
    metrics: Metrics,
    health: Arc<Health>,
    stop: Stop,
    world: World,
    served: Arc<Served>,
    /// What the last question found when something seemed to have gone.
    doubted: Option<Served>,
    is_discovering: bool,
    is_discovered: bool,
    streams: JoinSet<()>,
    handles: BTreeMap<Id, AbortHandle>,
    next_id: Id,
    out: Sender<Change>,
    changes: Receiver<Change>,
    jobs: JoinSet<Done>,
    writing: usize,
    queue: VecDeque<Task>,
    busy: BTreeSet<Key>,
    pace: Pace<Key>,
    failed: BTreeMap<Key, String>,
    /// What the last plan writes.
    wanted: BTreeSet<Key>,
    /// Since when a plan is due.
    dirty: Option<Instant>,
    /// When something that failed is due again.
    wake: Option<Instant>,
    planned: Instant,
    cost: Duration,
    began: Instant,
    wrote: bool,
    plan: Option<Plan>,
    /// The last line about a plan.
    said: String,
    due: Due,
}

/// When what is done from time to time is due.
#[derive(Clone, Copy, Debug)]
struct Due {
    look: Instant,
    discover: Instant,
}

/// A job that is over.
#[derive(Debug)]
enum Done {
    Wrote(Task, Answer),
    Discovered(Result<Served, CallError>),
    Posted(String, Result<(), CallError>),
    Announced,
}

impl Keeper {
    /// Knows nothing yet.
    pub(super) fn new(
        cluster: Cluster,
        options: Options,
        book: Book,
        (board, announcer): (Board, Announcer),
        (metrics, health, stop): (Metrics, Arc<Health>, Stop),
    ) -> Self {
        let (out, changes) = channel(WAITING);
        let now = Instant::now();
        let served = Arc::new(Served::built_in().only(options.kinds.as_ref()));
        Self {
            cluster,
            options,
            book,
            board,
            announcer,
            metrics,
            health,
            stop,
            world: World::new(),
            served,
            doubted: None,
            is_discovering: false,
            is_discovered: false,
            streams: JoinSet::new(),
            handles: BTreeMap::new(),
            next_id: 0,
            out,
            changes,
            jobs: JoinSet::new(),
            writing: 0,
            queue: VecDeque::new(),
            busy: BTreeSet::new(),
            pace: Pace::default(),
            failed: BTreeMap::new(),
            wanted: BTreeSet::new(),
            dirty: Some(now),
            wake: None,
            planned: now,
            cost: Duration::ZERO,
            began: now,
            wrote: false,
            plan: None,
            said: String::new(),
            due: Due {
                look: now,
                discover: now,
            },
        }
    }

    /// Keeps previews until the end is asked for, or with `once` until there is nothing more to do.
    ///
    /// # Errors
    /// A mistake of this program; with `once`, what could not be asked.
    pub(super) async fn run(mut self) -> Result<Exit, Failure> {
        self.feed();
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.fill();
            if let Some(ended) = self.finished() {
                self.close().await;
                return ended;
            }
            let next = self.next_moment();
            if next.is_some_and(|next| next <= Instant::now()) && self.dirty.is_some() {
                self.plan().await?;
                continue;
            }
            let stop = self.stop.clone();
            tokio::select! {
                biased;
                () = stop.asked() => {
                    self.close().await;
                    return Ok(Exit::Clean);
                }
                _ = tick.tick() => self.tick(),
                Some(done) = self.jobs.join_next(), if !self.jobs.is_empty() => {
                    let done = done.map_err(|error| Failure::Internal(format!("a job failed: {error}")))?;
                    self.take_done(done);
                }
                Some(change) = self.changes.recv() => self.take_changes(change),
                () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => self.awake(),
            }
        }
    }

    /// When the next plan is due, or what failed is.
    fn next_moment(&self) -> Option<Instant> {
        let planned = self.dirty.map(|since| {
            let is_busy = self.writing > 0 || !self.queue.is_empty();
            // While much is written, planning must not take the time that writing needs.
            let gap = if is_busy {
                (self.cost * 4).max(TICK)
            } else {
                self.cost
            };
            let mut moment = (since + SETTLE).max(self.planned + gap);
            if !self.world.is_decided() {
                moment = moment.max(self.began + HEARING);
            }
            moment
        });
        match (planned, self.wake) {
            (Some(planned), _) => Some(planned),
            (None, wake) => wake,
        }
    }

    fn awake(&mut self) {
        if self.wake.is_some_and(|wake| wake <= Instant::now()) {
            self.wake = None;
            self.touch();
        }
    }

    fn touch(&mut self) {
        self.dirty.get_or_insert_with(Instant::now);
    }

    fn take_changes(&mut self, change: Change) {
        let mut next = Some(change);
        let mut taken = 0;
        while let Some(change) = next {
            if self.world.take(change, &self.busy) {
                self.touch();
            }
            taken += 1;
            next = (taken < WAITING).then(|| self.changes.try_recv().ok()).flatten();
        }
    }

    fn take_done(&mut self, done: Done) {
        match done {
            Done::Wrote(task, answer) => self.take_answer(&task, answer),
            Done::Discovered(found) => self.take_served(found),
            Done::Posted(text, result) => {
                if let Err(error) = &result {
                    output::warning(&format!("the status is not written: {}", first_line(error)));
                }
                self.board.posted(text, result.is_ok());
            }
            Done::Announced => {}
        }
    }

    fn tick(&mut self) {
        let now = Instant::now();
        self.health.beat();
        if now >= self.due.look {
            self.due.look = now + LOOK;
            match self.book.look() {
                News::None => {}
                News::Rules => {
                    output::progress("the rules have changed");
                    self.feed();
                }
                News::Problem => {
                    let problem = self.book.problem.clone().unwrap_or_default();
                    output::warning(&format!("the rules before stay in force: {problem}"));
                    self.touch();
                }
            }
        }
        self.metrics.set_rules_valid(self.book.problem.is_none());
        if now >= self.due.discover && !self.is_discovering {
            self.is_discovering = true;
            let cluster = self.cluster.clone();
            self.jobs
                .spawn(async move { Done::Discovered(Served::discover(&cluster).await) });
        }
        self.pace.forget();
        self.metrics.set_waiting(self.world.waiting().len());
        self.metrics.set_pending(self.queue.len() + self.writing);
        self.health
            .set_ready(self.plan.is_some() && self.world.is_decided());
        self.post();
    }

    /// Makes a plan beside the loop, so that probes are answered, the Lease is renewed and writes go on meanwhile.
    async fn plan(&mut self) -> Result<(), Failure> {
        self.dirty = None;
        self.wake = None;
        let rules = Arc::clone(&self.book.rules);
        let world = std::mem::replace(&mut self.world, World::new());
        let began = Instant::now();
        let made = tokio::task::spawn_blocking(move || {
            let plan = plan(&rules, &world.snapshot);
            (world, plan)
        });
        let made = made.await;
        let (world, plan) = made.map_err(|_| Failure::Internal("the plan could not be made".to_owned()))?;
        self.world = world;
        self.planned = Instant::now();
        self.cost = began.elapsed();
        self.metrics.set_plan(&plan, self.cost);
        self.enqueue(&plan);
        if self.world.is_decided() {
            self.announce(&plan);
        }
        self.plan = Some(plan);
        if self.options.once {
            self.wrote = false;
        }
        Ok(())
    }

    /// The end: nothing new begins, what is under way is waited for.
    async fn close(&mut self) {
        self.streams.abort_all();
        self.queue.clear();
        let ending = async {
            self.finish_jobs().await;
            // The last word, however short a time ago the one before it was.
            self.board.hurry();
            self.post();
            self.finish_jobs().await;
        };
        let _late = timeout(GRACE, ending).await;
    }

    async fn finish_jobs(&mut self) {
        while let Some(done) = self.jobs.join_next().await {
            if let Ok(done) = done {
                self.take_done(done);
            }
        }
    }
}
