//! Environment variables that stand in for flags: a Helm plugin cannot be given flags.

use std::env;
use std::path::PathBuf;

/// The rules files of the flags, else of `BOLTROPE_RULES` (several are separated as in `PATH`).
pub(crate) fn rules(flags: &[PathBuf]) -> Vec<PathBuf> {
    if !flags.is_empty() {
        return flags.to_vec();
    }
    let variable = env::var_os("BOLTROPE_RULES").unwrap_or_default();
    env::split_paths(&variable)
        .filter(|path| !path.as_os_str().is_empty())
        .collect()
}

/// The namespace of the flag, else of `BOLTROPE_NAMESPACE`, else of `HELM_NAMESPACE`, and where it was found.
pub(crate) fn namespace(flag: Option<&str>) -> Option<(String, &'static str)> {
    let named = |name: &'static str| Some((text(name)?, name));
    flag.map(|flag| (flag.to_owned(), "--namespace"))
        .or_else(|| named("BOLTROPE_NAMESPACE"))
        .or_else(|| named("HELM_NAMESPACE"))
}

/// The report's path of the flag, else of `BOLTROPE_REPORT`.
pub(crate) fn report(flag: Option<&PathBuf>) -> Option<PathBuf> {
    flag.cloned()
        .or_else(|| text("BOLTROPE_REPORT").map(PathBuf::from))
}

/// Whether Helm 4 runs this program as a plugin: it refuses empty output.
pub(crate) fn is_helm_plugin() -> bool {
    text("HELM_PLUGIN_NAME").is_some()
}

/// A variable that is set; an empty one counts as absent.
fn text(name: &str) -> Option<String> {
    env::var(name).ok().filter(|text| !text.is_empty())
}
