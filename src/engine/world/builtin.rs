//! Scopes of the kinds that Kubernetes itself serves: the last word when no CRD or XRD speaks (rules.md 3.2).
//!
//! The facts are the API discovery of Kubernetes 1.36, every version of every group, alpha and beta included. A
//! test holds the table against the scopes that `k8s-openapi` has in its types. Kinds that exist only as
//! sub-resources (`Scale`, `TokenRequest`, `policy/Eviction`) are no objects of a manifest and not listed.

use super::Scope;

/// The scope of a built-in kind; the core group is the empty string. `None` for kinds that Kubernetes does not serve.
///
/// ```
/// use boltrope::engine::world::{Scope, builtin::scope};
/// assert_eq!(scope("networking.k8s.io", "IngressClass"), Some(Scope::Cluster));
/// assert_eq!(scope("networking.k8s.io", "Ingress"), Some(Scope::Namespaced));
/// assert_eq!(scope("openportal.dev", "ManagedNamespace"), None);
/// ```
#[must_use]
pub fn scope(group: &str, kind: &str) -> Option<Scope> {
    if lists(NAMESPACED, group, kind) {
        Some(Scope::Namespaced)
    } else {
        is_cluster_wide(group, kind).then_some(Scope::Cluster)
    }
}

/// Whether Kubernetes serves the kind outside of namespaces.
pub(crate) fn is_cluster_wide(group: &str, kind: &str) -> bool {
    lists(CLUSTER, group, kind)
}

fn lists(table: &[(&str, &str)], group: &str, kind: &str) -> bool {
    let mut groups = table.iter();
    groups.any(|(served, kinds)| *served == group && holds(kinds, kind))
}

/// Whether a text of kinds has this one. Byte by byte: the kinds are short, and every object is asked about.
fn holds(kinds: &str, kind: &str) -> bool {
    let mut kinds = kinds.as_bytes().split(|byte| *byte == b' ');
    kinds.any(|served| served == kind.as_bytes())
}

/// Every kind with its group and scope.
pub(crate) fn kinds() -> impl Iterator<Item = (&'static str, &'static str, Scope)> {
    let flat = |table: &'static [(&'static str, &'static str)], scope| {
        let kinds = table
            .iter()
            .flat_map(|(group, kinds)| kinds.split(' ').map(|kind| (*group, kind)));
        kinds.map(move |(group, kind)| (group, kind, scope))
    };
    flat(NAMESPACED, Scope::Namespaced).chain(flat(CLUSTER, Scope::Cluster))
}

/// Kinds that live in namespaces, by group, between spaces: a list of texts would be half pointers.
const NAMESPACED: &[(&str, &str)] = &[
    (
        "",
        "Binding ConfigMap Endpoints Event LimitRange PersistentVolumeClaim Pod PodTemplate \
     ReplicationController ResourceQuota Secret Service ServiceAccount",
    ),
    (
        "apps",
        "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet",
    ),
    ("authorization.k8s.io", "LocalSubjectAccessReview"),
    ("autoscaling", "HorizontalPodAutoscaler"),
    ("batch", "CronJob Job"),
    ("certificates.k8s.io", "PodCertificateRequest"),
    ("coordination.k8s.io", "Lease LeaseCandidate"),
    ("discovery.k8s.io", "EndpointSlice"),
    ("events.k8s.io", "Event"),
    ("networking.k8s.io", "Ingress NetworkPolicy"),
    ("policy", "PodDisruptionBudget"),
    ("rbac.authorization.k8s.io", "Role RoleBinding"),
    ("resource.k8s.io", "ResourceClaim ResourceClaimTemplate"),
    ("scheduling.k8s.io", "PodGroup Workload"),
    ("storage.k8s.io", "CSIStorageCapacity"),
];

/// Kinds that live in the cluster itself, by group, between spaces: a list of texts would be half pointers.
const CLUSTER: &[(&str, &str)] = &[
    ("", "ComponentStatus Namespace Node PersistentVolume"),
    (
        "admissionregistration.k8s.io",
        "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration \
     ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding \
     ValidatingWebhookConfiguration",
    ),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("apiregistration.k8s.io", "APIService"),
    ("authentication.k8s.io", "SelfSubjectReview TokenReview"),
    (
        "authorization.k8s.io",
        "SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview",
    ),
    (
        "certificates.k8s.io",
        "CertificateSigningRequest ClusterTrustBundle",
    ),
    (
        "flowcontrol.apiserver.k8s.io",
        "FlowSchema PriorityLevelConfiguration",
    ),
    ("internal.apiserver.k8s.io", "StorageVersion"),
    ("networking.k8s.io", "IPAddress IngressClass ServiceCIDR"),
    ("node.k8s.io", "RuntimeClass"),
    ("rbac.authorization.k8s.io", "ClusterRole ClusterRoleBinding"),
    (
        "resource.k8s.io",
        "DeviceClass DeviceTaintRule ResourcePoolStatusRequest ResourceSlice",
    ),
    ("scheduling.k8s.io", "PriorityClass"),
    (
        "storage.k8s.io",
        "CSIDriver CSINode StorageClass VolumeAttachment VolumeAttributesClass",
    ),
    ("storagemigration.k8s.io", "StorageVersionMigration"),
];

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;

    use k8s_openapi::{ClusterResourceScope, NamespaceResourceScope, Resource, api};
    use k8s_openapi::{apiextensions_apiserver, kube_aggregator};

    use super::*;

    /// The scope that `k8s-openapi` has in a type.
    trait Told {
        const SCOPE: Scope;
    }

    impl Told for NamespaceResourceScope {
        const SCOPE: Scope = Scope::Namespaced;
    }

    impl Told for ClusterResourceScope {
        const SCOPE: Scope = Scope::Cluster;
    }

    /// What `k8s-openapi` says of a kind.
    pub(crate) struct Kind {
        pub(crate) group: &'static str,
        pub(crate) version: &'static str,
        pub(crate) kind: &'static str,
        pub(crate) plural: &'static str,
        pub(crate) scope: Scope,
    }

    fn told<T: Resource>() -> Kind
    where
        T::Scope: Told,
    {
        Kind {
            group: T::GROUP,
            version: T::VERSION,
            kind: T::KIND,
            plural: T::URL_PATH_SEGMENT,
            scope: <T::Scope as Told>::SCOPE,
        }
    }

    /// Every type of the generated client that is an object with a scope.
    #[expect(clippy::too_many_lines, reason = "one line for each kind of Kubernetes")]
    pub(crate) fn all() -> Vec<Kind> {
        vec![
            told::<api::core::v1::Binding>(),
            told::<api::core::v1::ComponentStatus>(),
            told::<api::core::v1::ConfigMap>(),
            told::<api::core::v1::Endpoints>(),
            told::<api::core::v1::Event>(),
            told::<api::core::v1::LimitRange>(),
            told::<api::core::v1::Namespace>(),
            told::<api::core::v1::Node>(),
            told::<api::core::v1::PersistentVolume>(),
            told::<api::core::v1::PersistentVolumeClaim>(),
            told::<api::core::v1::Pod>(),
            told::<api::core::v1::PodTemplate>(),
            told::<api::core::v1::ReplicationController>(),
            told::<api::core::v1::ResourceQuota>(),
            told::<api::core::v1::Secret>(),
            told::<api::core::v1::Service>(),
            told::<api::core::v1::ServiceAccount>(),
            told::<api::admissionregistration::v1::MutatingAdmissionPolicy>(),
            told::<api::admissionregistration::v1::MutatingAdmissionPolicyBinding>(),
            told::<api::admissionregistration::v1::MutatingWebhookConfiguration>(),
            told::<api::admissionregistration::v1::ValidatingAdmissionPolicy>(),
            told::<api::admissionregistration::v1::ValidatingAdmissionPolicyBinding>(),
            told::<api::admissionregistration::v1::ValidatingWebhookConfiguration>(),
            told::<apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition>(),
            told::<kube_aggregator::pkg::apis::apiregistration::v1::APIService>(),
            told::<api::apps::v1::ControllerRevision>(),
            told::<api::apps::v1::DaemonSet>(),
            told::<api::apps::v1::Deployment>(),
            told::<api::apps::v1::ReplicaSet>(),
            told::<api::apps::v1::StatefulSet>(),
            told::<api::authentication::v1::SelfSubjectReview>(),
            told::<api::authentication::v1::TokenReview>(),
            told::<api::authorization::v1::LocalSubjectAccessReview>(),
            told::<api::authorization::v1::SelfSubjectAccessReview>(),
            told::<api::authorization::v1::SelfSubjectRulesReview>(),
            told::<api::authorization::v1::SubjectAccessReview>(),
            told::<api::autoscaling::v1::HorizontalPodAutoscaler>(),
            told::<api::batch::v1::CronJob>(),
            told::<api::batch::v1::Job>(),
            told::<api::certificates::v1::CertificateSigningRequest>(),
            told::<api::certificates::v1alpha1::ClusterTrustBundle>(),
            told::<api::certificates::v1beta1::PodCertificateRequest>(),
            told::<api::coordination::v1::Lease>(),
            told::<api::coordination::v1alpha2::LeaseCandidate>(),
            told::<api::discovery::v1::EndpointSlice>(),
            told::<api::events::v1::Event>(),
            told::<api::flowcontrol::v1::FlowSchema>(),
            told::<api::flowcontrol::v1::PriorityLevelConfiguration>(),
            told::<api::apiserverinternal::v1alpha1::StorageVersion>(),
            told::<api::networking::v1::IPAddress>(),
            told::<api::networking::v1::Ingress>(),
            told::<api::networking::v1::IngressClass>(),
            told::<api::networking::v1::NetworkPolicy>(),
            told::<api::networking::v1::ServiceCIDR>(),
            told::<api::node::v1::RuntimeClass>(),
            told::<api::policy::v1::PodDisruptionBudget>(),
            told::<api::rbac::v1::ClusterRole>(),
            told::<api::rbac::v1::ClusterRoleBinding>(),
            told::<api::rbac::v1::Role>(),
            told::<api::rbac::v1::RoleBinding>(),
            told::<api::resource::v1::DeviceClass>(),
            told::<api::resource::v1alpha3::DeviceTaintRule>(),
            told::<api::resource::v1::ResourceClaim>(),
            told::<api::resource::v1::ResourceClaimTemplate>(),
            told::<api::resource::v1alpha3::ResourcePoolStatusRequest>(),
            told::<api::resource::v1::ResourceSlice>(),
            told::<api::scheduling::v1alpha2::PodGroup>(),
            told::<api::scheduling::v1::PriorityClass>(),
            told::<api::scheduling::v1alpha2::Workload>(),
            told::<api::storage::v1::CSIDriver>(),
            told::<api::storage::v1::CSINode>(),
            told::<api::storage::v1::CSIStorageCapacity>(),
            told::<api::storage::v1::StorageClass>(),
            told::<api::storage::v1::VolumeAttachment>(),
            told::<api::storage::v1::VolumeAttributesClass>(),
            told::<api::storagemigration::v1beta1::StorageVersionMigration>(),
        ]
    }

    #[test]
    fn the_table_says_of_every_kind_what_the_generated_client_says() {
        for Kind {
            group,
            kind,
            scope: expected,
            ..
        } in all()
        {
            assert_eq!(scope(group, kind), Some(expected), "{group}/{kind}");
        }
    }

    #[test]
    fn the_table_has_no_kind_that_the_generated_client_lacks() {
        let known: BTreeSet<_> = all().into_iter().map(|told| (told.group, told.kind)).collect();
        let listed = NAMESPACED.iter().chain(CLUSTER);
        let listed: BTreeSet<_> = listed
            .flat_map(|(group, kinds)| kinds.split(' ').map(move |kind| (*group, kind)))
            .collect();
        assert_eq!(listed, known);
    }
}
