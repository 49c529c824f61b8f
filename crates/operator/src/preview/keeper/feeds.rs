//! Which feeds there are: they follow the rules, and the kinds that the cluster serves.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::time::Instant;

use super::super::feed::Feed;
use super::super::served::Served;
use super::super::stream::{Stream, Trouble};
use super::{DISCOVER, Keeper, LOOK};
use crate::cluster::CallError;

impl Keeper {
    /// Begins what feeds are missing, ends those that nobody needs any more.
    pub(super) fn feed(&mut self) {
        let rules = Arc::clone(&self.book.rules);
        let only = self.options.only.as_ref().map(|only| {
            let sources = rules.sources().into_iter().map(str::to_owned);
            only.iter().cloned().chain(sources).collect::<BTreeSet<_>>()
        });
        let mut wanted = Feed::wanted(&rules, &self.served, only.as_ref());
        self.world.set_only(only);
        let mut stale = Vec::new();
        for (id, feed) in self.world.feeds() {
            match wanted.iter().position(|wanted| wanted == feed) {
                Some(position) => {
                    wanted.swap_remove(position);
                }
                None => stale.push(id),
            }
        }
        for id in stale {
            self.world.drop_feed(id);
            if let Some(handle) = self.handles.remove(&id) {
                handle.abort();
            }
        }
        self.health_of_streams(&wanted);
        for feed in wanted {
            self.next_id += 1;
            let id = self.next_id;
            self.world.add_feed(id, feed.clone());
            let stream = Stream {
                id,
                feed,
                cluster: self.cluster.clone(),
                patience: self.options.patience,
                health: Arc::clone(&self.health),
                metrics: self.metrics.clone(),
                out: self.out.clone(),
            };
            self.handles.insert(id, self.streams.spawn(stream.run()));
            self.began = Instant::now();
        }
        self.touch();
    }

    /// A stream that was aborted cannot say that it has ended.
    fn health_of_streams(&self, fresh: &[Feed]) {
        let names: BTreeSet<String> = self.world.feeds().map(|(_, feed)| feed.name()).collect();
        let fresh: BTreeSet<String> = fresh.iter().map(Feed::name).collect();
        for name in self.health.parts() {
            if !names.contains(&name) && !fresh.contains(&name) {
                self.health.forget(&name);
                self.metrics.forget_watch(&name);
            }
        }
    }

    /// Which kinds are served. One that seems to have gone must have gone twice: right after its start, an API server may not
    /// have read all definitions yet.
    pub(super) fn take_served(&mut self, found: Result<Served, CallError>) {
        self.is_discovering = false;
        self.due.discover = Instant::now() + DISCOVER;
        let found = match found {
            Ok(found) => found.only(self.options.kinds.as_ref()),
            Err(error) => {
                if !self.is_discovered {
                    self.world.set_discovered(Some(Trouble::of(&error)));
                    self.due.discover = Instant::now() + LOOK;
                }
                return;
            }
        };
        self.is_discovered = true;
        self.world.set_discovered(None);
        if found == *self.served {
            self.doubted = None;
            return;
        }
        if !self.served.is_within(&found) && self.doubted.as_ref() != Some(&found) {
            self.doubted = Some(found);
            self.due.discover = Instant::now() + LOOK;
            return;
        }
        self.doubted = None;
        self.served = Arc::new(found);
        self.feed();
    }
}
