//! Which libraries a program asks its loader for, from the program itself (ELF, 64 bits, little-endian).
//!
//! Source: the ELF specification (`elf.h`): a program header of type `PT_INTERP` names the loader, and `PT_DYNAMIC` holds
//! `DT_NEEDED` entries. A static program, position-independent or not, has neither loader nor needs.

use anyhow::{Context as _, ensure};

const PT_DYNAMIC: u64 = 2;
const PT_INTERP: u64 = 3;
const DT_NEEDED: u64 = 1;
/// Bytes of one entry of the dynamic section.
const ENTRY: usize = 16;

/// What a program needs before it can start; nothing if it is static.
pub(crate) fn needs(program: &[u8]) -> anyhow::Result<Vec<String>> {
    ensure!(
        program.starts_with(b"\x7fELF\x02\x01"),
        "no ELF file of 64 bits, little-endian"
    );
    let table = number(program, 0x20, 8)?;
    let (size, count) = (number(program, 0x36, 2)?, number(program, 0x38, 2)?);
    ensure!(count > 0, "it has no program headers: it is no program");
    let mut needs = Vec::new();
    for index in 0..count {
        let header = table + index * size;
        let kind = number(program, header, 4)?;
        let (offset, length) = (number(program, header + 8, 8)?, number(program, header + 32, 8)?);
        let content = program
            .get(place(offset)?..place(offset + length)?)
            .context("a header points beyond the file")?;
        if kind == PT_INTERP {
            needs.push(String::from_utf8_lossy(content).trim_end_matches('\0').to_owned());
        } else if kind == PT_DYNAMIC {
            for entry in content.chunks_exact(ENTRY) {
                if number(entry, 0, 8)? == DT_NEEDED {
                    needs.push("a shared library".to_owned());
                }
            }
        }
    }
    Ok(needs)
}

fn number(bytes: &[u8], at: u64, size: usize) -> anyhow::Result<u64> {
    let at = place(at)?;
    let bytes = bytes.get(at..at + size).context("it ends too early")?;
    Ok(bytes
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn place(number: u64) -> anyhow::Result<usize> {
    usize::try_from(number).context("a number beyond the file")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_program_needs_a_loader_and_a_library() {
        let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let needs = needs(&program).unwrap();
        assert!(needs.iter().any(|needed| needed.contains("ld-")), "{needs:?}");
        assert!(
            needs.iter().any(|needed| needed == "a shared library"),
            "{needs:?}"
        );
    }

    #[test]
    fn what_is_no_program_is_said_to_be_none() {
        for bytes in [b"#!/bin/sh\n".as_slice(), b"\x7fELF\x02\x01", b"", &[0; 128]] {
            assert!(needs(bytes).is_err());
        }
    }
}
