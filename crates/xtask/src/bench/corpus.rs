//! What the whole-process benchmark feeds to every tool: one stream of rendered charts.
//!
//! CustomResourceDefinitions are left out and names made unique, because kustomize refuses two objects of one name.

use anyhow::{Context as _, bail};
use std::path::Path;

/// A stream and what is in it.
#[derive(Debug, Default)]
pub(super) struct Corpus {
    /// Where it comes from, for the report.
    pub(super) origin: String,
    /// The stream.
    pub(super) text: String,
    /// Documents in it.
    pub(super) documents: usize,
    /// Documents of kind Service.
    pub(super) services: usize,
}

impl Corpus {
    /// The rendered charts beside the checkout, or the example's release many times over.
    pub(super) fn load(root: &Path) -> anyhow::Result<Self> {
        let shared = root.join("../shared/corpus/helm-output");
        if shared.is_dir() {
            return Self::from_folder(&shared);
        }
        let release = root.join("examples/platform/release.yaml");
        let text =
            std::fs::read_to_string(&release).with_context(|| format!("reading `{}`", release.display()))?;
        let mut corpus = Self {
            origin: "examples/platform/release.yaml, repeated 400 times".to_owned(),
            ..Self::default()
        };
        for _ in 0..400 {
            corpus.add(&text);
        }
        Ok(corpus)
    }

    fn from_folder(folder: &Path) -> anyhow::Result<Self> {
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            paths.push(entry?.path());
        }
        paths.sort();
        let origin = format!(
            "{} releases rendered from the charts of prometheus-community and grafana",
            paths.len()
        );
        let mut corpus = Self {
            origin,
            ..Self::default()
        };
        for path in paths {
            corpus.add(
                &std::fs::read_to_string(&path).with_context(|| format!("reading `{}`", path.display()))?,
            );
        }
        if corpus.documents == 0 {
            bail!("`{}` holds no document", folder.display());
        }
        Ok(corpus)
    }

    /// The same documents `times` times over, names unique throughout.
    pub(super) fn repeated(&self, times: usize) -> Self {
        let mut repeated = Self {
            origin: format!("the same documents, {times} times"),
            ..Self::default()
        };
        for _ in 0..times {
            repeated.add(&self.text);
        }
        repeated
    }

    fn add(&mut self, stream: &str) {
        for document in documents(stream) {
            if kind(&document) == "CustomResourceDefinition" {
                continue;
            }
            self.services += usize::from(kind(&document) == "Service");
            self.text.push_str("---\n");
            self.text.push_str(&with_unique_name(&document, self.documents));
            self.documents += 1;
        }
    }
}

/// The documents that hold an object, without their separators.
fn documents(stream: &str) -> Vec<String> {
    let mut documents = vec![String::new()];
    for line in stream.lines() {
        if line.trim_end() == "---" {
            documents.push(String::new());
        } else if let Some(document) = documents.last_mut() {
            document.push_str(line);
            document.push('\n');
        }
    }
    documents.retain(|document| !kind(document).is_empty());
    documents
}

fn kind(document: &str) -> &str {
    document
        .lines()
        .find_map(|line| line.strip_prefix("kind:"))
        .map_or("", str::trim)
}

/// Puts a number behind the first `name:` of the object's `metadata`.
fn with_unique_name(document: &str, number: usize) -> String {
    let mut text = String::with_capacity(document.len() + 8);
    let mut in_metadata = false;
    let mut done = false;
    for line in document.lines() {
        let is_top_level = line.starts_with(|first: char| first.is_ascii_alphabetic());
        in_metadata = if is_top_level {
            line.trim_end() == "metadata:"
        } else {
            in_metadata
        };
        match line.strip_prefix("  name: ") {
            Some(name) if in_metadata && !done => {
                let name = name
                    .split(" #")
                    .next()
                    .unwrap_or(name)
                    .trim()
                    .trim_matches(['"', '\'']);
                text.push_str(&format!("  name: {name}-{number}\n"));
                done = true;
            }
            _ => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "# comment\n---\napiVersion: v1\nkind: Service\nmetadata:\n  labels:\n    name: a\n  name: \"a\"\nspec:\n  \
                          ports:\n  - name: x\n---\nkind: CustomResourceDefinition\nmetadata:\n  name: b\n---\n---\nkind: Pod\n\
                          metadata:\n  name: c # why\n";

    #[test]
    fn leaves_out_definitions_and_makes_names_unique() {
        let mut corpus = Corpus::default();
        corpus.add(STREAM);
        assert_eq!((corpus.documents, corpus.services), (2, 1));
        assert!(corpus.text.contains("    name: a\n  name: a-0\n"));
        assert!(corpus.text.contains("  - name: x\n"));
        assert!(corpus.text.contains("  name: c-1\n"));
        let repeated = corpus.repeated(3);
        assert_eq!((repeated.documents, repeated.services), (6, 3));
        assert!(repeated.text.contains("  name: a-0-4\n"));
    }
}
