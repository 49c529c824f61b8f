//! How an episode moves: whether each step still fits the object, and what is written if it does.

use super::{Episode, Phase, READY, Step};
use crate::recovery::compat::{Assessment, Branch, marks, steps, trigger};
use crate::recovery::diagnose::{Facts, diagnose_facts};
use crate::recovery::episode::{Next, Outcome};
use crate::recovery::plan::Refusal;
use crate::recovery::verdict::Verdict;

/// The script's `sleep 5`.
const PAUSE: i64 = 5;
/// How long a state must hold after the last write before it counts as final, in seconds.
const SETTLE: i64 = 30;
/// What the controller gets beyond the timeouts of the release, in seconds.
const PATIENCE: i64 = 120;
impl Episode {
    pub(super) fn advance(&mut self, facts: &Facts<'_>) -> Next {
        if facts.object.text("/metadata/uid").unwrap_or_default() != self.key.uid {
            return changed("the HelmRelease was deleted and made anew");
        }
        if self.phase == Phase::Writing {
            self.settle_write(facts);
        }
        // A write that is found made ends its step, and rolling back may end at once: each turn is another step.
        loop {
            let next = match self.step {
                Step::Suspend => self.suspend(facts),
                Step::Resume => self.resume(facts),
                Step::Mark => self.mark(facts),
                Step::Correct => self.correct(facts),
                Step::Unmark => self.unmark(facts),
                Step::Verify => Some(self.verify(facts)),
            };
            if let Some(next) = next {
                return next;
            }
        }
    }

    /// A write without an answer: the object itself says whether it was made.
    fn settle_write(&mut self, facts: &Facts<'_>) {
        let release = facts.object.value();
        let Some(saved) = self.saved.last_mut() else {
            self.phase = READY;
            return;
        };
        if !saved.write.holds(release) {
            self.saved.pop();
            self.phase = READY;
            return;
        }
        let version = facts.object.text("/metadata/resourceVersion").map(str::to_owned);
        saved.left_at = version.filter(|_| saved.write.left(saved.before.object(), release));
        self.written(facts.state.now);
    }

    fn suspend(&mut self, facts: &Facts<'_>) -> Option<Next> {
        match self.judged(facts) {
            Assessment::Act(Branch::Toggle) => Some(self.give(steps::suspend(facts), facts)),
            // Died after the write and before anybody could note it.
            Assessment::Act(Branch::FinishToggle) => {
                self.step = Step::Resume;
                None
            }
            other => Some(Next::Done(self.overtaken(facts, &other))),
        }
    }

    fn resume(&mut self, facts: &Facts<'_>) -> Option<Next> {
        if let Phase::Ready { since: Some(since) } = self.phase
            && let Some(now) = facts.state.now
        {
            let left = PAUSE - now.seconds_since(since);
            if (1..=PAUSE).contains(&left) {
                return Some(wait(left, "it is suspended; the controller takes note"));
            }
        }
        let is_marked = facts.object.annotation(marks::SUSPENDED_FOR).is_some();
        if facts.is_suspended() && !marks::is_suspended_by_us(facts) {
            return Some(changed(
                "somebody else suspended the HelmRelease meanwhile; it stays suspended",
            ));
        }
        if !is_marked {
            self.written(facts.state.now);
            return None;
        }
        Some(self.give(steps::resume(facts), facts))
    }

    fn mark(&mut self, facts: &Facts<'_>) -> Option<Next> {
        match (self.judged(facts), facts.state.now) {
            (Assessment::Act(Branch::Correct), Some(now)) => Some(self.give(steps::mark(facts, now), facts)),
            (other, _) => Some(Next::Done(self.overtaken(facts, &other))),
        }
    }

    fn correct(&mut self, facts: &Facts<'_>) -> Option<Next> {
        if steps::is_corrected(facts.object.value()) {
            self.written(facts.state.now);
            return None;
        }
        let standing = self.hindered(facts);
        let write = facts.state.now.and_then(|now| steps::correct(facts, now));
        match (standing, write) {
            (None, Some(write)) => Some(self.give(write, facts)),
            (standing, _) => {
                let ending = self.overtaken(facts, &standing.unwrap_or(Assessment::NotStuck));
                self.roll_back(ending);
                None
            }
        }
    }

    /// The annotation says "corrected", so it goes if that did not come true.
    fn unmark(&mut self, facts: &Facts<'_>) -> Option<Next> {
        if steps::is_corrected(facts.object.value()) {
            self.step = Step::Verify;
            return None;
        }
        let busy = facts.reconciling.is_some_and(|reconciling| reconciling.is_true());
        let write = self.saved.first().and_then(|marked| steps::unmark(facts, marked));
        match write.filter(|_| !busy && !facts.object.is_deleting()) {
            Some(write) => Some(self.give(write, facts)),
            None => Some(Next::Done(self.ending(facts))),
        }
    }

    fn verify(&mut self, facts: &Facts<'_>) -> Next {
        let diagnosis = diagnose_facts(facts);
        let since = match self.phase {
            Phase::Ready { since } => since,
            Phase::Writing => None,
        };
        if diagnosis.verdict == Verdict::Healthy {
            return Next::Done(Outcome::Healed);
        }
        if facts.object.is_deleting() || facts.is_suspended() {
            return changed(&diagnosis.summary);
        }
        let waited = facts
            .state
            .now
            .zip(since)
            .map_or(i64::MAX, |(now, since)| now.seconds_since(since));
        let busy = facts.reconciling.is_some_and(|reconciling| reconciling.is_true());
        let patience = if busy {
            2 * (facts.longest_timeout() + PATIENCE)
        } else {
            SETTLE
        };
        if waited < patience {
            return wait(PAUSE, "the controller looks at it");
        }
        Next::Done(Outcome::Remains {
            verdict: diagnosis.verdict.as_str().to_owned(),
            message: format!("{} did not heal it: {}", self.branch.as_str(), diagnosis.summary),
        })
    }

    /// The assessment, as long as the release has the generation that the episode is about.
    fn judged(&self, facts: &Facts<'_>) -> Assessment {
        match self.other_generation(facts) {
            Some(changed) => changed,
            None => trigger::assess_facts(facts, self.settings),
        }
    }

    fn hindered(&self, facts: &Facts<'_>) -> Option<Assessment> {
        self.other_generation(facts)
            .or_else(|| trigger::hindered(facts, self.settings))
    }

    fn other_generation(&self, facts: &Facts<'_>) -> Option<Assessment> {
        let shape = marks::Shape::of(facts);
        let ours = marks::is_suspended_by_us(facts);
        (shape.generation != self.key.generation && !ours).then(|| {
            Assessment::Leave(Refusal {
                code: "changed".to_owned(),
                message: "somebody changed the spec of the HelmRelease".to_owned(),
            })
        })
    }

    /// What became of a release that the branch does not fit any more.
    fn overtaken(&self, facts: &Facts<'_>, assessment: &Assessment) -> Outcome {
        let diagnosis = diagnose_facts(facts);
        if diagnosis.verdict == Verdict::Healthy {
            return Outcome::Healed;
        }
        let message = match assessment {
            Assessment::Leave(refusal) => refusal.message.clone(),
            Assessment::Act(branch) => format!("it wants another branch now: {}", branch.as_str()),
            Assessment::NotStuck => format!("it is {} now: {}", diagnosis.verdict, diagnosis.summary),
        };
        Outcome::Changed { message }
    }

    fn ending(&mut self, facts: &Facts<'_>) -> Outcome {
        self.ending
            .take()
            .unwrap_or_else(|| self.overtaken(facts, &Assessment::NotStuck))
    }
}

fn changed(message: &str) -> Next {
    Next::Done(Outcome::Changed {
        message: message.to_owned(),
    })
}

fn wait(seconds: i64, why: &str) -> Next {
    Next::Wait {
        seconds: u32::try_from(seconds).unwrap_or(1),
        why: why.to_owned(),
    }
}
