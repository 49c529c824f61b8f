//! A text as what a Secret takes: gzip, base64, and in pieces where it is too much for one.

use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

/// Of the 1 MiB that a Secret takes: some is left for what else stands in it.
const PIECE: usize = 900_000;
/// More than any release in all its copies.
const MAX_TEXT: u64 = 256 * 1024 * 1024;

/// The pieces, each as a value of `data`.
pub(super) fn pack(text: &str) -> std::io::Result<Vec<String>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes())?;
    let bytes = encoder.finish()?;
    Ok(bytes.chunks(PIECE).map(|piece| STANDARD.encode(piece)).collect())
}

/// The text of all pieces; `None` if they are not what `pack` made.
pub(super) fn unpack<'p>(pieces: impl Iterator<Item = &'p str>) -> Option<String> {
    let mut bytes = Vec::new();
    for piece in pieces {
        bytes.extend(STANDARD.decode(piece).ok()?);
    }
    let mut text = String::new();
    let mut decoder = GzDecoder::new(bytes.as_slice()).take(MAX_TEXT);
    decoder.read_to_string(&mut text).ok()?;
    Some(text)
}

/// A short text as a value of `data`.
pub(super) fn plain(text: &str) -> String {
    STANDARD.encode(text)
}

/// The short text that a value of `data` holds.
pub(super) fn unplain(value: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(value).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back_however_large() {
        let noise: String = (0_u64..600_000)
            .map(|index| format!("{:x}", index.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
            .collect();
        for (text, pieces) in [("", 1), ("{}", 1), (noise.as_str(), 2)] {
            let packed = pack(text).unwrap();
            assert!(packed.len() >= pieces, "{}", packed.len());
            assert!(packed.iter().all(|piece| piece.len() / 4 * 3 <= PIECE + 2));
            assert_eq!(unpack(packed.iter().map(String::as_str)).as_deref(), Some(text));
        }
        assert_eq!(unpack(["bm8="].into_iter()), None);
    }
}
