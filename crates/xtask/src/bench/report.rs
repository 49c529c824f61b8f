//! `docs/performance.md`: the numbers, the machine, the command.

use super::jobs::{Contender, Job, megabytes};
use super::measure::Samples;
use super::tree::TreeCheck;
use std::fmt::Write as _;

/// Start-up of the binary, in milliseconds.
const START_BAR: f64 = 5.0;
/// Size of the binary, in bytes.
const BINARY_BAR: u64 = 6_000_000;
/// A check of some 430 files, in milliseconds.
const TREE_BAR: f64 = 100.0;
/// Peak memory: twice the input and this many mebibytes.
const MEMORY_BAR_MEBIBYTES: f64 = 20.0;

/// Why the numbers are what they are.
const EXPLANATION: &str = "
## Where the time and the memory go

- A document that no rule can touch is scanned for `kind` and `apiVersion` in column 0 and not parsed.
- Documents of block mappings, one-line scalars and literal blocks, which is nearly everything that Helm renders, are
  read line by line; libyaml reads the others. Tests hold both readers against each other.
- Rules edit the parsed document in place. That is taken back, the text is edited at the spans of what changes, the edits
  are done again, and the new text is read and compared with the result, event by event: no document is there twice,
  and none leaves unverified. Where the comparison is not certain (another order of keys, anchors, tags, merge keys), the
  new text is read in full.
- The output is pieces of the input with new text between them, written in one call. So the peak is the input, the largest
  values being edited (one per core) and what changed. A document that only libyaml can read, with one enormous
  scalar in it, costs that scalar once more: libyaml collects a scalar before it gives it out.
- Documents are handed to all cores in pieces of 32 KiB.
- Where the C library can be linked statically, `make build` does it: the program starts without a dynamic loader, and with a
  quarter fewer page faults.
";

/// Everything a run of the benchmark found out.
#[derive(Debug)]
pub(super) struct Report {
    /// `boltrope --version`.
    pub(super) start: Samples,
    /// A program that does nothing.
    pub(super) floor: Samples,
    /// The size of the binary.
    pub(super) binary_bytes: u64,
    /// Runs per tool.
    pub(super) rounds: usize,
    /// The jobs, done.
    pub(super) jobs: Vec<Job>,
    /// Git trees, checked.
    pub(super) trees: Vec<TreeCheck>,
}

impl Report {
    /// The page.
    pub(super) fn text(&self) -> String {
        let mut text = String::from("<!-- written by make bench -->\n\n# Performance\n\n");
        let _infallible = writeln!(
            text,
            "Whole processes, started one after the other in {} rounds; medians of wall time, fastest and slowest in \
             brackets. Every tool's output is checked: it holds the label as often as it should. Memory is the peak \
             resident size that the kernel reports; nothing below {:.1} MiB can be told apart.\n\n\
             Command: `make bench`. Machine: {}.\n",
            self.rounds,
            self.floor.mebibytes(),
            machine()
        );
        for job in &self.jobs {
            text.push_str(&job_section(job));
        }
        text.push_str(&tree_section(&self.trees));
        text.push_str("## Start-up and size\n\n| | measured | bar |\n|---|---|---|\n");
        let start = self.start.milliseconds();
        let _infallible = writeln!(
            text,
            "| `boltrope --version` | {start:.2} ms | {} |\n| a program that does nothing | {:.2} ms | |\n\
             | the binary | {} | {} |",
            verdict(start < START_BAR, &format!("under {START_BAR} ms")),
            self.floor.milliseconds(),
            megabytes(usize::try_from(self.binary_bytes).unwrap_or(usize::MAX)),
            verdict(self.binary_bytes < BINARY_BAR, "under 6.0 MB"),
        );
        text.push_str(EXPLANATION);
        text
    }
}

fn job_section(job: &Job) -> String {
    let mut text = format!("## {}\n\n{}\n\n", job.title, job.about);
    text.push_str("| tool | time | processor time | throughput | peak memory | boltrope is faster by | bar |\n|---|---|---|---|---|---|---|\n");
    let ours = job
        .contenders
        .first()
        .map_or(f64::NAN, |contender| contender.samples.milliseconds());
    for (index, contender) in job.contenders.iter().enumerate() {
        let row = if index == 0 {
            our_columns(job, contender)
        } else {
            their_columns(contender, ours)
        };
        let (fastest, slowest) = contender.samples.range();
        let time = contender.samples.milliseconds();
        let _infallible = writeln!(
            text,
            "| {} | {time:.1} ms ({fastest:.1} to {slowest:.1}) | {:.1} ms | {:.1} MB/s | {:.1} MiB | {row} |",
            contender.name,
            contender.samples.processor(),
            bytes(job.bytes) / 1000.0 / time,
            contender.samples.mebibytes(),
        );
    }
    text.push('\n');
    text
}

fn tree_section(trees: &[TreeCheck]) -> String {
    if trees.is_empty() {
        return String::new();
    }
    let mut text = String::from(
        "## `boltrope check` on a Git tree\n\nEvery manifest is read and judged by one rule about all kinds; kustomizations are \
         followed.\n\n| tree | files | time | processor time | peak memory | bar |\n|---|---|---|---|---|---|\n",
    );
    for tree in trees {
        let (fastest, slowest) = tree.samples.range();
        let time = tree.samples.milliseconds();
        let _infallible = writeln!(
            text,
            "| {} | {} | {time:.1} ms ({fastest:.1} to {slowest:.1}) | {:.1} ms | {:.1} MiB | {} |",
            tree.name,
            tree.files,
            tree.samples.processor(),
            tree.samples.mebibytes(),
            verdict(time < TREE_BAR, &format!("under {TREE_BAR} ms")),
        );
    }
    text.push('\n');
    text
}

fn our_columns(job: &Job, contender: &Contender) -> String {
    let allowed = bytes(job.bytes) / 1024.0 / 1024.0 * 2.0 + MEMORY_BAR_MEBIBYTES;
    let met = contender.samples.mebibytes() <= allowed;
    format!("| {}", verdict(met, &format!("memory at most {allowed:.0} MiB")))
}

fn their_columns(contender: &Contender, ours: f64) -> String {
    let ratio = contender.samples.milliseconds() / ours;
    let bar = contender.bar.map_or_else(String::new, |bar| {
        verdict(ratio >= bar, &format!("at least {bar:.0} x"))
    });
    format!("{ratio:.0} x | {bar}")
}

fn verdict(met: bool, bar: &str) -> String {
    format!("{bar}: {}", if met { "met" } else { "**missed**" })
}

fn bytes(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The processor's name and how many of it there are, as the kernel tells.
/// Which one it is, as far as Linux tells.
pub(crate) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map(|(_, name)| name.trim());
    format!(
        "{}, {cores} cores, {}",
        model.unwrap_or("unknown processor"),
        std::env::consts::OS
    )
}

/// How busy it is: the average of the last minute.
pub(crate) fn load() -> String {
    let read = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let first = read.split(' ').next().filter(|load| !load.is_empty());
    first.unwrap_or("unknown").to_owned()
}
