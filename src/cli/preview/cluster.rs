//! A dump as a cluster: everything that is not in it is not there.

use std::path::{Path, PathBuf};

use boltrope::preview::{Kind, Rules, Snapshot, State};
use boltrope::rules::is_dns_label;
use boltrope_yaml::Limits;
use serde_json::{Value, json};

use crate::cli::exit::Failure;
use crate::cli::output::text;
use crate::cli::{files, flags, input};

/// What to plan, and for what.
#[derive(Debug, clap::Args)]
pub(super) struct PlanFlags {
    /// Rules file, or a directory of them (*.yaml, *.yml); repeat for several [env: BOLTROPE_RULES]
    #[arg(long, value_name = "FILE")]
    rules: Vec<PathBuf>,
    /// Dumps: files, directories, or `-` for stdin
    #[arg(long = "file", short = 'f', value_name = "PATH", required = true, num_args = 1..)]
    files: Vec<PathBuf>,
}

impl PlanFlags {
    /// The `preview` rules.
    pub(super) fn rules(&self) -> Result<Rules, Failure> {
        let rules = Rules::of(&flags::load(&self.rules)?.rules);
        if rules.is_empty() {
            let message = "the rules have no `preview` rule; `boltrope explain preview` shows one";
            return Err(Failure::Arguments(message.to_owned()));
        }
        Ok(rules)
    }

    /// The cluster that the dumps show. A namespace that is asked about and is not in it is taken to be there, so that
    /// one can ask before there is one.
    pub(super) fn snapshot(&self, asked: Option<&str>) -> Result<Snapshot, Failure> {
        if let Some(name) = asked.filter(|name| !is_dns_label(name)) {
            let message = format!(
                "--namespace: `{name}` is not the name of a namespace: use at most 63 lower-case letters, digits and `-`"
            );
            return Err(Failure::Arguments(message));
        }
        let mut snapshot = Snapshot::new();
        for kind in Kind::ALL {
            snapshot.set_state(kind, State::Complete);
        }
        for document in documents(&self.files)? {
            snapshot.put_document(&document);
        }
        if snapshot.count(Kind::Namespace) == 0 {
            let message = format!(
                "{}: no Namespace in it, so nobody knows which previews there are; did kubectl fail? Dump them too: kubectl \
                 get namespaces,services,ingresses -A -o yaml",
                named(&self.files)
            );
            return Err(Failure::Unreadable(message));
        }
        if let Some(name) = asked
            && !snapshot.knows_namespace(name)
        {
            text::hint(&format!(
                "namespace `{name}` is not in the dump; it is taken to be there, without labels"
            ));
            snapshot.put(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}));
        }
        Ok(snapshot)
    }
}

/// All documents of files; one that cannot be read would make a plan that deletes what is in it.
pub(super) fn documents(paths: &[PathBuf]) -> Result<Vec<Value>, Failure> {
    let stdin = Path::new("-");
    let mut found = Vec::new();
    if paths.iter().any(|path| path == stdin) {
        read(&input::stdin()?, "stdin", &mut found)?;
    }
    let paths: Vec<PathBuf> = paths.iter().filter(|path| *path != stdin).cloned().collect();
    let (read_files, refused) = files::manifests(&paths);
    if let Some(refused) = refused.first() {
        let reason = files::reason(&refused.error);
        return Err(Failure::Unreadable(format!(
            "cannot read `{}`: {reason}",
            refused.name
        )));
    }
    for file in read_files {
        read(&file.bytes, &file.name, &mut found)?;
    }
    Ok(found)
}

/// The documents of a stream.
pub(super) fn read(bytes: &[u8], name: &str, found: &mut Vec<Value>) -> Result<(), Failure> {
    let limits = Limits::default();
    let broken = |error: boltrope_yaml::Error| Failure::Unreadable(format!("{name}: {error}"));
    for document in boltrope_yaml::split(bytes, &limits).map_err(broken)? {
        let tree = document.read(&limits).map_err(broken)?;
        if !tree.is_empty() {
            found.push(tree.into_value());
        }
    }
    Ok(())
}

/// The paths as people wrote them.
pub(super) fn named(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
    paths.join(", ")
}
