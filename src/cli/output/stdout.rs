//! Stdout, where the result goes and nothing else. A reader who left is not worth a message.
//!
//! A stdout that was closed before the start (`>&-`) cannot be told from one that nobody wants: the runtime opens
//! `/dev/null` in its place before `main`, for reading and writing, and so do Python (`subprocess.DEVNULL`) and Node
//! (`stdio: "ignore"`) for those who really want none. Neither `/proc/self/fd` nor `fdinfo` shows a difference, and to
//! look before the runtime takes unsafe code. So both end with 0.

#[cfg(unix)]
use std::fs::File;
#[cfg(unix)]
use std::io::IoSlice;
use std::io::{self, BufWriter, ErrorKind, Write};
#[cfg(unix)]
use std::os::fd::AsFd;

use serde::Serialize;

use crate::cli::exit::Failure;
use crate::cli::files::reason;

/// Bytes as they are, piece by piece.
pub(crate) fn pieces<'p>(pieces: impl Iterator<Item = &'p [u8]>) -> Result<(), Failure> {
    write_pieces(pieces).map_err(|error| refuse(&error))
}

/// Many pieces at once and without copying them: they may be as large as the input.
#[cfg(unix)]
fn write_pieces<'p>(pieces: impl Iterator<Item = &'p [u8]>) -> io::Result<()> {
    let mut stdout = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let mut slices: Vec<IoSlice<'_>> = pieces
        .filter(|piece| !piece.is_empty())
        .map(IoSlice::new)
        .collect();
    let mut left = slices.as_mut_slice();
    while !left.is_empty() {
        match stdout.write_vectored(left) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut left, written),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Where stdout may be a console that is no file.
#[cfg(not(unix))]
fn write_pieces<'p>(pieces: impl Iterator<Item = &'p [u8]>) -> io::Result<()> {
    let mut stdout = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    for piece in pieces {
        stdout.write_all(piece)?;
    }
    stdout.flush()
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
