//! The queue, which is the last plan, and what comes of it.

use std::sync::Arc;

use boltrope::preview::Plan;
use tokio::time::Instant;

use super::super::stream::first_line;
use super::super::world::Key;
use super::super::writer::{Answer, Task};
use super::{Done, HEARING, Keeper, MAX_TRIES};
use crate::command::{Exit, Failure, output};

impl Keeper {
    /// The plan becomes the queue: first what goes, then what comes, and Services before what leads to them.
    pub(super) fn enqueue(&mut self, plan: &Plan) {
        let released = plan.released.iter().cloned().map(Task::Release);
        let deleted = plan.delete.iter().cloned().map(Task::Delete);
        let is_service = |task: &Task| matches!(task, Task::Apply(apply) if apply.object.get("kind") == Some(&"Service".into()));
        let applied = plan
            .apply
            .iter()
            .cloned()
            .map(|apply| Task::Apply(Box::new(apply)));
        let (services, routes): (Vec<Task>, Vec<Task>) = applied.partition(is_service);
        self.queue = released.chain(deleted).chain(services).chain(routes).collect();
        self.wanted = self.queue.iter().map(Task::key).collect();
        self.failed.retain(|key, _| self.wanted.contains(key));
        if !plan.is_done() {
            let [apply, delete, release] = [plan.apply.len(), plan.delete.len(), plan.released.len()];
            let line = format!(
                "plan: {apply} to write, {delete} to delete, {release} to let go, {} in step",
                plan.in_step
            );
            // What fails is planned again and again.
            if self.said != line {
                output::progress(&line);
                self.said = line;
            }
        } else {
            self.said.clear();
        }
    }

    /// Begins as many writes as may be under way.
    pub(super) fn fill(&mut self) {
        let now = Instant::now();
        while self.writing < self.options.parallel {
            let Some(task) = self.queue.pop_front() else {
                return;
            };
            let key = task.key();
            if self.busy.contains(&key) {
                // The plan has not seen what is being written; the next one will.
                self.touch();
                continue;
            }
            if let Some(due) = self.pace.due(&key).filter(|due| *due > now) {
                self.wake_at(Some(due));
                continue;
            }
            self.busy.insert(key);
            self.writing += 1;
            let (cluster, served) = (self.cluster.clone(), Arc::clone(&self.served));
            self.jobs.spawn(async move {
                let answer = task.run(&cluster, &served).await;
                Done::Wrote(task, answer)
            });
        }
    }

    /// What has come of a write.
    pub(super) fn take_answer(&mut self, task: &Task, answer: Answer) {
        let key = task.key();
        self.busy.remove(&key);
        self.writing = self.writing.saturating_sub(1);
        self.wrote = true;
        let result = match answer {
            Answer::Written(object) => {
                self.world.learn(object);
                "ok"
            }
            Answer::Gone => {
                self.world.forget(&key);
                "ok"
            }
            Answer::Overtaken(found) => {
                match found {
                    Some(object) => self.world.learn(object),
                    None => self.world.forget(&key),
                };
                "overtaken"
            }
            Answer::Failed(error) => {
                let why = first_line(&error);
                let name = format!("{} {}/{}", key.1, key.2, key.3);
                if self.failed.get(&key) != Some(&why) {
                    output::warning(&format!("cannot {} {name}: {why}", task.verb()));
                }
                self.failed.insert(key.clone(), why);
                "failed"
            }
        };
        self.metrics.count_write(&key.1, task.verb(), result);
        self.pace.note(&key, result == "ok");
        if result != "failed" {
            self.failed.remove(&key);
        }
        if result != "ok" {
            self.wake_at(self.pace.due(&key));
        } else if matches!(task, Task::Delete(_) | Task::Release(_)) {
            let (verb, reason) = (task.verb(), task.reason());
            output::progress(&format!("{verb} {} {}/{}: {reason}", key.1, key.2, key.3));
        }
        if self.writing == 0 && self.queue.is_empty() {
            // What was written is compared once more.
            self.touch();
        }
    }

    pub(super) fn wake_at(&mut self, due: Option<Instant>) {
        let Some(due) = due else { return };
        self.wake = Some(self.wake.map_or(due, |wake| wake.min(due)));
    }

    /// With `once`, whether there is nothing more to do, and how it ended.
    pub(super) fn finished(&self) -> Option<Result<Exit, Failure>> {
        if !self.options.once || self.writing > 0 || !self.queue.is_empty() || !self.world.is_decided() {
            return None;
        }
        let plan = self.plan.as_ref()?;
        // A feed that is broken may come back.
        if !self.world.is_complete() && self.began.elapsed() < HEARING * 2 {
            return None;
        }
        let is_given_up = |key: &Key| self.pace.tries(key) >= MAX_TRIES;
        let is_over = match plan.is_done() {
            true => self.dirty.is_none(),
            false => !self.wrote && self.wanted.iter().all(is_given_up),
        };
        is_over.then(|| self.ending(plan))
    }

    /// How a single run ends, and what it has waited for in vain.
    fn ending(&self, plan: &Plan) -> Result<Exit, Failure> {
        for waiting in self.world.waiting() {
            output::warning(&waiting);
        }
        if let Some(why) = self.world.unheard() {
            return Err(Failure::Unreadable(why));
        }
        let is_waiting = !self.world.is_complete() || plan.rules.iter().any(|rule| rule.waiting.is_some());
        Ok(match plan.is_done() && !is_waiting {
            true => Exit::Clean,
            false => Exit::Remains,
        })
    }
}
