//! `boltrope-operator preview plan`: what a run would do in a live cluster. Reads, and writes to nothing.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use boltrope::object::ObjectRef;
use boltrope::preview::{Identity, Plan, RuleStatus, plan};
use clap::ValueEnum;

use super::book::Book;
use super::feed::Feed;
use super::reach::Reach;
use super::served::Served;
use super::stream::{Change, Trouble, What};
use super::world::World;
use crate::cluster::{Cluster, Connection};
use crate::command::{Exit, Failure, exit_codes, output};

const HELP: &str = concat!(
    exit_codes!("there is nothing to do", "there is, something is waited for"),
    "

Examples:
  boltrope-operator preview plan --rules rules.yaml
  boltrope-operator preview plan --rules rules.yaml --context staging -o json
  boltrope-operator preview plan --rules rules.yaml --only feature-login -o yaml"
);

/// Say what a run would write and delete, and why the rest is left
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Arguments {
    #[command(flatten)]
    connection: Connection,
    /// Rules files, or directories of them (*.yaml, *.yml); repeat for several
    #[arg(long, value_name = "PATH", required = true)]
    rules: Vec<PathBuf>,
    #[command(flatten)]
    reach: Reach,
    /// How to print the plan
    #[arg(long, short, value_name = "FORMAT", default_value = "table")]
    output: Format,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One line for each object
    Table,
    /// Everything, for programs
    Json,
    /// Everything, for programs and people
    Yaml,
}

pub(super) async fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let book = Book::open(&arguments.rules)?;
    let cluster = arguments.connection.open().await?;
    let world = read(&cluster, &book, &arguments.reach).await?;
    let plan = plan(&book.rules, &world.snapshot);
    let broken = |error: serde_json::Error| Failure::Internal(format!("the plan cannot be written: {error}"));
    let text = match arguments.output {
        Format::Table => table(&plan),
        Format::Json => serde_json::to_string_pretty(&plan).map_err(broken)? + "\n",
        Format::Yaml => boltrope_yaml::write(&serde_json::to_value(&plan).map_err(broken)?),
    };
    output::result(&text)?;
    for waiting in world.waiting() {
        output::warning(&waiting);
    }
    if let Some(why) = world.unheard() {
        return Err(Failure::Unreadable(why));
    }
    let is_known = world.is_complete() && plan.rules.iter().all(|rule| rule.waiting.is_none());
    let is_clean = plan.is_done() && is_known;
    Ok(if is_clean { Exit::Clean } else { Exit::Remains })
}

/// Lists everything once.
async fn read(cluster: &Cluster, book: &Book, reach: &Reach) -> Result<World, Failure> {
    let served = Served::discover(cluster).await?.only(reach.kinds().as_ref());
    let mut world = World::new();
    world.set_discovered(None);
    let sources = book.rules.sources().into_iter().map(str::to_owned);
    let only: Option<BTreeSet<String>> = reach.only().map(|only| only.into_iter().chain(sources).collect());
    world.set_only(only.clone());
    let nothing = BTreeSet::new();
    for (feed, id) in Feed::wanted(&book.rules, &served, only.as_ref())
        .into_iter()
        .zip(1..)
    {
        world.add_feed(id, feed.clone());
        let selectors = feed.selectors();
        let scope = feed.scope(&selectors);
        let mut next = None;
        loop {
            let mut objects = Vec::new();
            let page = cluster.page(&scope, next.as_deref(), |mut object| {
                feed.prune(&mut object);
                objects.push(object);
            });
            let page = page.await;
            world.take(
                Change {
                    feed: id,
                    what: What::There(objects),
                },
                &nothing,
            );
            let what = match page {
                Ok(page) if page.next.is_some() => {
                    next = page.next;
                    continue;
                }
                // A plain list has no versions to compare with.
                Ok(_) => What::Listed("0".to_owned()),
                Err(error) => What::Broken(Trouble::of(&error)),
            };
            world.take(Change { feed: id, what }, &nothing);
            break;
        }
    }
    Ok(world)
}

fn table(plan: &Plan) -> String {
    let mut text = String::new();
    let mut line = |what: &str, kind: &str, namespace: &str, name: &str, why: &str| {
        let _ = writeln!(text, "{what:9} {kind} {namespace}/{name}: {why}");
    };
    for apply in &plan.apply {
        let verb = if apply.existing.is_some() {
            "change"
        } else {
            "create"
        };
        let of = boltrope::object::Object::new(&apply.object).reference();
        line(
            verb,
            &of.kind,
            of.namespace.as_deref().unwrap_or_default(),
            &of.name,
            &apply.reason,
        );
    }
    let mut known = |what: &str, of: &Identity, why: &str| line(what, &of.kind, &of.namespace, &of.name, why);
    for delete in &plan.delete {
        known("delete", &delete.object, &delete.reason);
    }
    for released in &plan.released {
        known("let go", &released.object, &released.reason);
    }
    let mut other = |what: &str, of: &ObjectRef, why: &str| {
        line(
            what,
            &of.kind,
            of.namespace.as_deref().unwrap_or_default(),
            &of.name,
            why,
        );
    };
    for conflict in &plan.conflicts {
        other("conflict", &conflict.object, &conflict.reason);
    }
    for held in &plan.held {
        other("held", &held.object, &format!("{}: {}", held.code, held.reason));
    }
    for rule in &plan.rules {
        text.push_str(&rule_line(rule));
    }
    let _ = writeln!(
        text,
        "{} in step, {} to write, {} to delete, {} to let go",
        plan.in_step,
        plan.apply.len(),
        plan.delete.len(),
        plan.released.len()
    );
    text
}

/// How a rule stands.
fn rule_line(rule: &RuleStatus) -> String {
    let mut line = format!("rule `{}`: {} namespaces", rule.rule, rule.namespaces);
    if rule.over > 0 {
        let _ = write!(line, ", {} beyond maxNamespaces", rule.over);
    }
    if let Some(waiting) = &rule.waiting {
        let _ = write!(line, "; it waits: {waiting}");
    }
    line + "\n"
}
