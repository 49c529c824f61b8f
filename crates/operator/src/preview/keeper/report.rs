//! What people get to know: Events and the status.

use boltrope::preview::Plan;

use super::super::announce::Condition;
use super::super::board::Board;
use super::{Done, Keeper};

impl Keeper {
    /// Says what has become of conditions.
    pub(super) fn announce(&mut self, plan: &Plan) {
        let mut conditions: Vec<Condition> = Condition::of_plan(plan);
        if let Some(problem) = &self.book.problem {
            conditions.extend(
                self.board
                    .place()
                    .map(|place| Condition::of_rules(place, problem)),
            );
        }
        let news = self.announcer.news(conditions);
        if !news.is_empty() {
            let cluster = self.cluster.clone();
            self.jobs.spawn(async move {
                Condition::emit(&cluster, news).await;
                Done::Announced
            });
        }
    }

    /// Writes the status, if it is another one.
    pub(super) fn post(&mut self) {
        let Some(plan) = self.plan.as_ref().filter(|_| self.world.is_decided()) else {
            return;
        };
        let failed = self.failed.iter();
        let status = self.board.status(
            plan,
            self.book.problem.as_deref(),
            self.world.waiting(),
            failed.map(|(key, why)| (key.clone(), why.clone())).collect(),
            &self.announcer,
        );
        if let Some((text, place)) = self.board.is_due(status) {
            let cluster = self.cluster.clone();
            self.jobs.spawn(async move {
                let result = Board::write(&cluster, &place, &text).await;
                Done::Posted(text, result)
            });
        }
    }
}
