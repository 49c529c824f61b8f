//! A driver as the operator's will be: it reads, persists, writes, waits. It can be killed before any of them.

use std::marker::PhantomData;

use boltrope::recovery::episode::{Machine, Next, Outcome};
use boltrope::recovery::{Episode, ReleaseState, compat, diagnose};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cluster::Cluster;

/// The process is gone.
#[derive(Debug)]
pub(crate) struct Killed;

/// A repair as the driver begins it and keeps it.
pub(crate) trait Repair: Machine + Serialize + DeserializeOwned + std::fmt::Debug {
    fn begin(state: &ReleaseState<'_>, cluster: &Cluster, run: usize) -> Option<Self>;
}

impl Repair for Episode {
    fn begin(state: &ReleaseState<'_>, cluster: &Cluster, run: usize) -> Option<Self> {
        let token = format!("boltrope-{run}");
        Self::begin(&diagnose(state), state, &token, cluster.allow_deploy)
    }
}

impl Repair for compat::Episode {
    fn begin(state: &ReleaseState<'_>, cluster: &Cluster, _run: usize) -> Option<Self> {
        Self::begin(state, cluster.settings)
    }
}

pub(crate) struct Driver<R = Episode> {
    pub(crate) cluster: Cluster,
    /// What is on the disk.
    pub(crate) journal: Option<String>,
    /// After how many operations the process dies.
    pub(crate) life: Option<usize>,
    runs: usize,
    namespace: String,
    name: String,
    repair: PhantomData<R>,
}

impl Driver {
    /// A driver of the ladder.
    pub(crate) fn new(cluster: Cluster, namespace: &str, name: &str) -> Self {
        Self::of(cluster, namespace, name)
    }
}

impl<R: Repair> Driver<R> {
    /// A driver of any repair.
    pub(crate) fn of(cluster: Cluster, namespace: &str, name: &str) -> Self {
        Self {
            cluster,
            journal: None,
            life: None,
            runs: 0,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            repair: PhantomData,
        }
    }

    /// The episode on the disk.
    pub(crate) fn episode(&self) -> Option<R> {
        let journal = self.journal.as_deref()?;
        Some(serde_json::from_str(journal).expect("the journal reads back"))
    }

    /// One run of the process: goes on with what is on the disk, else begins. How it ended, as a sentence.
    pub(crate) fn run(&mut self) -> Result<String, Killed> {
        self.runs += 1;
        let found = self.episode().filter(|episode| episode.outcome().is_none());
        let Some(mut episode) = found.or_else(|| self.begin()) else {
            return Ok(format!("nothing to do: {}", self.verdict()));
        };
        for _ in 0..2000 {
            self.persist(&episode)?;
            let inventory = self.cluster.inventory();
            let state = inventory.state(&self.namespace, &self.name, Some(self.cluster.now));
            let next = episode.next(&state.expect("the release is there"));
            self.persist(&episode)?;
            match next {
                Next::Write(write) => {
                    self.live()?;
                    let attempt = self.cluster.send(&write);
                    self.live()?;
                    episode.record(attempt, Some(self.cluster.now));
                }
                Next::Wait { seconds, .. } => self.cluster.pass(seconds.into()),
                Next::Done(outcome) => return Ok(sentence(&outcome)),
            }
        }
        panic!("it does not end: {episode:?}")
    }

    /// The verdict as things are.
    pub(crate) fn verdict(&self) -> String {
        let inventory = self.cluster.inventory();
        let state = inventory.state(&self.namespace, &self.name, Some(self.cluster.now));
        diagnose(&state.expect("the release is there"))
            .verdict
            .to_string()
    }

    fn begin(&self) -> Option<R> {
        let inventory = self.cluster.inventory();
        let state = inventory.state(&self.namespace, &self.name, Some(self.cluster.now))?;
        R::begin(&state, &self.cluster, self.runs)
    }

    /// Writing what is there already is no new place to die at.
    fn persist(&mut self, episode: &R) -> Result<(), Killed> {
        let journal = Some(serde_json::to_string(episode).expect("JSON"));
        if journal != self.journal {
            self.live()?;
            self.journal = journal;
        }
        Ok(())
    }

    fn live(&mut self) -> Result<(), Killed> {
        match &mut self.life {
            Some(0) => return Err(Killed),
            Some(left) => *left -= 1,
            None => {}
        }
        Ok(())
    }
}

fn sentence(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Healed => "healed".to_owned(),
        Outcome::Remains { verdict, message } => format!("remains {verdict}: {message}"),
        Outcome::Changed { message } => format!("changed: {message}"),
        Outcome::Refused { message } => format!("refused: {message}"),
    }
}
