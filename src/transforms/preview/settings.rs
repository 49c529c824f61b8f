//! Settings of `preview`, as written and as validated.

use serde_json::Value;

use crate::rules::{Mistake, Mistakes, decode_settings, is_dns_label, record, words};
use crate::selector::{Glob, NamespaceSelector, RawNamespaceSelector};
use crate::transforms::external_name::{FOREIGN_ANNOTATIONS, RawServices, Services};
use crate::transforms::host_rewrite::settings::{
    HostRewriteSettings, Leftover, RawAnnotations, RawEntry, RawField, RawHostRewrite, RawTls,
};

/// How many namespaces a rule serves unless it says so.
const MAX_NAMESPACES: u32 = 200;

/// What stands under `preview` in a rule.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub struct RawPreview {
    /// The base namespace, whose Services and routes are mirrored and copied.
    #[cfg_attr(feature = "schema", schemars(pattern("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")))]
    pub source: String,
    /// Who must agree that the source is shared.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub consent: Consent,
    /// The preview namespaces. An include key is needed.
    pub namespaces: RawNamespaceSelector,
    /// Let annotations of a Namespace select it, although whoever may edit the Namespace may write them.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub trust_annotations: bool,
    /// Which Services of the source are mirrored; by default all but `kubernetes`.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub services: Option<RawServices>,
    /// Which routes of the source are copied, and with which hosts; none when absent.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub routes: Option<RawRoutes>,
    /// How a preview reaches the source; `[externalName]` by default.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub strategy: Option<Vec<Strategy>>,
    /// Labels and annotations of the source that copies keep; all others are dropped.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub metadata: RawKept,
    /// Hold a route back until the Services it leads to exist in the preview.
    #[cfg_attr(feature = "schema", schemars(default = "yes"))]
    pub require_backends: bool,
    /// How many namespaces are served at most, the oldest first; 200 by default.
    #[cfg_attr(feature = "schema", schemars(default, range(min = 1)))]
    pub max_namespaces: Option<u32>,
}

record!(
    RawPreview,
    required { "source" => source, "namespaces" => namespaces },
    optional {
        "consent" => consent,
        "trustAnnotations" => trust_annotations,
        "services" => services,
        "routes" => routes,
        "strategy" => strategy,
        "metadata" => metadata,
        "requireBackends" => require_backends = true,
        "maxNamespaces" => max_namespaces,
    }
);

#[cfg(feature = "schema")]
fn yes() -> bool {
    true
}

/// Who must agree that the source is shared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "lowercase")
)]
pub enum Consent {
    /// The source Namespace, by its label `boltrope.dev/preview-source: "true"`.
    #[default]
    Namespace,
    /// Each object, by its annotation `boltrope.dev/preview: "on"`.
    Object,
    /// Nobody: the rule is enough.
    None,
}

words!(Consent { "namespace" => Namespace, "object" => Object, "none" => None });

/// How a preview reaches the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase")
)]
pub enum Strategy {
    /// A Service of type ExternalName for each of the source's Services.
    ExternalName,
    /// Gateway API routes that lead into the source namespace, with a ReferenceGrant there.
    GatewayGrant,
}

words!(Strategy { "externalName" => ExternalName, "gatewayGrant" => GatewayGrant });

/// What copies keep of the source's metadata.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub struct RawKept {
    /// Keys of labels.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub keep_labels: Vec<String>,
    /// Keys of annotations.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub keep_annotations: Vec<String>,
}

record!(
    RawKept,
    required {},
    optional { "keepLabels" => keep_labels, "keepAnnotations" => keep_annotations }
);

/// Which routes are copied, with the settings of `hostRewrite` beside it.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub struct RawRoutes {
    /// Globs on names of routes; all when absent.
    #[cfg_attr(feature = "schema", schemars(default))]
    include: Option<Vec<String>>,
    /// Globs on names of routes that are not copied, whatever `include` says.
    #[cfg_attr(feature = "schema", schemars(default))]
    exclude: Vec<String>,
    /// What hosts become; the first entry whose `from` takes a host decides.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    hosts: Vec<RawEntry>,
    /// Globs on hosts that no entry may give.
    #[cfg_attr(feature = "schema", schemars(default))]
    reserved: Vec<String>,
    /// What to do with a host that no `from` takes.
    #[cfg_attr(feature = "schema", schemars(default))]
    unmatched: Leftover,
    /// What to do with a route that serves every host.
    #[cfg_attr(feature = "schema", schemars(default))]
    catch_all: Leftover,
    /// What happens to TLS besides its hosts.
    #[cfg_attr(feature = "schema", schemars(default))]
    tls: RawTls,
    /// What happens to the annotations that are kept.
    #[cfg_attr(feature = "schema", schemars(default))]
    annotations: RawAnnotations,
    /// Hosts in other kinds.
    #[cfg_attr(feature = "schema", schemars(default))]
    fields: Vec<RawField>,
}

record!(
    RawRoutes,
    required { "hosts" => hosts },
    optional {
        "include" => include,
        "exclude" => exclude,
        "reserved" => reserved,
        "unmatched" => unmatched,
        "catchAll" => catch_all,
        "tls" => tls,
        "annotations" => annotations,
        "fields" => fields,
    }
);

/// Labels that never come along, as globs: whoever tracks objects by them would take a copy for its own and prune it.
pub(crate) const NEVER_LABELS: [&str; 10] = [
    "app.kubernetes.io/managed-by",
    "app.kubernetes.io/instance",
    "helm.sh/*",
    "*.toolkit.fluxcd.io/*",
    "argocd.argoproj.io/*",
    "boltrope.dev/*",
    "kube-external-sync.io/*",
    "service.kubernetes.io/*",
    "serving.knative.dev/*",
    "endpointslice.kubernetes.io/*",
];

/// Annotations that never come along besides those of load balancers and external-dns, as globs.
pub(crate) const NEVER_ANNOTATIONS: [&str; 12] = [
    "helm.sh/*",
    "meta.helm.sh/*",
    "*.toolkit.fluxcd.io/*",
    "argocd.argoproj.io/*",
    "cert-manager.io/*",
    "acme.cert-manager.io/*",
    "kubernetes.io/tls-acme",
    "kubectl.kubernetes.io/*",
    "deployment.kubernetes.io/*",
    "boltrope.dev/*",
    "kube-external-sync.io/*",
    "field.cattle.io/*",
];

/// Validated settings.
#[derive(Clone, Debug)]
#[cfg_attr(
    not(feature = "preview"),
    expect(
        dead_code,
        reason = "only the planner acts on the rule; other surfaces validate it"
    )
)]
pub(crate) struct PreviewSettings {
    pub(crate) source: String,
    pub(crate) consent: Consent,
    pub(crate) namespaces: NamespaceSelector,
    pub(crate) services: Services,
    pub(crate) routes: Option<Routes>,
    pub(crate) external_name: bool,
    pub(crate) gateway_grant: bool,
    pub(crate) keep_labels: Vec<String>,
    pub(crate) keep_annotations: Vec<String>,
    pub(crate) require_backends: bool,
    pub(crate) max_namespaces: usize,
}

/// Which routes are copied, and what becomes of their hosts.
#[derive(Clone, Debug)]
#[cfg_attr(
    not(feature = "preview"),
    expect(
        dead_code,
        reason = "only the planner acts on the rule; other surfaces validate it"
    )
)]
pub(crate) struct Routes {
    pub(crate) include: Option<Vec<Glob>>,
    pub(crate) exclude: Vec<Glob>,
    pub(crate) hosts: HostRewriteSettings,
}

impl PreviewSettings {
    /// Decodes the value under `preview`.
    ///
    /// # Errors
    /// Every mistake in it.
    pub(crate) fn decode(value: &Value) -> Result<Self, Mistakes> {
        decode_settings(value, Self::validate)
    }

    fn validate(raw: RawPreview, mistakes: &mut Mistakes) -> Self {
        check_source(&raw, mistakes);
        let namespaces = check_namespaces(raw.namespaces, &raw.source, mistakes);
        let strategy = raw.strategy.unwrap_or_else(|| vec![Strategy::ExternalName]);
        let gateway_grant = strategy.contains(&Strategy::GatewayGrant);
        if strategy.is_empty() {
            let remedy = "write `externalName`, `gatewayGrant` or both, or remove the key";
            mistakes.push(Mistake::new("/strategy", "`strategy` is empty", remedy));
        }
        if gateway_grant && raw.routes.is_none() {
            let message = "`gatewayGrant` is about routes, and the rule has none";
            mistakes.push(Mistake::new(
                "/strategy",
                message,
                "add `routes` with `hosts`, or remove it",
            ));
        }
        check_kept(
            &raw.metadata.keep_labels,
            "/metadata/keepLabels",
            &[&NEVER_LABELS],
            mistakes,
        );
        let never: [&[&str]; 2] = [&NEVER_ANNOTATIONS, &FOREIGN_ANNOTATIONS];
        check_kept(
            &raw.metadata.keep_annotations,
            "/metadata/keepAnnotations",
            &never,
            mistakes,
        );
        if raw.max_namespaces == Some(0) {
            let remedy = "write at least 1, or `action: ignore` to pause the rule";
            mistakes.push(Mistake::new(
                "/maxNamespaces",
                "no namespace could be served",
                remedy,
            ));
        }
        Self {
            source: raw.source,
            consent: raw.consent,
            namespaces,
            services: Services::validate(raw.services.unwrap_or_default(), mistakes),
            routes: raw.routes.map(|routes| Routes::validate(routes, mistakes)),
            external_name: strategy.contains(&Strategy::ExternalName),
            gateway_grant,
            keep_labels: raw.metadata.keep_labels,
            keep_annotations: raw.metadata.keep_annotations,
            require_backends: raw.require_backends,
            max_namespaces: usize::try_from(raw.max_namespaces.unwrap_or(MAX_NAMESPACES))
                .unwrap_or(usize::MAX),
        }
    }
}

impl Routes {
    fn validate(raw: RawRoutes, mistakes: &mut Mistakes) -> Self {
        if raw.include.as_deref().is_some_and(<[String]>::is_empty) {
            let remedy = "list the names of the routes, such as `[web, api-*]`, or remove `routes`";
            let message = "`include` is empty: no route could be copied";
            mistakes.push(Mistake::new("/routes/include", message, remedy));
        }
        let hosts = RawHostRewrite {
            hosts: raw.hosts,
            reserved: raw.reserved,
            unmatched: raw.unmatched,
            catch_all: raw.catch_all,
            tls: raw.tls,
            annotations: raw.annotations,
            fields: raw.fields,
        };
        let mut found = Mistakes::new();
        let hosts = HostRewriteSettings::validate(hosts, &mut found);
        mistakes.extend_below("/routes", found);
        let globs = |texts: Vec<String>| texts.into_iter().map(Glob::new).collect();
        Self {
            include: raw.include.map(globs),
            exclude: globs(raw.exclude),
            hosts,
        }
    }
}

fn check_source(raw: &RawPreview, mistakes: &mut Mistakes) {
    if !is_dns_label(&raw.source) {
        let message = format!("`{}` cannot be the name of a namespace", raw.source);
        let remedy = "write the namespace that is shared, a DNS-1123 label such as `base`";
        mistakes.push(Mistake::new("/source", message, remedy));
    }
    if raw.namespaces.annotations.is_some() && !raw.trust_annotations {
        let message = "whoever may edit a Namespace may write its annotations and so select it";
        let remedy = "select by `labels`, or add `trustAnnotations: true`";
        mistakes.push(Mistake::new("/namespaces/annotations", message, remedy));
    }
}

fn check_namespaces(raw: RawNamespaceSelector, source: &str, mistakes: &mut Mistakes) -> NamespaceSelector {
    let namespaces = NamespaceSelector::validate(raw, "/namespaces", mistakes);
    if !namespaces.has_include() {
        let message = "`preview` needs to be told its namespaces";
        let remedy = "give `namespaces` an include key; `include: [\"*\"]` says all of them on purpose";
        mistakes.push(Mistake::new("/namespaces", message, remedy));
    }
    if namespaces.names_literally(source) {
        let message = format!("`{}` is the source and cannot be a preview of itself", source);
        mistakes.push(Mistake::new(
            "/namespaces/include",
            message,
            "take it out of `include`",
        ));
    }
    namespaces
}

/// What is kept is kept by name, and some keys never are.
fn check_kept(keys: &[String], at: &str, never: &[&[&str]], mistakes: &mut Mistakes) {
    for (index, key) in keys.iter().enumerate() {
        let at = format!("{at}/{index}");
        if key.is_empty() || key.contains(['*', '?']) {
            let message = format!("`{key}` is not a key");
            mistakes.push(Mistake::new(at, message, "write each key in full"));
            continue;
        }
        let mut globs = never.iter().copied().flatten();
        if let Some(glob) = globs.find(|glob| Glob::new(**glob).matches(key)) {
            let message = format!("`{key}` never comes along (`{glob}`): its owner would act on the copy");
            mistakes.push(Mistake::new(at, message, "remove it"));
        }
    }
}
