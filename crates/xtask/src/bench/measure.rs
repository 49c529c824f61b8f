//! One run of one program: wall time, processor time and peak memory.
//!
//! The kernel reports the largest memory of all waited-for children of a process, so each run has a small process
//! of its own (`cargo xtask measure`, this program again) that waits for exactly one.

use crate::output;
use crate::program::Program;
use anyhow::{Context as _, bail};
use nix::sys::resource::{UsageWho, getrusage};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A program with its input and output.
#[derive(Debug, Clone)]
pub(super) struct Run {
    /// The program's path.
    pub(super) program: PathBuf,
    /// Its arguments.
    pub(super) arguments: Vec<String>,
    /// Its standard input, a file.
    pub(super) stdin: PathBuf,
    /// Where its standard output goes.
    pub(super) stdout: PathBuf,
}

/// What one run took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sample {
    /// From just before the start of the process to its end.
    pub(super) milliseconds: f64,
    /// What it used of all processors, in its own code and in the kernel: less disturbed by a busy machine.
    pub(super) processor: f64,
    /// The peak of its resident memory.
    pub(super) mebibytes: f64,
}

impl Run {
    /// Runs it once.
    pub(super) fn sample(&self) -> anyhow::Result<Sample> {
        let this = std::env::current_exe().context("finding this program")?;
        let line = Program::new(this)
            .args([
                "measure".as_ref(),
                self.stdin.as_os_str(),
                self.stdout.as_os_str(),
                self.program.as_os_str(),
            ])
            .args(&self.arguments)
            .stdout()?;
        let mut numbers = line.split_whitespace().map(str::parse::<f64>);
        match (numbers.next(), numbers.next(), numbers.next()) {
            (Some(Ok(milliseconds)), Some(Ok(processor)), Some(Ok(mebibytes))) => Ok(Sample {
                milliseconds,
                processor,
                mebibytes,
            }),
            _ => bail!("`xtask measure` printed `{line}`, not three numbers"),
        }
    }
}

/// The verb behind `Run::sample`: STDIN STDOUT PROGRAM [ARGUMENT...]. Prints milliseconds by the clock and of
/// the processors, and mebibytes.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let [stdin, stdout, program, rest @ ..] = arguments else {
        bail!("usage: xtask measure STDIN STDOUT PROGRAM [ARGUMENT...]");
    };
    let stdin = std::fs::File::open(stdin).with_context(|| format!("opening `{stdin}`"))?;
    let stdout = std::fs::File::create(stdout).with_context(|| format!("creating `{stdout}`"))?;
    let mut command = Command::new(program);
    command
        .args(rest)
        .stdin(stdin)
        .stdout(stdout)
        .stderr(Stdio::piped());
    let start = Instant::now();
    let child = command.spawn().with_context(|| format!("starting `{program}`"))?;
    let result = child.wait_with_output()?;
    let milliseconds = start.elapsed().as_secs_f64() * 1000.0;
    if !result.status.success() {
        bail!(
            "`{program}` failed: {}\n{}",
            result.status,
            String::from_utf8_lossy(&result.stderr).trim_end()
        );
    }
    let (processor, mebibytes) = used_by_the_child()?;
    output::line(&format!("{milliseconds:.4} {processor:.4} {mebibytes:.3}"));
    Ok(())
}

/// Milliseconds of processor time and the peak of memory of the one child that was waited for.
fn used_by_the_child() -> anyhow::Result<(f64, f64)> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).context("asking the kernel what the child used")?;
    let time = usage.user_time() + usage.system_time();
    let processor = Duration::new(
        u64::try_from(time.tv_sec())?,
        1000 * u32::try_from(time.tv_usec())?,
    );
    // Linux counts kibibytes, macOS bytes.
    let divisor = if cfg!(target_os = "macos") { 1024 } else { 1 };
    let peak = u32::try_from(usage.max_rss() / divisor)?;
    Ok((processor.as_secs_f64() * 1000.0, f64::from(peak) / 1024.0))
}

/// The samples of one contender.
#[derive(Debug, Default, Clone)]
pub(super) struct Samples(Vec<Sample>);

impl Samples {
    /// Adds one.
    pub(super) fn push(&mut self, sample: Sample) {
        self.0.push(sample);
    }

    /// The median time.
    pub(super) fn milliseconds(&self) -> f64 {
        median(self.0.iter().map(|sample| sample.milliseconds).collect())
    }

    /// The median of processor time.
    pub(super) fn processor(&self) -> f64 {
        median(self.0.iter().map(|sample| sample.processor).collect())
    }

    /// The fastest and the slowest.
    pub(super) fn range(&self) -> (f64, f64) {
        let times = || self.0.iter().map(|sample| sample.milliseconds);
        (times().fold(f64::INFINITY, f64::min), times().fold(0.0, f64::max))
    }

    /// The largest memory of all runs.
    pub(super) fn mebibytes(&self) -> f64 {
        self.0.iter().map(|sample| sample.mebibytes).fold(0.0, f64::max)
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (
        values.len() % 2,
        values.get(middle.wrapping_sub(1)),
        values.get(middle),
    ) {
        (0, Some(low), Some(high)) => f64::midpoint(*low, *high),
        (_, _, Some(value)) => *value,
        _ => f64::NAN,
    }
}

/// Removes and creates the folder that a benchmark writes to.
pub(super) fn fresh(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder).with_context(|| format!("creating `{}`", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_between_the_two_middles() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]).to_bits(), 2.0f64.to_bits());
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]).to_bits(), 2.5f64.to_bits());
        assert!(median(vec![]).is_nan());
    }
}
