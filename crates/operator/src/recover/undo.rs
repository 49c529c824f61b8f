//! `boltrope-operator recover undo`: what repairs wrote is taken back, object by object, while it is as they left it.

use std::fmt::Write as _;

use boltrope::recovery::episode::{Attempt, Machine as _, UndoRefusal, Write, undo};
use serde_json::Value;

use super::apply::agreed;
use super::journal::{Entry, full_name};
use super::names::Names;
use super::options::Backup;
use super::reader::Reader;
use super::selection::Selection;
use super::view::Key;
use super::writer::Writer;
use crate::command::{Exit, Failure, exit_codes, output};

const HELP: &str = concat!(
    "\
Brings back data, labels, annotations and the one condition that a repair wrote, each object only while nobody else has
written it since: the test is its resourceVersion. What the controller did with it is not undone.

",
    exit_codes!("everything was taken back", "something stays as it is"),
    "

Examples:
  boltrope-operator recover undo -n shop web
  boltrope-operator recover undo --backup-dir backups/ --yes"
);

/// Take back what the last repair of a release wrote
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    backup: Backup,
    #[command(flatten)]
    names: Names,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// What is taken back of one repair.
struct Undoing {
    key: Key,
    objects: Vec<Result<Vec<Write>, UndoRefusal>>,
}

pub(super) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let cluster = arguments.selection.connection.open().await?;
    let journal = arguments.backup.journal(&cluster)?;
    let reader = Reader::open(cluster.clone(), arguments.selection.clone()).await?;
    let writer = Writer::new(cluster, reader.releases.clone());
    let mut namespaces = arguments.selection.namespaces.clone();
    if namespaces.is_empty() {
        namespaces = reader.namespaces().await?;
    }
    let mut known = journal.known(&namespaces).await?;
    known.retain(|(namespace, name)| {
        let is_there = arguments.selection.namespaces.is_empty() || namespaces.contains(namespace);
        is_there && arguments.names.holds(namespace, name)
    });
    if known.is_empty() && !arguments.names.is_empty() {
        return Err(Failure::Arguments(
            "there is no backup of a repair of these releases".to_owned(),
        ));
    }
    let mut undoings = Vec::new();
    for key in known {
        let Some(entry) = journal.load(&key).await? else {
            continue;
        };
        undoings.push(prepare(&writer, key, &entry).await?);
    }
    output::result(&text(&undoings))?;
    let writes = undoings
        .iter()
        .flat_map(|one| &one.objects)
        .filter(|object| object.is_ok())
        .count();
    if writes == 0 {
        return Ok(if undoings.is_empty() {
            Exit::Clean
        } else {
            Exit::Remains
        });
    }
    if !arguments.yes && !agreed("Take this back?")? {
        output::hint("nothing was written");
        return Ok(Exit::Remains);
    }
    let mut stays = false;
    for undoing in undoings {
        stays |= !carry_out(&writer, undoing).await;
    }
    Ok(if stays { Exit::Remains } else { Exit::Clean })
}

async fn prepare(writer: &Writer, key: Key, entry: &Entry) -> Result<Undoing, Failure> {
    let mut objects: Vec<(Write, Option<Value>)> = Vec::new();
    for saved in entry.repair.saved() {
        let write = &saved.write;
        if objects.iter().all(|(known, _)| place(known) != place(write)) {
            objects.push((write.clone(), writer.read(write).await?));
        }
    }
    let current = |write: &Write| {
        let found = objects.iter().find(|(known, _)| place(known) == place(write));
        found.and_then(|(_, object)| object.clone())
    };
    Ok(Undoing {
        key,
        objects: undo(&entry.repair, current),
    })
}

/// Whether everything of a repair was taken back.
async fn carry_out(writer: &Writer, undoing: Undoing) -> bool {
    let mut all = true;
    for writes in undoing.objects {
        let Ok(writes) = writes else {
            all = false;
            continue;
        };
        let mut version: Option<String> = None;
        for write in writes {
            let write = match &version {
                Some(version) => write.for_version(version),
                None => write,
            };
            let attempt = writer.send(&write).await;
            let told = match &attempt {
                Attempt::Done { .. } => "taken back".to_owned(),
                Attempt::Conflict => "somebody wrote it in between: it stays as it is".to_owned(),
                Attempt::Forbidden { missing } => format!("not allowed: {missing}"),
                Attempt::Gone => "it is gone".to_owned(),
                Attempt::Unheard { why } => format!("nobody knows whether it was taken back: {why}"),
            };
            output::progress(&format!("{}: {write}: {told}", full_name(&undoing.key)));
            let Attempt::Done { resource_version } = attempt else {
                all = false;
                break;
            };
            version = Some(resource_version);
        }
    }
    all
}

fn place(write: &Write) -> (&str, &str, &str) {
    (&write.kind, &write.namespace, &write.name)
}

fn text(undoings: &[Undoing]) -> String {
    let mut text = String::new();
    for undoing in undoings {
        for object in &undoing.objects {
            let _ = match object {
                Ok(writes) => {
                    let writes: Vec<String> = writes.iter().map(ToString::to_string).collect();
                    writeln!(
                        text,
                        "{}: takes back {}",
                        full_name(&undoing.key),
                        writes.join("; ")
                    )
                }
                Err(refusal) => writeln!(text, "{}: {refusal}", full_name(&undoing.key)),
            };
        }
        if undoing.objects.is_empty() {
            let _ = writeln!(text, "{}: nothing to take back", full_name(&undoing.key));
        }
    }
    if undoings.is_empty() {
        text.push_str("there is no repair to take back\n");
    }
    text
}
