//! The rules, from files or a mounted ConfigMap, read again when they change.
//!
//! Content is compared, not times: a ConfigMap is swapped by a link. A change counts once it has been read twice the same,
//! so that a set of files that is half written is never used. Rules that are broken leave those before in force.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use boltrope::preview::Rules;
use boltrope::rules::load::{Source, load};
use boltrope::transforms::TRANSFORMS;

use crate::command::Failure;

/// A file by its name.
type Texts = Vec<(String, Vec<u8>)>;

/// The rules in force.
#[derive(Debug)]
pub(super) struct Book {
    paths: Vec<PathBuf>,
    pub(super) rules: Arc<Rules>,
    /// Why what the files say now is not in force.
    pub(super) problem: Option<String>,
    /// What was tried last.
    tried: Texts,
    /// What was read last, if that was something else.
    pending: Option<Result<Texts, String>>,
}

/// What a look at the files has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// The same as before.
    None,
    /// Other rules are in force now.
    Rules,
    /// The files are broken, or whole again as they were.
    Problem,
}

impl Book {
    /// Reads the rules for the first time.
    ///
    /// # Errors
    /// Files that cannot be read, and every mistake in them.
    pub(super) fn open(paths: &[PathBuf]) -> Result<Self, Failure> {
        let texts = read(paths).map_err(Failure::Arguments)?;
        let rules = decode(&texts).map_err(Failure::Arguments)?;
        Ok(Self {
            paths: paths.to_vec(),
            rules: Arc::new(rules),
            problem: None,
            tried: texts,
            pending: None,
        })
    }

    /// Looks at the files again.
    pub(super) fn look(&mut self) -> News {
        let found = read(&self.paths);
        if found.as_ref().is_ok_and(|texts| *texts == self.tried) {
            self.pending = None;
            return News::None;
        }
        if self.pending.as_ref() != Some(&found) {
            self.pending = Some(found);
            return News::None;
        }
        let problem = match found {
            Ok(texts) => {
                let rules = decode(&texts);
                self.tried = texts;
                match rules {
                    Ok(rules) => {
                        self.rules = Arc::new(rules);
                        self.problem = None;
                        return News::Rules;
                    }
                    Err(problem) => problem,
                }
            }
            Err(problem) => {
                // When they can be read again, they are news whatever they say.
                self.tried = Texts::new();
                problem
            }
        };
        if self.problem.as_ref() == Some(&problem) {
            return News::None;
        }
        self.problem = Some(problem);
        News::Problem
    }
}

/// The rules of some texts, or every mistake in them.
fn decode(texts: &Texts) -> Result<Rules, String> {
    let sources: Vec<Source<'_>> = texts.iter().map(|(name, bytes)| Source { name, bytes }).collect();
    let rules = load(&sources, TRANSFORMS).map_err(|error| format!("--rules: {error}"))?;
    Ok(Rules::of(&rules))
}

/// Each path itself, or the YAML files directly in it. A mounted ConfigMap keeps its versions in hidden folders.
fn read(paths: &[PathBuf]) -> Result<Texts, String> {
    let mut texts = Texts::new();
    for path in paths {
        let refuse = |error: std::io::Error| format!("--rules `{}`: {error}", path.display());
        let mut files = Vec::new();
        if path.is_dir() {
            for entry in fs::read_dir(path).map_err(refuse)? {
                let file = entry.map_err(refuse)?.path();
                let is_hidden = file
                    .file_name()
                    .is_none_or(|name| name.to_string_lossy().starts_with('.'));
                let is_yaml = file
                    .extension()
                    .is_some_and(|extension| extension == "yaml" || extension == "yml");
                if !is_hidden && is_yaml && file.is_file() {
                    files.push(file);
                }
            }
            files.sort();
            if files.is_empty() {
                return Err(format!(
                    "--rules `{}`: no *.yaml or *.yml file in it",
                    path.display()
                ));
            }
        } else {
            files.push(path.clone());
        }
        for file in files {
            let bytes = fs::read(&file).map_err(|error| format!("--rules `{}`: {error}", file.display()))?;
            texts.push((file.display().to_string(), bytes));
        }
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use super::*;

    fn text(source: &str) -> String {
        format!(
            "apiVersion: boltrope.dev/v1alpha1\nkind: RuleSet\nmetadata: {{name: test}}\nspec:\n  rules:\n  - name: previews\n    \
             preview: {{source: {source}, namespaces: {{include: [\"feature-*\"]}}}}\n"
        )
    }

    fn sources(book: &Book) -> Vec<&str> {
        book.rules.sources().into_iter().collect()
    }

    /// A folder as the kubelet mounts a ConfigMap.
    fn mount(folder: &Path, version: &str, text: &str) {
        let data = folder.join(version);
        fs::create_dir_all(&data).unwrap();
        fs::write(data.join("rules.yaml"), text).unwrap();
        let next = folder.join("..next");
        symlink(version, &next).unwrap();
        fs::rename(&next, folder.join("..data")).unwrap();
        if !folder.join("rules.yaml").exists() {
            symlink("..data/rules.yaml", folder.join("rules.yaml")).unwrap();
        }
    }

    #[test]
    fn a_swapped_config_map_is_read_again_and_a_broken_one_leaves_the_rules_in_force() {
        let folder = std::env::temp_dir().join(format!("boltrope-book-{}", std::process::id()));
        let _left = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        mount(&folder, "..1", &text("base"));
        let mut book = Book::open(std::slice::from_ref(&folder)).unwrap();
        assert_eq!(sources(&book), ["base"]);
        assert_eq!(book.look(), News::None);

        mount(&folder, "..2", &text("other"));
        assert_eq!(book.look(), News::None, "once is not enough");
        assert_eq!(book.look(), News::Rules);
        assert_eq!(sources(&book), ["other"]);

        mount(&folder, "..3", "kind: [");
        assert_eq!(
            [book.look(), book.look(), book.look()],
            [News::None, News::Problem, News::None]
        );
        assert_eq!(sources(&book), ["other"]);
        assert!(
            book.problem.as_deref().unwrap().contains("rules.yaml:1"),
            "{:?}",
            book.problem
        );

        fs::remove_dir_all(folder.join("..3")).unwrap();
        assert_eq!([book.look(), book.look()], [News::None, News::Problem]);
        assert_eq!(sources(&book), ["other"]);

        mount(&folder, "..4", &text("other"));
        assert_eq!([book.look(), book.look()], [News::None, News::Rules]);
        assert_eq!(book.problem, None);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn rules_that_are_broken_at_the_start_are_an_error() {
        let folder = std::env::temp_dir().join(format!("boltrope-book-empty-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let error = Book::open(std::slice::from_ref(&folder)).unwrap_err();
        assert!(matches!(error, Failure::Arguments(message) if message.contains("no *.yaml")));
        fs::remove_dir_all(&folder).unwrap();
    }
}
