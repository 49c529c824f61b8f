//! `boltrope explain`: what a code, a transform or a word of this program means.

use boltrope::engine::ENGINE_CODES;
use boltrope::engine::world::Scope;
use boltrope::repository::CODES;
use boltrope::resource::{Catalog, Resource};
use boltrope::rules::nearest;
use boltrope::selector::PROTECTED_NAMESPACES;
use boltrope::transforms::{TRANSFORMS, Transform};

use super::exit::{Exit, Failure};
use super::output::stdout;

const PROTECTED: &str = "protected-namespaces";
const RESOURCES: &str = "resources";
const WOULD_CHANGE: &str = "would-change";

const HELP: &str = "\
Examples:
  boltrope explain host-rewrite/unmatched-host
  boltrope explain hostRewrite
  boltrope explain protected-namespaces";

/// Explain a finding's code or a transform
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    /// A code of a finding, a transform, protected-namespaces or resources; without it the list of all
    #[arg(value_name = "TOPIC")]
    topic: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let text = match &arguments.topic {
        None => list(),
        Some(topic) => explain(topic)?,
    };
    stdout::pieces([text.as_bytes()].into_iter())?;
    Ok(Exit::Clean)
}

fn explain(topic: &str) -> Result<String, Failure> {
    let found = transform(topic)
        .map(|transform| transform.meta().readme.to_owned())
        .or_else(|| (topic == PROTECTED).then(protected))
        .or_else(|| (topic == RESOURCES).then(resources))
        .or_else(|| code(topic));
    found.ok_or_else(|| {
        let topics = topics();
        let topics: Vec<&str> = topics.iter().map(|(topic, _)| topic.as_str()).collect();
        let hint = nearest(topic, &topics).map_or_else(
            || "`boltrope explain` lists what there is".to_owned(),
            |nearest| format!("did you mean `{nearest}`?"),
        );
        Failure::Arguments(format!("nothing is called `{topic}`; {hint}"))
    })
}

fn transform(topic: &str) -> Option<&'static dyn Transform> {
    let named = |transform: &&&'static dyn Transform| {
        let meta = transform.meta();
        meta.id == topic || meta.slug == topic
    };
    TRANSFORMS.iter().find(named).copied()
}

fn code(topic: &str) -> Option<String> {
    let (owner, slug) = topic.split_once('/').unwrap_or(("", topic));
    if slug == WOULD_CHANGE && (owner.is_empty() || transform(owner).is_some()) {
        return Some(format!("{topic}\n\n{}\n", would_change()));
    }
    let (_, sentence) = topics().into_iter().find(|(known, _)| known == topic)?;
    let more = transform(owner).map(|transform| {
        let meta = transform.meta();
        format!(
            "\nThe transform `{id}`: {}\n`boltrope explain {id}` tells more.\n",
            meta.summary,
            id = meta.id
        )
    });
    Some(format!("{topic}\n\n{sentence}\n{}", more.unwrap_or_default()))
}

fn would_change() -> &'static str {
    "The rule would change the object, but may not: it says `action: deny` or `warn`, the object is only checked \
     (`boltrope check`), another controller owns it, or the place cannot be changed at this stage."
}

fn protected() -> String {
    let mut text =
        "Transforms that write leave these namespaces alone, unless `match.namespaces.include` names one \
                    literally:\n\n"
            .to_owned();
    for glob in PROTECTED_NAMESPACES {
        text.push_str("  ");
        text.push_str(glob);
        text.push('\n');
    }
    text
}

/// The kinds whose plural is built in, one a line: group and versions, kind, plural, scope.
fn resources() -> String {
    let lines: Vec<[String; 4]> = Catalog::new().all().into_iter().map(columns).collect();
    let width = |column: usize| {
        lines
            .iter()
            .filter_map(|line| line.get(column))
            .map(String::len)
            .max()
    };
    let widths: Vec<usize> = (0..3).map(|column| width(column).unwrap_or(0)).collect();
    let line = |columns: &[String; 4]| {
        let [group, kind, plural, scope] = columns;
        let padded: Vec<String> = [group, kind, plural]
            .into_iter()
            .zip(&widths)
            .map(|(text, width)| format!("{text:width$}"))
            .collect();
        format!("{}  {scope}\n", padded.join("  "))
    };
    lines.iter().map(line).collect()
}

fn columns(resource: Resource) -> [String; 4] {
    let group = if resource.group.is_empty() {
        "core"
    } else {
        &resource.group
    };
    let scope = match resource.scope {
        Some(Scope::Namespaced) => "Namespaced",
        Some(Scope::Cluster) => "Cluster",
        None => "depends",
    };
    [
        format!("{group}/{}", resource.versions.join(",")),
        resource.kind,
        resource.plural,
        scope.to_owned(),
    ]
}

/// The sentence that explains a finding's code.
pub(crate) fn sentence(code: &str) -> Option<String> {
    let (_, sentence) = topics().into_iter().find(|(known, _)| known == code)?;
    Some(sentence)
}

/// Everything that can be explained, with a sentence each.
fn topics() -> Vec<(String, String)> {
    let mut topics = Vec::new();
    for transform in TRANSFORMS {
        let meta = transform.meta();
        topics.push((meta.id.to_owned(), meta.summary.to_owned()));
        for (slug, sentence) in meta.codes {
            topics.push((format!("{}/{slug}", meta.slug), (*sentence).to_owned()));
        }
        if !meta.planned {
            let changed = format!("{}/{WOULD_CHANGE}", meta.slug);
            let sentence = "The rule would change the object, but may not.";
            topics.push((changed, sentence.to_owned()));
        }
    }
    for (slug, sentence) in ENGINE_CODES {
        topics.push((format!("engine/{slug}"), (*sentence).to_owned()));
    }
    for (code, sentence) in CODES {
        topics.push(((*code).to_owned(), (*sentence).to_owned()));
    }
    let summary = "Namespaces that rules which write leave alone.".to_owned();
    topics.push((PROTECTED.to_owned(), summary));
    let summary = "Kinds whose plural is built in; others come from CRDs and XRDs.".to_owned();
    topics.push((RESOURCES.to_owned(), summary));
    topics
}

fn list() -> String {
    let topics = topics();
    let width = topics.iter().map(|(topic, _)| topic.len()).max().unwrap_or(0);
    let line = |(topic, sentence): &(String, String)| format!("{topic:width$}  {sentence}\n");
    topics.iter().map(line).collect()
}
