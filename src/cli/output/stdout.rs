//! Stdout, where the result goes and nothing else. A reader who left is not worth a message.

use std::io::{self, BufWriter, ErrorKind, Write};

use serde::Serialize;

use crate::cli::exit::Failure;
use crate::cli::files::reason;

/// Bytes as they are, piece by piece.
pub(crate) fn pieces<'p>(pieces: impl Iterator<Item = &'p [u8]>) -> Result<(), Failure> {
    let mut stdout = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    for piece in pieces {
        stdout.write_all(piece).map_err(|error| refuse(&error))?;
    }
    stdout.flush().map_err(|error| refuse(&error))
}

/// A value as JSON that people can read, too.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let broken = |error: serde_json::Error| Failure::Internal(format!("JSON cannot be written: {error}"));
    let mut text = serde_json::to_vec_pretty(value).map_err(broken)?;
    text.push(b'\n');
    pieces([text.as_slice()].into_iter())
}

/// Text with colours, which only a terminal gets to see.
pub(crate) fn styled(text: &[u8]) -> Result<(), Failure> {
    let mut stdout = BufWriter::new(anstream::stdout().lock());
    let written = stdout.write_all(text).and_then(|()| stdout.flush());
    written.map_err(|error| refuse(&error))
}

fn refuse(error: &io::Error) -> Failure {
    if error.kind() == ErrorKind::BrokenPipe {
        return Failure::Closed;
    }
    Failure::Output(format!("cannot write to stdout: {}", reason(error)))
}
