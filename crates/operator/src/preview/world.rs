//! The picture of the cluster, put together from all feeds and from what our own writes answered.
//!
//! Of two versions of an object the newer one counts, whoever brought it: what a write answered is known before its watch
//! says so, and a watch that lags behind changes nothing back.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use boltrope::preview::{Kind, Snapshot, State};
use serde_json::{Value, json};

use super::feed::Feed;
use super::pace::Id;
use super::stream::{Change, Trouble, What};

const UNREAD: &str = "it has not been read yet";

/// Group, kind, namespace and name.
pub(super) type Key = (String, String, String, String);

/// All that is known.
#[derive(Debug)]
pub(super) struct World {
    pub(super) snapshot: Snapshot,
    feeds: BTreeMap<Id, Known>,
    seen: BTreeMap<Key, Seen>,
    /// The only namespaces that count, if not all do.
    only: Option<BTreeSet<String>>,
    /// Whether it is known which kinds there are.
    discovery: Progress,
}

#[derive(Debug)]
struct Known {
    feed: Feed,
    progress: Progress,
    /// What the list that is under way has named so far.
    listing: Option<BTreeSet<Key>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Progress {
    Reading,
    Complete,
    Broken(Trouble),
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    version: u64,
    /// The feed that says so.
    from: Id,
    /// A hash of what the plan may depend on.
    print: u64,
}

impl World {
    /// Nothing is known.
    pub(super) fn new() -> Self {
        let mut world = Self {
            snapshot: Snapshot::new(),
            feeds: BTreeMap::new(),
            seen: BTreeMap::new(),
            only: None,
            discovery: Progress::Reading,
        };
        world.judge();
        world
    }

    /// Which kinds there are is known, or why not.
    pub(super) fn set_discovered(&mut self, problem: Option<Trouble>) {
        self.discovery = problem.map_or(Progress::Complete, Progress::Broken);
        self.judge();
    }

    /// Only these namespaces count.
    pub(super) fn set_only(&mut self, only: Option<BTreeSet<String>>) {
        self.only = only;
    }

    /// A feed begins.
    pub(super) fn add_feed(&mut self, id: Id, feed: Feed) {
        self.feeds.insert(
            id,
            Known {
                feed,
                progress: Progress::Reading,
                listing: None,
            },
        );
        self.judge();
    }

    /// A feed has ended, and what only it knew is not known any more.
    pub(super) fn drop_feed(&mut self, id: Id) {
        self.feeds.remove(&id);
        let gone: Vec<Key> = self.of_feed(id).map(|(key, _)| key.clone()).collect();
        gone.iter().for_each(|key| self.remove(key));
        self.judge();
    }

    /// The feeds that there are.
    pub(super) fn feeds(&self) -> impl Iterator<Item = (Id, &Feed)> {
        self.feeds.iter().map(|(id, known)| (*id, &known.feed))
    }

    /// Whether every feed has listed, or said why it cannot.
    pub(super) fn is_decided(&self) -> bool {
        let feeds = self.feeds.values().map(|known| &known.progress);
        feeds
            .chain([&self.discovery])
            .all(|progress| *progress != Progress::Reading)
    }

    /// Whether every feed has listed.
    pub(super) fn is_complete(&self) -> bool {
        let feeds = self.feeds.values().map(|known| &known.progress);
        feeds
            .chain([&self.discovery])
            .all(|progress| *progress == Progress::Complete)
    }

    /// What is waited for.
    pub(super) fn waiting(&self) -> Vec<String> {
        self.waiting_for(|_| true).collect()
    }

    /// What the API server was asked for and has not answered. A right that is missing is an answer.
    pub(super) fn unheard(&self) -> Option<String> {
        self.waiting_for(|trouble| trouble.is_some_and(|trouble| !trouble.is_forbidden))
            .next()
    }

    fn waiting_for(&self, is_asked: fn(Option<&Trouble>) -> bool) -> impl Iterator<Item = String> {
        let discovery = ("kinds that the API server serves".to_owned(), &self.discovery);
        let feeds = self
            .feeds
            .values()
            .map(|known| (known.feed.name(), &known.progress));
        let all = std::iter::once(discovery).chain(feeds);
        all.filter_map(move |(name, progress)| match progress {
            Progress::Complete => None,
            Progress::Reading => is_asked(None).then(|| format!("{name}: {UNREAD}")),
            Progress::Broken(trouble) => is_asked(Some(trouble)).then(|| format!("{name}: {}", trouble.why)),
        })
    }

    /// Takes a change in; `true` if a plan may be another one now. What is being written changes, and is compared when that is
    /// done: no plan is made for it.
    pub(super) fn take(&mut self, change: Change, writing: &BTreeSet<Key>) -> bool {
        let id = change.feed;
        if !self.feeds.contains_key(&id) {
            return false;
        }
        match change.what {
            What::Begun => self.set_listing(id, Some(BTreeSet::new())),
            What::There(objects) => {
                let mut changed = false;
                for object in objects {
                    let is_expected =
                        !writing.is_empty() && key_of(&object).is_some_and(|key| writing.contains(&key));
                    changed |= self.put(id, object) && !is_expected;
                }
                return changed;
            }
            What::Gone(object) => return self.gone(id, &object),
            What::Listed(version) => return self.sweep(id, number(&version)),
            What::Broken(trouble) => {
                self.set_listing(id, None);
                return self.set_progress(id, Progress::Broken(trouble));
            }
        }
        false
    }

    /// What a write or a single read has answered.
    pub(super) fn learn(&mut self, mut object: Value) -> bool {
        let Some(id) = self.covering(&object) else {
            return false;
        };
        if let Some(known) = self.feeds.get(&id) {
            known.feed.prune(&mut object);
        }
        let listed = self.feeds.get_mut(&id).and_then(|known| known.listing.take());
        let changed = self.put(id, object);
        // A list that is under way was asked for before; what it does not name may still be newer than it.
        self.set_listing(id, listed);
        changed
    }

    /// An object that a write has found to be gone.
    pub(super) fn forget(&mut self, key: &Key) -> bool {
        let was = self.seen.contains_key(key);
        self.remove(key);
        was
    }

    fn covering(&self, object: &Value) -> Option<Id> {
        let (group, kind) = group_and_kind(object);
        let found = self.feeds.iter().find(|(_, known)| {
            (known.feed.row.group, known.feed.row.name) == (group, kind) && known.feed.covers(object)
        });
        found.map(|(id, _)| *id)
    }

    fn put(&mut self, id: Id, object: Value) -> bool {
        let Some(key) = key_of(&object) else { return false };
        let Some(known) = self.feeds.get_mut(&id) else {
            return false;
        };
        let is_namespace = known.feed.row.kind == Kind::Namespace;
        if let Some(listing) = &mut known.listing {
            listing.insert(key.clone());
        }
        if is_namespace && self.only.as_ref().is_some_and(|only| !only.contains(&key.3)) {
            return false;
        }
        let version = version_of(&object);
        let print = print(&object);
        let before = self.seen.get(&key);
        if before.is_some_and(|before| version < before.version) {
            return false;
        }
        let changed = before.is_none_or(|before| before.print != print);
        self.snapshot.put(object);
        self.seen.insert(
            key,
            Seen {
                version,
                from: id,
                print,
            },
        );
        changed
    }

    fn gone(&mut self, id: Id, object: &Value) -> bool {
        let Some(key) = key_of(object) else { return false };
        let version = version_of(object);
        let Some(seen) = self.seen.get(&key) else {
            return false;
        };
        // It may have gone over to another feed, which was faster; or a newer one of its name was made.
        let is_older = if seen.from == id {
            seen.version > version
        } else {
            seen.version >= version
        };
        if is_older {
            return false;
        }
        self.remove(&key);
        true
    }

    /// The end of a list: what it has not named is gone, unless it was made after it.
    fn sweep(&mut self, id: Id, version: u64) -> bool {
        let listing = self.feeds.get_mut(&id).and_then(|known| known.listing.take());
        let listing = listing.unwrap_or_default();
        let gone: Vec<Key> = self
            .of_feed(id)
            .filter(|(key, seen)| !listing.contains(*key) && seen.version <= version)
            .map(|(key, _)| key.clone())
            .collect();
        gone.iter().for_each(|key| self.remove(key));
        self.set_progress(id, Progress::Complete) || !gone.is_empty()
    }

    fn of_feed(&self, id: Id) -> impl Iterator<Item = (&Key, &Seen)> {
        self.seen.iter().filter(move |(_, seen)| seen.from == id)
    }

    fn remove(&mut self, key: &Key) {
        self.seen.remove(key);
        let (group, kind, namespace, name) = key;
        // The planner asks for the group, whatever the version.
        let api_version = if group.is_empty() {
            "v1".to_owned()
        } else {
            format!("{group}/v1")
        };
        let namespace = Some(namespace).filter(|namespace| !namespace.is_empty());
        let metadata = json!({"name": name, "namespace": namespace});
        self.snapshot
            .remove(&json!({"apiVersion": api_version, "kind": kind, "metadata": metadata}));
    }

    fn set_listing(&mut self, id: Id, listing: Option<BTreeSet<Key>>) {
        if let Some(known) = self.feeds.get_mut(&id) {
            known.listing = listing;
        }
    }

    fn set_progress(&mut self, id: Id, progress: Progress) -> bool {
        let Some(known) = self.feeds.get_mut(&id) else {
            return false;
        };
        if known.progress == progress {
            return false;
        }
        known.progress = progress;
        self.judge();
        true
    }

    /// Says of every kind how much of it is known.
    fn judge(&mut self) {
        for kind in Kind::ALL {
            let mut state = match &self.discovery {
                Progress::Complete => State::Absent,
                Progress::Reading => State::Unavailable(UNREAD.to_owned()),
                Progress::Broken(trouble) => State::Unavailable(trouble.why.clone()),
            };
            for known in self.feeds.values().filter(|known| known.feed.row.kind == kind) {
                state = match &known.progress {
                    Progress::Complete => State::Complete,
                    Progress::Reading => State::Unavailable(UNREAD.to_owned()),
                    Progress::Broken(trouble) => {
                        State::Unavailable(format!("{}: {}", known.feed.name(), trouble.why))
                    }
                };
                if state != State::Complete {
                    break;
                }
            }
            self.snapshot.set_state(kind, state);
        }
        // Container ports come from EndpointSlices here.
        self.snapshot.set_state(Kind::Workload, State::Absent);
    }
}

/// The key of an object.
pub(super) fn key_of(object: &Value) -> Option<Key> {
    let (group, kind) = group_and_kind(object);
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    Some((
        group.to_owned(),
        kind.to_owned(),
        text("/metadata/namespace").unwrap_or_default().to_owned(),
        text("/metadata/name")?.to_owned(),
    ))
}

fn group_and_kind(object: &Value) -> (&str, &str) {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    (group_of(text("apiVersion")), text("kind"))
}

/// The group in an `apiVersion`.
pub(super) fn group_of(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// Versions of objects are numbers that grow.
fn version_of(object: &Value) -> u64 {
    let version = object
        .pointer("/metadata/resourceVersion")
        .and_then(Value::as_str);
    version.map_or(0, number)
}

fn number(version: &str) -> u64 {
    version.parse().unwrap_or(0)
}

/// A hash of an object without what changes by itself.
fn print(object: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    for (key, value) in object.as_object().into_iter().flatten() {
        key.hash(&mut hasher);
        if key != "metadata" {
            value.hash(&mut hasher);
            continue;
        }
        for (key, value) in value.as_object().into_iter().flatten() {
            match key.as_str() {
                "resourceVersion" | "generation" => {}
                "managedFields" => managers(value, &mut hasher),
                _ => (key, value).hash(&mut hasher),
            }
        }
    }
    hasher.finish()
}

/// Who manages what, without when, and without the status.
fn managers(entries: &Value, hasher: &mut DefaultHasher) {
    let entries = entries.as_array().into_iter().flatten();
    for entry in entries.filter(|entry| entry.get("subresource").is_none()) {
        for key in ["manager", "operation", "fieldsV1"] {
            entry.get(key).hash(hasher);
        }
    }
}

#[cfg(test)]
mod tests {
    use boltrope::preview::Rules;
    use boltrope::rules::RuleSet;
    use boltrope::transforms::TRANSFORMS;

    use super::super::served::Served;
    use super::*;

    fn service(namespace: &str, version: u32, label: bool) -> Value {
        let mut service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {
            "name": "api", "namespace": namespace, "resourceVersion": version.to_string(),
        }});
        if label {
            service["metadata"]["labels"] = json!({"boltrope.dev/origin": "0"});
        }
        service
    }

    /// A world of three feeds of Services: 1 the source, 2 copies, 3 others.
    fn world() -> World {
        let spec = json!({"rules": [{"name": "previews", "preview": {
            "source": "base", "namespaces": {"include": ["feature-*"]},
        }}]});
        let rules = Rules::of(&RuleSet::from_spec(&spec, TRANSFORMS).unwrap());
        let mut world = World::new();
        world.set_discovered(None);
        let feeds = Feed::wanted(&rules, &Served::built_in(), None).into_iter();
        let services = feeds.filter(|feed| feed.row.kind == Kind::Service);
        for (id, feed) in (1..).zip(services) {
            world.add_feed(id, feed);
        }
        world
    }

    fn take(world: &mut World, feed: Id, what: What) -> bool {
        world.take(Change { feed, what }, &BTreeSet::new())
    }

    #[test]
    fn a_kind_is_known_when_all_its_feeds_are() {
        let mut world = world();
        for feed in [1, 2, 3] {
            let missing = matches!(world.snapshot.state(Kind::Service), State::Unavailable(_));
            assert!(missing && !world.is_complete());
            take(&mut world, feed, What::Begun);
            take(&mut world, feed, What::Listed("7".to_owned()));
        }
        assert_eq!(world.snapshot.state(Kind::Service), State::Complete);
        let trouble = |is_forbidden| {
            What::Broken(Trouble {
                why: "not allowed".to_owned(),
                is_forbidden,
            })
        };
        take(&mut world, 2, trouble(true));
        assert_eq!(world.unheard(), None, "a right that is missing is an answer");
        let state = world.snapshot.state(Kind::Service);
        assert!(matches!(state, State::Unavailable(why) if why.ends_with("(copies): not allowed")));
        assert!(!world.is_complete() && world.is_decided());
        take(&mut world, 2, trouble(false));
        assert!(world.unheard().is_some_and(|why| why.contains("(copies)")));
    }

    #[test]
    fn a_list_sweeps_what_it_does_not_name_but_not_what_is_newer() {
        let mut world = world();
        take(
            &mut world,
            3,
            What::There(vec![
                service("feature-x", 5, false),
                service("feature-y", 9, false),
            ]),
        );
        take(&mut world, 3, What::Begun);
        take(&mut world, 3, What::Listed("7".to_owned()));
        assert_eq!(world.snapshot.count(Kind::Service), 1);
        take(&mut world, 3, What::Begun);
        take(&mut world, 3, What::Listed("10".to_owned()));
        assert_eq!(world.snapshot.count(Kind::Service), 0);
    }

    #[test]
    fn an_object_that_changes_feeds_is_never_lost_whoever_is_faster() {
        for faster in [2, 3] {
            let mut world = world();
            take(&mut world, 3, What::There(vec![service("feature-x", 5, false)]));
            let mut steps = [
                (2, What::There(vec![service("feature-x", 6, true)])),
                (3, What::Gone(service("feature-x", 6, true))),
            ];
            if faster == 3 {
                steps.reverse();
            }
            for (feed, what) in steps {
                take(&mut world, feed, what);
            }
            assert_eq!(world.snapshot.count(Kind::Service), 1, "{faster}");
            take(&mut world, 2, What::Gone(service("feature-x", 8, true)));
            assert_eq!(world.snapshot.count(Kind::Service), 0, "{faster}");
        }
    }

    #[test]
    fn a_watch_that_lags_behind_changes_nothing_back() {
        let mut world = world();
        assert!(world.learn(service("feature-x", 6, true)));
        assert!(!take(
            &mut world,
            2,
            What::There(vec![service("feature-x", 5, true)])
        ));
        assert!(!take(
            &mut world,
            2,
            What::There(vec![service("feature-x", 6, true)])
        ));
        assert!(!take(&mut world, 2, What::Gone(service("feature-x", 4, true))));
        assert_eq!(world.snapshot.count(Kind::Service), 1);
    }

    #[test]
    fn what_is_being_written_is_known_at_once_and_planned_on_later() {
        let mut world = world();
        let change = |version| Change {
            feed: 2,
            what: What::There(vec![service("feature-x", version, true)]),
        };
        let key = key_of(&service("feature-x", 6, true)).unwrap();
        let other = key_of(&service("feature-y", 6, true)).unwrap();
        assert!(!world.take(change(6), &BTreeSet::from([key])));
        assert_eq!(world.snapshot.count(Kind::Service), 1);
        world.forget(&key_of(&service("feature-x", 6, true)).unwrap());
        assert!(world.take(change(7), &BTreeSet::from([other])));
    }

    #[test]
    fn a_change_of_status_or_of_versions_is_no_change() {
        let mut world = world();
        let mut object = service("feature-x", 6, true);
        object["metadata"]["managedFields"] =
            json!([{"manager": "boltrope", "operation": "Apply", "time": "1"}]);
        assert!(world.learn(object.clone()));
        object["metadata"]["resourceVersion"] = "7".into();
        object["status"] = json!({"loadBalancer": {}});
        object["metadata"]["managedFields"] = json!([
            {"manager": "boltrope", "operation": "Apply", "time": "2"},
            {"manager": "lb", "operation": "Update", "subresource": "status"},
        ]);
        assert!(!world.learn(object.clone()));
        object["metadata"]["resourceVersion"] = "8".into();
        object["metadata"]["annotations"] = json!({"a": "b"});
        assert!(world.learn(object));
    }
}
