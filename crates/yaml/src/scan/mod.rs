//! Kind and apiVersion of a document without parsing it, where they are certain.
//!
//! The scan walks the lines once and looks at those in column 0 only. It must never be wrong, so whatever could make YAML
//! see something else there (a quote or a bracket that is open, an anchor, a tag, a merge key, a line break that is no line
//! feed) ends it as [`Scan::Unusual`], and the document is parsed. Up to the second of the two keys every line must be too
//! simple to leave anything open ([`line`]); after them only a second `kind` or `apiVersion` could matter.

mod line;

use self::line::Line;

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scan<'a> {
    /// Only blanks and comments: Kubernetes reads `null`.
    Empty,
    /// A mapping whose `apiVersion` and `kind` are these strings, if the document can be read at all; no `List`.
    Object {
        /// As written, without quotes.
        api_version: &'a str,
        /// As written, without quotes.
        kind: &'a str,
    },
    /// Only parsing can tell.
    Unusual,
}

pub(crate) fn scan(text: &str) -> Scan<'_> {
    if has_unusual_bytes(text.as_bytes()) {
        Scan::Unusual
    } else {
        Walk::default().run(text).unwrap_or(Scan::Unusual)
    }
}

/// Line breaks that are no line feed (a carriage return not before one, U+0085, U+2028, U+2029) and byte order marks.
fn has_unusual_bytes(bytes: &[u8]) -> bool {
    memchr::memchr3_iter(b'\r', 0xc2, 0xe2, bytes).any(|at| match bytes.get(at..) {
        Some([b'\r', b'\n', ..]) => false,
        Some([b'\r', ..]) => true,
        Some([0xc2, next, ..]) => *next == 0x85,
        Some([0xe2, 0x80, last, ..]) => matches!(last, 0xa8 | 0xa9),
        _ => false,
    })
}

/// Where the next line starts that does not begin with a space; many bytes are looked at at once.
fn next_outdent(bytes: &[u8]) -> usize {
    const STEP: usize = 32;
    let is_outdent = |(end, start): (&u8, &u8)| (*end == b'\n') & (*start != b' ');
    let (ends, starts) = (bytes, bytes.get(1..).unwrap_or_default());
    let blocks = ends
        .as_chunks::<STEP>()
        .0
        .iter()
        .zip(starts.as_chunks::<STEP>().0);
    let has_none = |(ends, starts): &(&[u8; STEP], &[u8; STEP])| {
        !ends
            .iter()
            .zip(*starts)
            .fold(false, |any, pair| any | is_outdent(pair))
    };
    let from = blocks.take_while(has_none).count() * STEP;
    let pairs = ends.iter().zip(starts).skip(from);
    let found = pairs.enumerate().find(|(_, pair)| is_outdent(*pair));
    found.map_or(bytes.len(), |(at, _)| from + at + 1)
}

/// What was seen so far.
#[derive(Debug, Default)]
struct Walk<'a> {
    api_version: Option<&'a str>,
    kind: Option<&'a str>,
    /// The line before was a value of `kind` or `apiVersion`, so that the next content must not continue it.
    value_open: bool,
    content: bool,
}

impl<'a> Walk<'a> {
    /// `None` when only parsing can tell.
    fn run(mut self, text: &'a str) -> Option<Scan<'a>> {
        let mut rest = text;
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |at| at + 1);
            let (line, next) = rest.split_at_checked(end)?;
            let complete = self.api_version.is_some() && self.kind.is_some();
            if complete && !self.value_open && line.starts_with(' ') {
                rest = rest.get(next_outdent(rest.as_bytes())..)?;
            } else {
                self.line(line, complete)?;
                rest = next;
            }
        }
        match (self.content, self.api_version, self.kind) {
            (false, ..) => Some(Scan::Empty),
            (true, Some(api_version), Some(kind)) if !kind.ends_with("List") => {
                Some(Scan::Object { api_version, kind })
            }
            _ => None,
        }
    }

    fn line(&mut self, line: &'a str, complete: bool) -> Option<()> {
        let line = line
            .strip_suffix('\n')
            .map_or(line, |line| line.strip_suffix('\r').unwrap_or(line));
        match line::classify(line) {
            Line::Blank | Line::Comment => return Some(()),
            Line::Indented { .. } if self.value_open || !self.content => return None,
            Line::Item { .. } if self.value_open || !self.content => return None,
            Line::Indented { simple } | Line::Item { simple } if simple || complete => {}
            Line::Key { name: "kind", value } => self.keep(value, |walk| &mut walk.kind)?,
            Line::Key {
                name: "apiVersion",
                value,
            } => self.keep(value, |walk| &mut walk.api_version)?,
            Line::Key { value, .. } if complete || value.is_simple() => self.value_open = false,
            _ => return None,
        }
        self.content = true;
        Some(())
    }

    fn keep(
        &mut self,
        value: line::Value<'a>,
        slot: impl Fn(&mut Self) -> &mut Option<&'a str>,
    ) -> Option<()> {
        let word = value.as_string()?;
        self.value_open = true;
        slot(self).replace(word).is_none().then_some(())
    }
}

#[cfg(test)]
mod tests;
