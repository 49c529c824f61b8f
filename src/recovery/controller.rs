//! What each helm-controller does by itself, as data: a repair is offered only where the controller needs it.

use std::fmt;

use serde::Serialize;

/// A version of helm-controller, such as `v1.6.2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ControllerVersion {
    numbers: (u64, u64, u64),
    // `false` sorts first: 1.5.0-rc.1 comes before 1.5.0.
    released: bool,
}

/// Something that helm-controller does from one version on.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Behaviour {
    /// The first version that does it.
    since: (u64, u64, u64),
    /// What it does.
    pub what: &'static str,
    /// Where this is known from.
    pub source: &'static str,
}

/// It unlocks `pending-*` records by itself, once nothing else keeps it from the release.
pub const UNLOCKS_PENDING: Behaviour = Behaviour {
    since: (0, 37, 0),
    what: "sets a stale pending record to failed and goes on",
    source: "CHANGELOG of 0.37.0; internal/reconcile/unlock.go",
};

/// It answers the annotations `resetAt` and `forceAt`.
pub const ANSWERS_RESET_AND_FORCE: Behaviour = Behaviour {
    since: (0, 37, 0),
    what: "answers the annotations resetAt and forceAt",
    source: "api/v2beta2/annotations.go is there in 0.37.0 and not in 0.36.2",
};

/// It repairs Ready and Released of a release that is in sync but lost the write of its conditions.
///
/// 1.5.0 (#1411) does so only where Released is there with a failure, which a first install never has.
pub const RESTORES_CONDITIONS: Behaviour = Behaviour {
    since: (1, 6, 5),
    what: "derives Ready again when the write of the conditions was lost",
    source: "helm-controller #1580, opened the day after 1.6.4 was cut; its backport is #1582",
};

/// All of them, oldest first.
pub const BEHAVIOURS: [Behaviour; 3] = [UNLOCKS_PENDING, ANSWERS_RESET_AND_FORCE, RESTORES_CONDITIONS];

impl ControllerVersion {
    /// Reads `v1.6.2`, `1.6.2` or `1.5.0-rc.1`.
    ///
    /// ```
    /// use boltrope::recovery::controller::{ControllerVersion, UNLOCKS_PENDING};
    /// let version = ControllerVersion::parse("v1.6.2").unwrap();
    /// assert!(version.has(UNLOCKS_PENDING));
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let (text, _) = text.split_once('+').unwrap_or((text, ""));
        let (numbers, pre) = text
            .split_once('-')
            .map_or((text, None), |(numbers, pre)| (numbers, Some(pre)));
        let mut parts = numbers.split('.').map(|part| part.parse().ok());
        let numbers = (parts.next()??, parts.next()??, parts.next()??);
        parts.next().is_none().then_some(Self {
            numbers,
            released: pre.is_none(),
        })
    }

    /// The version of a container image, if the image is helm-controller's and has a tag that is a version.
    ///
    /// ```
    /// use boltrope::recovery::controller::ControllerVersion;
    /// let image = "registry.example.com:5000/fluxcd/helm-controller:v1.6.2@sha256:0123";
    /// assert_eq!(ControllerVersion::of_image(image), ControllerVersion::parse("1.6.2"));
    /// ```
    #[must_use]
    pub fn of_image(image: &str) -> Option<Self> {
        let (image, _) = image.split_once('@').unwrap_or((image, ""));
        let (_, last) = image.rsplit_once('/').unwrap_or(("", image));
        Self::parse(last.strip_prefix("helm-controller:")?)
    }

    /// Whether this version behaves so.
    #[must_use]
    pub fn has(self, behaviour: Behaviour) -> bool {
        let first = Self {
            numbers: behaviour.since,
            released: true,
        };
        self >= first
    }
}

impl fmt::Display for ControllerVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor, patch) = self.numbers;
        write!(formatter, "{major}.{minor}.{patch}")?;
        if self.released {
            Ok(())
        } else {
            formatter.write_str(" (pre-release)")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        for (version, unlocks, restores) in [
            ("v0.36.2", false, false),
            ("v0.37.0-rc.1", false, false),
            ("v0.37.0", true, false),
            ("v1.6.3", true, false),
            ("v1.6.4", true, false),
            ("v1.6.5", true, true),
            ("1.10.0", true, true),
        ] {
            let version = ControllerVersion::parse(version).unwrap();
            assert_eq!(
                (version.has(UNLOCKS_PENDING), version.has(RESTORES_CONDITIONS)),
                (unlocks, restores),
                "{version}"
            );
        }
    }

    #[test]
    fn only_images_of_the_controller_tell_its_version() {
        for image in [
            "ghcr.io/fluxcd/source-controller:v1.6.2",
            "ghcr.io/fluxcd/helm-controller@sha256:00",
            "ghcr.io/fluxcd/helm-controller:latest",
            "ghcr.io/fluxcd/helm-controller:v1.6",
            "",
        ] {
            assert_eq!(ControllerVersion::of_image(image), None, "{image}");
        }
    }
}
