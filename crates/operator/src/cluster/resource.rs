//! A kind as the API server serves it, and the paths of its objects.

use std::borrow::Cow;
use std::fmt;

/// Group, version and plural name: `helm.toolkit.fluxcd.io`, `v2`, `helmreleases`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    pub(crate) group: Cow<'static, str>,
    version: Cow<'static, str>,
    pub(crate) plural: Cow<'static, str>,
}

impl Resource {
    pub(crate) const SECRETS: Self = Self::built_in("", "v1", "secrets");
    pub(crate) const EVENTS: Self = Self::built_in("", "v1", "events");
    pub(crate) const DEPLOYMENTS: Self = Self::built_in("apps", "v1", "deployments");
    pub(crate) const LEASES: Self = Self::built_in("coordination.k8s.io", "v1", "leases");
    pub(crate) const NAMESPACES: Self = Self::built_in("", "v1", "namespaces");
    pub(crate) const CONFIG_MAPS: Self = Self::built_in("", "v1", "configmaps");
    pub(crate) const ACCESS_REVIEWS: Self =
        Self::built_in("authorization.k8s.io", "v1", "selfsubjectaccessreviews");

    const fn built_in(group: &'static str, version: &'static str, plural: &'static str) -> Self {
        Self {
            group: Cow::Borrowed(group),
            version: Cow::Borrowed(version),
            plural: Cow::Borrowed(plural),
        }
    }

    /// A kind whose version was found out.
    pub(crate) fn new(group: &str, version: &str, plural: &str) -> Self {
        Self {
            group: Cow::Owned(group.to_owned()),
            version: Cow::Owned(version.to_owned()),
            plural: Cow::Owned(plural.to_owned()),
        }
    }

    /// `apiVersion` of its objects.
    pub(crate) fn api_version(&self) -> String {
        match &*self.group {
            "" => self.version.to_string(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// The path of the list, of one object, or of a part of it.
    pub(crate) fn path(&self, namespace: Option<&str>, name: Option<&str>, part: Option<&str>) -> String {
        let mut path = root(&self.group, &self.version);
        if let Some(namespace) = namespace {
            path.push_str("/namespaces/");
            path.push_str(namespace);
        }
        path.push('/');
        path.push_str(&self.plural);
        for piece in [name, part].into_iter().flatten() {
            path.push('/');
            path.push_str(piece);
        }
        path
    }
}

/// `secrets`, `helmreleases.helm.toolkit.fluxcd.io`
impl fmt::Display for Resource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.plural)?;
        match &*self.group {
            "" => Ok(()),
            group => write!(formatter, ".{group}"),
        }
    }
}

/// Where a group and version is served.
pub(super) fn root(group: &str, version: &str) -> String {
    match group {
        "" => format!("/api/{version}"),
        group => format!("/apis/{group}/{version}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_api() {
        let releases = Resource::new("helm.toolkit.fluxcd.io", "v2", "helmreleases");
        assert_eq!(
            releases.path(None, None, None),
            "/apis/helm.toolkit.fluxcd.io/v2/helmreleases"
        );
        assert_eq!(
            releases.path(Some("shop"), Some("web"), Some("status")),
            "/apis/helm.toolkit.fluxcd.io/v2/namespaces/shop/helmreleases/web/status"
        );
        assert_eq!(
            Resource::SECRETS.path(Some("a"), None, None),
            "/api/v1/namespaces/a/secrets"
        );
    }
}
