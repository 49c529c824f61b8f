//! What kinds are called in URLs, as the program in this checkout knows it: `boltrope explain resources`.

use std::collections::BTreeMap;

use anyhow::Context as _;

/// Plurals and versions by group and kind; the core group is `core`.
#[derive(Debug)]
pub(super) struct Plurals {
    kinds: BTreeMap<(String, String), Plural>,
}

/// One kind.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plural {
    pub(super) versions: Vec<String>,
    pub(super) name: String,
}

impl Plurals {
    /// Reads what the program prints: `apps/v1  Deployment  deployments  Namespaced`.
    pub(super) fn read(text: &str) -> anyhow::Result<Self> {
        let line = |line: &str| -> Option<((String, String), Plural)> {
            let mut words = line.split_whitespace().map(str::to_owned);
            let (group, kind, name) = (words.next()?, words.next()?, words.next()?);
            let (group, versions) = group.split_once('/')?;
            let versions = versions.split(',').map(str::to_owned).collect();
            Some(((group.to_owned(), kind), Plural { versions, name }))
        };
        let read = |text: &str| line(text).with_context(|| format!("`{text}` is no line of a kind"));
        let kinds = text.lines().map(read).collect::<anyhow::Result<_>>()?;
        Ok(Self { kinds })
    }

    /// A kind that policies are registered for.
    pub(super) fn find(&self, group: &str, kind: &str) -> anyhow::Result<&Plural> {
        let found = self.kinds.get(&(group.to_owned(), kind.to_owned()));
        found.with_context(|| format!("`boltrope explain resources` has no `{group}/{kind}`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_and_a_kind_that_is_not_there_is_named() {
        let text = "core/v1      Service    services    Namespaced\nx.dev/v1,v2  Thing  things  depends\n";
        let plurals = Plurals::read(text).unwrap();
        let thing = plurals.find("x.dev", "Thing").unwrap();
        assert_eq!(
            (thing.versions.as_slice(), thing.name.as_str()),
            (["v1".to_owned(), "v2".to_owned()].as_slice(), "things")
        );
        let error = plurals.find("core", "Thing").unwrap_err().to_string();
        assert_eq!(error, "`boltrope explain resources` has no `core/Thing`");
        assert!(Plurals::read("nonsense").is_err());
    }
}
