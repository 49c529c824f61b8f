//! `reserved`: hosts that must never come out of a rewrite.
//!
//! An entry is a glob over the whole host (`*` any characters, dots too; `?` one character). A wildcard result that would
//! serve a reserved host is taken too, as far as any kind's wildcard reaches: the wide reading is the safe one.

use super::host::{Host, Reach};

/// The globs, in lower case without trailing dots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reserved(Vec<String>);

impl Reserved {
    /// The globs of the settings.
    pub(crate) fn new(globs: impl IntoIterator<Item = String>) -> Self {
        let normal = |glob: String| glob.strip_suffix('.').unwrap_or(&glob).to_ascii_lowercase();
        Self(globs.into_iter().map(normal).collect())
    }

    /// The entry that reserves `host`.
    pub(crate) fn takes(&self, host: &Host) -> Option<&str> {
        let covered =
            |glob: &str| Host::read(glob).is_ok_and(|reserved| host.covers(&reserved, Reach::ManyLabels));
        self.0
            .iter()
            .map(String::as_str)
            .find(|glob| glob_matches(glob, host.as_str()) || covered(glob))
    }
}

/// Whether `text` matches `glob` from end to end, in time proportional to the product of their lengths.
fn glob_matches(glob: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut reached = vec![true];
    reached.resize(text.len() + 1, false);
    for pattern in glob.chars() {
        let mut next = vec![false; text.len() + 1];
        let mut seen = false;
        for (index, here) in reached.iter().enumerate() {
            seen |= *here;
            let (target, value) = match pattern {
                '*' => (index, seen),
                '?' => (index + 1, *here),
                letter => (index + 1, *here && text.get(index) == Some(&letter)),
            };
            if let Some(slot) = next.get_mut(target) {
                *slot |= value;
            }
        }
        reached = next;
    }
    reached.last() == Some(&true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserves_by_glob_and_by_what_a_wildcard_would_serve() {
        for (glob, host, taken) in [
            ("www.example.com", "www.example.com", true),
            ("WWW.example.com.", "www.example.com", true),
            ("www.example.com", "www2.example.com", false),
            ("www?.example.com", "www2.example.com", true),
            ("*.prod.example.com", "a.b.prod.example.com", true),
            ("*.prod.example.com", "prod.example.com", false),
            ("*", "anything.example", true),
            ("www.example.com", "*.example.com", true),
            ("a.www.example.com", "*.example.com", true),
            ("www.example.org", "*.example.com", false),
        ] {
            let reserved = Reserved::new([glob.to_owned()]);
            assert_eq!(
                reserved.takes(&Host::read(host).unwrap()).is_some(),
                taken,
                "{glob} on {host}"
            );
        }
    }
}
