//! `reserved`: hosts that must never come out of a rewrite.
//!
//! An entry is a glob over the whole host (`*` any characters, dots too; `?` one character). A wildcard result that would
//! serve a reserved host is refused too, as far as the kind's wildcard reaches.

use super::host::{Host, Reach};
use crate::selector::Glob;

/// The globs, in lower case without trailing dots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reserved(Vec<Glob>);

impl Reserved {
    /// The globs of the settings.
    pub(crate) fn new(globs: &[String]) -> Self {
        let mut normal = Vec::new();
        for glob in globs {
            let name = glob.strip_suffix('.').unwrap_or(glob);
            normal.push(Glob::new(name.to_ascii_lowercase()));
        }
        Self(normal)
    }

    /// The entry that reserves `host`, whose wildcard reaches as far as `reach` says.
    pub(crate) fn takes(&self, host: &Host, reach: Reach) -> Option<&str> {
        let covered = |glob: &str| Host::read(glob).is_ok_and(|reserved| host.covers(&reserved, reach));
        let takes = |glob: &&Glob| glob.matches(host.as_str()) || covered(glob.as_str());
        self.0.iter().find(takes).map(Glob::as_str)
    }
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
            ("a.www.example.com", "*.example.com", false),
            ("www.example.org", "*.example.com", false),
        ] {
            let reserved = Reserved::new(&[glob.to_owned()]);
            assert_eq!(
                reserved
                    .takes(&Host::read(host).unwrap(), Reach::OneLabel)
                    .is_some(),
                taken,
                "{glob} on {host}"
            );
        }
    }

    #[test]
    fn a_gateway_wildcard_serves_reserved_hosts_at_any_depth() {
        let reserved = Reserved::new(&["a.www.example.com".to_owned()]);
        assert!(
            reserved
                .takes(&Host::read("*.example.com").unwrap(), Reach::ManyLabels)
                .is_some()
        );
    }
}
