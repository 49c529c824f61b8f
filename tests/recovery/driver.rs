//! A driver as the operator's will be: it reads, persists, writes, waits. It can be killed before any of them.

use boltrope::recovery::episode::{Next, Outcome};
use boltrope::recovery::{Episode, diagnose};

use crate::cluster::Cluster;

/// The process is gone.
#[derive(Debug)]
pub(crate) struct Killed;

pub(crate) struct Driver {
    pub(crate) cluster: Cluster,
    /// What is on the disk.
    pub(crate) journal: Option<String>,
    /// After how many operations the process dies.
    pub(crate) life: Option<usize>,
    runs: usize,
    namespace: String,
    name: String,
}

impl Driver {
    pub(crate) fn new(cluster: Cluster, namespace: &str, name: &str) -> Self {
        Self {
            cluster,
            journal: None,
            life: None,
            runs: 0,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    /// The episode on the disk.
    pub(crate) fn episode(&self) -> Option<Episode> {
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

    fn begin(&self) -> Option<Episode> {
        let inventory = self.cluster.inventory();
        let state = inventory.state(&self.namespace, &self.name, Some(self.cluster.now))?;
        let token = format!("boltrope-{}", self.runs);
        Episode::begin(&diagnose(&state), &state, &token, self.cluster.allow_deploy)
    }

    /// Writing what is there already is no new place to die at.
    fn persist(&mut self, episode: &Episode) -> Result<(), Killed> {
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
