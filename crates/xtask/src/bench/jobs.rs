//! What each tool is asked to do, in its own language: put one label on every Service, or on every object.
//!
//! A time counts only for a right answer: after its runs each tool's output must hold the label exactly as many
//! times as there are objects to label.

use super::corpus::Corpus;
use super::measure::{Run, Samples, fresh};
use crate::tools;
use anyhow::{Context as _, bail};
use std::path::{Path, PathBuf};

const LABEL: &str = "bench.boltrope.dev/run";

/// The files of one job and what a right answer holds.
#[derive(Debug)]
pub(super) struct Job {
    /// The heading in the report.
    pub(super) title: String,
    /// One sentence: input and task.
    pub(super) about: String,
    /// The size of the input.
    pub(super) bytes: usize,
    /// The tools that do it; ours first.
    pub(super) contenders: Vec<Contender>,
    expected: usize,
}

/// One tool at one job.
#[derive(Debug)]
pub(super) struct Contender {
    /// Name and version.
    pub(super) name: String,
    /// How many times slower than ours it must be at least, by the project's own bar.
    pub(super) bar: Option<f64>,
    /// What was measured.
    pub(super) samples: Samples,
    run: Run,
    output: PathBuf,
}

impl Contender {
    /// A program whose answer is what it prints.
    pub(super) fn new(
        name: impl Into<String>,
        program: &Path,
        arguments: &[&str],
        input: &Path,
        output: &Path,
    ) -> Self {
        let run = Run {
            program: program.to_path_buf(),
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            stdin: input.to_path_buf(),
            stdout: output.to_path_buf(),
        };
        Self {
            name: name.into(),
            bar: None,
            samples: Samples::default(),
            run,
            output: output.to_path_buf(),
        }
    }

    fn with_bar(mut self, bar: f64) -> Self {
        self.bar = Some(bar);
        self
    }

    /// Runs it once and keeps the sample. A folder of output is emptied first: Kyverno appends to what is there.
    pub(super) fn sample(&mut self) -> anyhow::Result<()> {
        if self.output.is_dir() {
            fresh(&self.output)?;
        }
        let sample = self.run.sample().with_context(|| self.name.clone())?;
        self.samples.push(sample);
        Ok(())
    }

    /// How often the label stands in what it wrote last.
    fn labels(&self) -> anyhow::Result<usize> {
        let mut files = vec![self.output.clone()];
        if self.output.is_dir() {
            files = std::fs::read_dir(&self.output)?
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<Result<_, _>>()?;
        }
        let mut count = 0;
        for file in files {
            count += std::fs::read_to_string(&file)?
                .lines()
                .filter(|line| line.trim_start().starts_with(LABEL))
                .count();
        }
        Ok(count)
    }
}

/// Which tools take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// All of them: the input is small enough for the slow ones.
    Everyone,
    /// Those that stream text.
    TextTools,
}

impl Job {
    /// Writes the input and the tools' rules for "one label on every Service" into `folder`.
    pub(super) fn label_services(
        folder: &Path,
        boltrope: &Path,
        corpus: &Corpus,
        field: Field,
    ) -> anyhow::Result<Self> {
        let input = write(folder, "input.yaml", &corpus.text)?;
        let rules = write(folder, "rules.yaml", &ruleset("core/Service"))?;
        let expression = format!("(select(.kind == \"Service\") | .metadata.labels.\"{LABEL}\") = \"yes\"");
        let mut job = Self {
            title: format!("One label on every Service, {}", megabytes(corpus.text.len())),
            about: format!(
                "{} documents, {} Services: {}.",
                corpus.documents, corpus.services, corpus.origin
            ),
            bytes: corpus.text.len(),
            contenders: text_tools(folder, boltrope, &input, &rules, &expression)?,
            expected: corpus.services,
        };
        job.set_bar("yq", 25.0);
        if field == Field::Everyone {
            job.contenders.push(kustomize(folder)?.with_bar(200.0));
            job.contenders.push(kyverno(folder, &input)?.with_bar(150.0));
        }
        Ok(job)
    }

    /// The same with every object, so that every document changes.
    pub(super) fn label_everything(folder: &Path, boltrope: &Path, corpus: &Corpus) -> anyhow::Result<Self> {
        let input = write(folder, "input.yaml", &corpus.text)?;
        let rules = write(folder, "rules.yaml", &ruleset("*"))?;
        let expression = format!(".metadata.labels.\"{LABEL}\" = \"yes\"");
        let mut job = Self {
            title: format!("One label on every object, {}", megabytes(corpus.text.len())),
            about: format!(
                "{} documents, every one changes: {}.",
                corpus.documents, corpus.origin
            ),
            bytes: corpus.text.len(),
            contenders: text_tools(folder, boltrope, &input, &rules, &expression)?,
            expected: corpus.documents,
        };
        job.set_bar("yq", 3.0);
        Ok(job)
    }

    /// One ConfigMap that is nearly the largest document there may be: what an edit costs in memory. The other tools take
    /// minutes for it.
    pub(super) fn label_config_map(folder: &Path, boltrope: &Path, bytes: usize) -> anyhow::Result<Self> {
        const LINE: &str =
            "    The quick brown fox jumps over the lazy dog, and the lazy dog does not mind it.\n";
        let mut text =
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: large\ndata:\n  text: |\n".to_owned();
        text.push_str(&LINE.repeat(bytes / LINE.len()));
        let input = write(folder, "input.yaml", &text)?;
        let rules = write(folder, "rules.yaml", &ruleset("core/ConfigMap"))?;
        Ok(Self {
            title: format!("One label on one ConfigMap, {}", megabytes(text.len())),
            about: "1 document with one text of many lines; only for its memory.".to_owned(),
            bytes: text.len(),
            contenders: vec![ours(folder, boltrope, &input, &rules)?],
            expected: 1,
        })
    }

    fn set_bar(&mut self, name: &str, bar: f64) {
        for contender in self
            .contenders
            .iter_mut()
            .filter(|contender| contender.name.starts_with(name))
        {
            contender.bar = Some(bar);
        }
    }

    /// Runs everyone in turn, `rounds` times, then checks every output.
    pub(super) fn run(&mut self, rounds: usize) -> anyhow::Result<()> {
        for _ in 0..rounds {
            for contender in &mut self.contenders {
                contender.sample()?;
            }
        }
        for contender in &self.contenders {
            let labels = contender.labels()?;
            if labels != self.expected {
                bail!(
                    "{}: {} wrote {labels} labels, {} were due",
                    self.title,
                    contender.name,
                    self.expected
                );
            }
        }
        Ok(())
    }
}

fn text_tools(
    folder: &Path,
    boltrope: &Path,
    input: &Path,
    rules: &Path,
    expression: &str,
) -> anyhow::Result<Vec<Contender>> {
    let yq = tools::YQ.path()?;
    Ok(vec![
        ours(folder, boltrope, input, rules)?,
        Contender::new(
            format!("yq {}", tools::YQ.version),
            &yq,
            &[expression, "-"],
            input,
            &folder.join("yq.yaml"),
        ),
    ])
}

fn ours(folder: &Path, boltrope: &Path, input: &Path, rules: &Path) -> anyhow::Result<Contender> {
    let rules = rules.to_str().context("the path of the checkout is not UTF-8")?;
    let arguments = ["post-render", "--rules", rules, "--namespace", "bench"];
    let output = folder.join("boltrope.yaml");
    Ok(Contender::new("boltrope", boltrope, &arguments, input, &output))
}

fn kustomize(folder: &Path) -> anyhow::Result<Contender> {
    let patch = format!(
        "resources: [input.yaml]\npatches:\n  - target: {{kind: Service, version: v1}}\n    patch: |-\n      apiVersion: v1\n      \
         kind: Service\n      metadata:\n        name: any\n        labels:\n          {LABEL}: \"yes\"\n"
    );
    let file = write(folder, "kustomization.yaml", &patch)?;
    let program = tools::KUSTOMIZE.path()?;
    let folder_argument = folder.to_str().context("the path of the checkout is not UTF-8")?;
    let name = format!("kustomize {}", tools::KUSTOMIZE.version);
    Ok(Contender::new(
        name,
        &program,
        &["build", folder_argument],
        &file,
        &folder.join("kustomize.yaml"),
    ))
}

fn kyverno(folder: &Path, input: &Path) -> anyhow::Result<Contender> {
    let policy = format!(
        "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata:\n  name: label-services\nspec:\n  rules:\n    - name: label\n      \
         match:\n        any:\n          - resources:\n              kinds: [Service]\n      mutate:\n        \
         patchStrategicMerge:\n          metadata:\n            labels:\n              {LABEL}: \"yes\"\n"
    );
    let policy = write(folder, "kyverno-policy.yaml", &policy)?;
    let output = folder.join("kyverno");
    std::fs::create_dir_all(&output)?;
    let argument = |path: &Path| {
        path.to_str()
            .map(str::to_owned)
            .context("the path of the checkout is not UTF-8")
    };
    let (policy, resources, written) = (argument(&policy)?, argument(input)?, argument(&output)?);
    let arguments = ["apply", &policy, "--resource", &resources, "--output", &written];
    let name = format!("kyverno {}", tools::KYVERNO.version);
    let mut contender = Contender::new(
        name,
        &tools::KYVERNO.path()?,
        &arguments,
        input,
        &folder.join("kyverno.log"),
    );
    contender.output = output;
    Ok(contender)
}

fn ruleset(kinds: &str) -> String {
    format!(
        "apiVersion: boltrope.dev/v1alpha1\nkind: RuleSet\nmetadata: {{name: bench}}\nspec:\n  rules:\n    - name: label\n      \
         match: {{kinds: [\"{kinds}\"]}}\n      metadata:\n        labels:\n          {LABEL}: {{default: \"yes\"}}\n"
    )
}

fn write(folder: &Path, name: &str, text: &str) -> anyhow::Result<PathBuf> {
    let path = folder.join(name);
    std::fs::create_dir_all(folder)?;
    std::fs::write(&path, text).with_context(|| format!("writing `{}`", path.display()))?;
    Ok(path)
}

/// `1.4 MB`.
pub(super) fn megabytes(bytes: usize) -> String {
    let tenths = (bytes + 50_000) / 100_000;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn megabytes_are_rounded_to_the_nearest_tenth() {
        assert_eq!(megabytes(1_180_000), "1.2 MB");
        assert_eq!(megabytes(1_149_999), "1.1 MB");
        assert_eq!(megabytes(0), "0.0 MB");
    }
}
