//! `minimumVersion`: an older program refuses a file instead of misreading it.

/// A release version: three numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version([u32; 3]);

impl Version {
    /// This program's version.
    pub(crate) fn current() -> Self {
        Self::parse(env!("CARGO_PKG_VERSION")).unwrap_or(Self([0; 3]))
    }

    /// Reads `1.2.3`, with a leading `v` if one likes.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix('v').unwrap_or(text).split('.');
        let mut version = Self([0; 3]);
        for number in &mut version.0 {
            *number = parts.next()?.parse().ok()?;
        }
        parts.next().is_none().then_some(version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert!(Version::parse("0.10.0") > Version::parse("v0.9.9"));
        assert_eq!(Version::parse("0.1"), None);
        assert_eq!(Version::parse("0.1.0-rc1"), None);
        assert!(Version::current() > Version::parse("0.0.0").unwrap());
    }
}
