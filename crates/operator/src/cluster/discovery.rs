//! Which version of a kind the API server serves: Flux has had several, and they say the same.

use serde_json::Value;

use super::call::parse;
use super::resource::root;
use super::{CallError, Cluster, Resource};

impl Cluster {
    /// The kinds of a group that are served, each in the newest version that has it, in the order asked for; `None` for
    /// one that is not served.
    pub(crate) async fn discover(
        &self,
        group: &str,
        plurals: &[&str],
    ) -> Result<Vec<Option<Resource>>, CallError> {
        let mut found: Vec<Option<Resource>> = vec![None; plurals.len()];
        for version in self.versions(group).await? {
            if found.iter().all(Option::is_some) {
                break;
            }
            let served = self.served(group, &version).await?;
            for (place, plural) in found.iter_mut().zip(plurals) {
                if place.is_none() && served.iter().any(|name| name == plural) {
                    *place = Some(Resource::new(group, &version, plural));
                }
            }
        }
        Ok(found)
    }

    /// The versions of a group, the preferred one first; none if the group is not served.
    async fn versions(&self, group: &str) -> Result<Vec<String>, CallError> {
        let path = format!("/apis/{group}");
        let body = match self.look(&path).await {
            Err(CallError::NotFound { .. }) => return Ok(Vec::new()),
            answered => answered?,
        };
        let answer = parse(&format!("GET {path}"), &body)?;
        let preferred = text(&answer, "/preferredVersion/version");
        let all = answer.pointer("/versions").and_then(Value::as_array);
        let all = all.into_iter().flatten().map(|version| text(version, "/version"));
        let rest = all.filter(|version| *version != preferred);
        let versions = std::iter::once(preferred).chain(rest);
        Ok(versions
            .filter(|version| !version.is_empty())
            .map(str::to_owned)
            .collect())
    }

    async fn served(&self, group: &str, version: &str) -> Result<Vec<String>, CallError> {
        let path = root(group, version);
        let body = match self.look(&path).await {
            Err(CallError::NotFound { .. }) => return Ok(Vec::new()),
            answered => answered?,
        };
        let answer = parse(&format!("GET {path}"), &body)?;
        let resources = answer.pointer("/resources").and_then(Value::as_array);
        let names = resources
            .into_iter()
            .flatten()
            .map(|resource| text(resource, "/name").to_owned());
        Ok(names.collect())
    }
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
