//! Where this program prints: results to stdout, everything for people to stderr. The one place that does.

use std::io::{self, ErrorKind, Write as _};

use anstyle::{AnsiColor, Style};

use super::Failure;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const QUIET: Style = AnsiColor::Cyan.on_default();

/// A result on stdout; colours are for terminals only.
pub(crate) fn result(text: &str) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    written.map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::Closed,
        _ => Failure::Output(format!("cannot write to stdout: {error}")),
    })
}

/// Why a command stopped, on stderr.
pub(crate) fn failure(failure: &Failure) {
    let message = match failure {
        Failure::Closed => return,
        Failure::Arguments(message)
        | Failure::Held(message)
        | Failure::Unreadable(message)
        | Failure::Output(message) => message.clone(),
        Failure::Internal(message) => {
            format!(
                "internal error: {message}; this is a mistake in boltrope-operator, please report this line"
            )
        }
    };
    stderr(&format!("{ERROR}error{ERROR:#}: {message}\n"));
}

/// Something that people should know, and that stops nothing.
pub(crate) fn warning(message: &str) {
    stderr(&format!("{WARNING}warning{WARNING:#}: {message}\n"));
}

/// A word to whoever watches.
pub(crate) fn hint(message: &str) {
    stderr(&format!("{QUIET}{message}{QUIET:#}\n"));
}

/// One line about what is done, on stderr: the log.
pub(crate) fn progress(message: &str) {
    stderr(&format!("{message}\n"));
}

/// Asks a question at the terminal; only `y` and `yes` are yes.
pub(crate) fn confirm(question: &str) -> io::Result<bool> {
    stderr(&format!("{question} [y/N] "));
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}

/// When stderr is closed there is nobody to tell.
#[cfg(not(test))]
fn stderr(text: &str) {
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

/// So that the test harness keeps it from those who do not ask for it.
#[cfg(test)]
fn stderr(text: &str) {
    eprint!("{text}");
}
