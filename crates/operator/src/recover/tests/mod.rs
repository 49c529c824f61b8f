//! The driver against an API server in memory, with time that the tests move: every state, every fault, every moment to die.

mod api;
mod compat;
mod controller;
mod faults;
mod guardrails;
mod journal;
mod lease;
mod scene;
mod secrecy;

use boltrope::recovery::episode::Outcome;

use self::api::Api;
use crate::recover::clock::Clock;
use crate::recover::drive::Ending;
use crate::recover::round::{Done, Rounds};
use crate::stop;

/// One run, to its end.
async fn run(rounds: &mut Rounds) -> Done {
    let (_stopper, stop) = stop::channel();
    let planned = rounds.plan().await.unwrap();
    assert_eq!(planned.held, None);
    rounds.act(planned, &stop).await.unwrap()
}

/// A new process, one run; how it ended for `shop/web`.
async fn one_run(api: &Api, clock: &Clock) -> Option<Ending> {
    let mut done = run(&mut scene::rounds(api, clock).await).await;
    done.endings.remove(&("shop".to_owned(), "web".to_owned()))
}

fn is_healed(ending: Option<&Ending>) -> bool {
    ending == Some(&Ending::Over(Outcome::Healed))
}
