//! One run over all releases: read, judge, count, check, repair, judge again.

use std::collections::BTreeMap;
use std::sync::Arc;

use boltrope::recovery::compat::{self, Assessment, Settings};
use boltrope::recovery::episode::Machine as _;
use boltrope::recovery::{Diagnosis, Episode, Limits, diagnose};

use super::announce::Announcer;
use super::clock::Clock;
use super::drive::{Driver, Ending};
use super::guard::{self, Guard, Intent, Needs};
use super::journal::{Entry, Journal, JournalError, full_name};
use super::metrics::Metrics;
use super::names::Names;
use super::reader::Reader;
use super::repair::Repair;
use super::view::{Key, View};
use super::writer::Writer;
use crate::command::{Failure, output};
use crate::server::Health;
use crate::stop::Stop;

/// Everything that a run needs.
#[derive(Debug)]
pub(crate) struct Rounds {
    pub(super) reader: Reader,
    pub(super) writer: Writer,
    pub(super) journal: Journal,
    pub(super) guard: Guard,
    /// openova's branches in place of the ladder.
    pub(super) compat: Option<Settings>,
    pub(super) names: Names,
    pub(super) clock: Clock,
    pub(super) metrics: Metrics,
    pub(super) health: Arc<Health>,
    pub(super) announcer: Announcer,
}

/// What a run is going to do.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(super) view: View,
    pub(super) diagnoses: Vec<Diagnosis>,
    /// What goes on or begins, in order.
    pub(super) intents: Vec<Intent>,
    /// What is not done, and why: name and reason.
    pub(super) left: Vec<(Key, String)>,
    /// The guardrail that holds.
    pub(super) held: Option<String>,
    /// Why openova's branches begin nothing; what was begun is finished all the same.
    pub(super) notice: Option<String>,
    /// Repairs of earlier runs.
    last: BTreeMap<Key, Entry>,
}

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Done {
    /// The verdicts at the end.
    pub(crate) diagnoses: Vec<Diagnosis>,
    pub(crate) endings: BTreeMap<Key, Ending>,
}

impl Rounds {
    /// Reads, judges, counts and checks. Writes nothing.
    pub(crate) async fn plan(&mut self) -> Result<Planned, Failure> {
        let now = self.clock.now();
        let view = self.reader.read(now).await?;
        let all: Vec<Diagnosis> = view.states(now).map(|state| diagnose(&state)).collect();
        self.metrics.set_verdicts(&all, now.unix());
        let diagnoses = self.names.chosen(all)?;
        let mut planned = Planned {
            view,
            diagnoses,
            intents: Vec::new(),
            left: Vec::new(),
            held: None,
            notice: None,
            last: BTreeMap::new(),
        };
        match self.compat {
            None => self.choose(&mut planned).await?,
            Some(settings) => self.choose_as_openova(&mut planned, settings).await?,
        }
        if !planned.intents.is_empty() {
            let in_secrets = matches!(self.journal, Journal::Secrets(_));
            let held = guard::held(
                self.limits(),
                &self.reader,
                &planned.view,
                &planned.intents,
                in_secrets,
            );
            planned.held = held.await?;
        }
        self.metrics
            .set_held(planned.held.is_some() || planned.notice.is_some());
        Ok(planned)
    }

    /// Carries out a plan that no guardrail holds.
    pub(crate) async fn act(&mut self, mut planned: Planned, stop: &Stop) -> Result<Done, Failure> {
        self.announce(&planned.view, &planned.diagnoses).await;
        let mut endings = BTreeMap::new();
        let mut entries = Vec::new();
        let intents = if planned.held.is_some() {
            Vec::new()
        } else {
            std::mem::take(&mut planned.intents)
        };
        for intent in intents {
            let last = planned.last.remove(&intent.key);
            match self.begin(&mut planned, &intent, last).await {
                Ok(Some(entry)) => entries.push(entry),
                Ok(None) => {
                    let message = "it is no longer as it was judged; the next run judges it anew".to_owned();
                    endings.insert(intent.key, Ending::Left(message));
                }
                Err(message) => {
                    output::warning(&format!("{}: {message}", full_name(&intent.key)));
                    endings.insert(intent.key, Ending::Left(message));
                }
            }
        }
        let driver = Driver {
            reader: &self.reader,
            writer: &self.writer,
            journal: &self.journal,
            clock: &self.clock,
            metrics: &self.metrics,
            health: &self.health,
            stop,
        };
        endings.extend(driver.drive(&mut planned.view, entries).await);
        let now = self.clock.now();
        let again = |found: Diagnosis| {
            let key = (found.namespace.clone(), found.name.clone());
            let state = planned
                .view
                .state(&key, now)
                .filter(|_| endings.contains_key(&key));
            state.map_or(found, |state| diagnose(&state))
        };
        let diagnoses: Vec<Diagnosis> = planned.diagnoses.into_iter().map(again).collect();
        self.announce(&planned.view, &diagnoses).await;
        Ok(Done { diagnoses, endings })
    }

    /// openova's branches count by themselves, because what was begun is finished in any case.
    fn limits(&self) -> Limits {
        match self.compat {
            None => self.guard.limits(),
            Some(_) => Limits {
                max: usize::MAX,
                ..self.guard.limits()
            },
        }
    }

    /// An Event that cannot be written is said here, and stops nothing.
    async fn announce(&mut self, view: &View, diagnoses: &[Diagnosis]) {
        let cluster = self.reader.cluster.clone();
        let said = self
            .announcer
            .announce(&cluster, view, diagnoses, &self.clock)
            .await;
        if let Err(error) = said {
            output::warning(&format!("Events cannot be written: {error}"));
        }
    }

    /// Who is to be repaired: whose plan has a step that is allowed, and what an earlier run did not finish.
    async fn choose(&self, planned: &mut Planned) -> Result<(), JournalError> {
        let now = self.clock.now();
        let diagnoses = std::mem::take(&mut planned.diagnoses);
        for found in &diagnoses {
            let key = (found.namespace.clone(), found.name.clone());
            let allowed = |needs: bool| self.guard.allow_deploy || !needs;
            let steps = &found.plan.steps;
            let acts = steps.iter().any(|step| allowed(step.needs_allow_deploy));
            if !acts && !found.verdict.is_stuck() {
                continue;
            }
            let Some(last) = self.last(planned, &key).await? else {
                continue;
            };
            let resumes = last.as_ref().is_some_and(|last| {
                matches!(last.repair, Repair::Ladder(_)) && last.repair.outcome().is_none()
            });
            let state = planned.view.state(&key, now);
            let is_cooling = last
                .as_ref()
                .zip(state)
                .is_some_and(|(last, state)| last.repair.is_cooling(&state, now, self.guard.cool_down));
            if is_cooling {
                let why = "a repair did not heal it a short while ago (--cool-down), and it is as it was"
                    .to_owned();
                planned.left.push((key, why));
                continue;
            }
            if let Some(last) = last {
                planned.last.insert(key.clone(), last);
            }
            if acts || resumes {
                let needs = if resumes { Needs::ALL } else { Needs::of(steps) };
                planned.intents.push(Intent { key, resumes, needs });
            } else if let Some(refusal) = found.plan.refusals.first() {
                planned.left.push((key, refusal.message.clone()));
            }
        }
        planned.diagnoses = diagnoses;
        Ok(())
    }

    async fn choose_as_openova(&self, planned: &mut Planned, settings: Settings) -> Result<(), JournalError> {
        let now = self.clock.now();
        let names = &planned.diagnoses;
        let is_chosen = |namespace: &str, name: &str| {
            names
                .iter()
                .any(|found| found.namespace == namespace && found.name == name)
        };
        let plan = compat::plan(planned.view.states(now), settings);
        let mut intents = Vec::new();
        planned.notice = plan.held.map(|held| held.to_string());
        for release in plan.releases {
            if !is_chosen(&release.namespace, &release.name) {
                continue;
            }
            let key = (release.namespace, release.name);
            match release.assessment {
                Assessment::NotStuck => {}
                Assessment::Leave(refusal) => planned.left.push((key, refusal.message)),
                Assessment::Act(branch) => {
                    let finishes = branch == compat::Branch::FinishToggle;
                    if finishes || plan.held.is_none() {
                        intents.push(key);
                    }
                }
            }
        }
        for key in intents {
            let Some(last) = self.last(planned, &key).await? else {
                continue;
            };
            let unfinished = last.as_ref().is_some_and(|last| {
                matches!(last.repair, Repair::Openova(_)) && last.repair.outcome().is_none()
            });
            if let Some(last) = last {
                planned.last.insert(key.clone(), last);
            }
            planned.intents.push(Intent {
                key,
                resumes: unfinished,
                needs: Needs::ALL,
            });
        }
        Ok(())
    }

    /// Goes on with what an earlier run left, or begins: judged anew, because time has passed since the list. `None` if
    /// there is nothing to do any more.
    async fn begin(
        &self,
        planned: &mut Planned,
        intent: &Intent,
        last: Option<Entry>,
    ) -> Result<Option<Entry>, String> {
        let key = &intent.key;
        if intent.resumes
            && let Some(last) = last
        {
            output::progress(&format!(
                "{}: goes on with the repair of an earlier run",
                full_name(key)
            ));
            return Ok(Some(last));
        }
        let read = self.reader.read_one(&mut planned.view, key).await;
        if !read.map_err(|error| error.to_string())? {
            return Ok(None);
        }
        let now = self.clock.now();
        let Some(state) = planned.view.state(key, now) else {
            return Ok(None);
        };
        let repair = match self.compat {
            Some(settings) => {
                compat::Episode::begin(&state, settings).map(|begun| Repair::Openova(Box::new(begun)))
            }
            None => {
                let found = diagnose(&state);
                let is_as_planned = planned.diagnoses.iter().any(|planned| {
                    (&planned.namespace, &planned.name) == (&key.0, &key.1)
                        && planned.verdict == found.verdict
                });
                let token = format!("{now}-boltrope");
                let begun = Episode::begin(&found, &state, &token, self.guard.allow_deploy);
                begun
                    .filter(|_| is_as_planned)
                    .map(|begun| Repair::Ladder(Box::new(begun)))
            }
        };
        let Some(repair) = repair else {
            return Ok(None);
        };
        let begun = self.journal.begin(last, repair, now).await;
        begun.map(Some).map_err(|error| error.to_string())
    }

    /// The last repair of a release. One that cannot be read keeps its release from being repaired, and no other.
    async fn last(&self, planned: &mut Planned, key: &Key) -> Result<Option<Option<Entry>>, JournalError> {
        match self.journal.load(key).await {
            Ok(last) => Ok(Some(last)),
            Err(error @ JournalError::Broken { .. }) => {
                planned.left.push((key.clone(), error.to_string()));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
