//! Namespaces that transforms which write leave alone unless a rule names one literally (rules.md 1.8).

/// Globs of the protected namespaces; `boltrope explain protected-namespaces` prints them.
pub const PROTECTED_NAMESPACES: [&str; 4] = ["kube-*", "flux-system", "crossplane-system", "kubewarden"];

/// Whether a namespace is protected.
#[must_use]
pub fn is_protected(namespace: &str) -> bool {
    PROTECTED_NAMESPACES
        .iter()
        .any(|glob| super::glob::matches(glob, namespace))
}
