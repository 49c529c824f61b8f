//! What every imported rule does not do as kube-external-sync did, on purpose.

/// One difference.
#[derive(Clone, Copy, Debug)]
pub struct Difference {
    /// What it is about.
    pub what: &'static str,
    /// What kube-external-sync does.
    pub theirs: &'static str,
    /// What is done here.
    pub ours: &'static str,
}

/// All of them; the page on previews has them as a table.
pub const DIFFERENCES: [Difference; 16] = [
    Difference {
        what: "ports of Services",
        theirs: "copied whole, so ingress-nginx dials the ClusterIP on the container's port and fails",
        ours: "`targetPort` is `port`; a headless source's mirror listens on the container's port, and routes follow; no `nodePort`",
    },
    Difference {
        what: "ExternalName sources",
        theirs: "an alias of an alias",
        ours: "copied by value; a copy is never copied again",
    },
    Difference {
        what: "labels and annotations",
        theirs: "copied, those of Helm, Flux, Argo CD, cert-manager and external-dns too, which then prune or publish the copy",
        ours: "only those that the rule names, and never those that another tool acts on",
    },
    Difference {
        what: "hosts",
        theirs: "the first label becomes the namespace: hosts collide, `example.com` becomes `feature.com`, no host becomes `feature`",
        ours: "ordered `from` and `to`; a host without an entry, a catch-all and a host that is taken hold the copy back",
    },
    Difference {
        what: "Traefik rules",
        theirs: "split by hand: `Host(\"a.b\")` and `host(...)` keep the production host, HostRegexp is mangled",
        ours: "parsed; what cannot be rewritten holds the copy back",
    },
    Difference {
        what: "Traefik kinds",
        theirs: "IngressRoute of `traefik.containo.us` only, and its updates are rejected",
        ours: "both groups, HTTPRoute and GRPCRoute; a route with middlewares or TLS options of its namespace is held back",
    },
    Difference {
        what: "TLS",
        theirs: "cert-manager's annotations order a certificate for each preview",
        ours: "they never come along; name a wildcard Secret in `routes.tls.secretName`",
    },
    Difference {
        what: "backends of routes",
        theirs: "not looked at",
        ours: "a route waits until its Services exist in the preview, and for a controller that is known to refuse them",
    },
    Difference {
        what: "objects of others",
        theirs: "one with its managed-by label is overwritten, whoever's copy it is",
        ours: "never touched; two sources for one name are a conflict, and neither is written",
    },
    Difference {
        what: "copies edited or deleted by hand",
        theirs: "an edit stays for ever, a deleted one comes back after 30 minutes",
        ours: "both are repaired at once",
    },
    Difference {
        what: "status of a source",
        theirs: "each change rewrites every copy",
        ours: "only what is rendered counts, by its hash",
    },
    Difference {
        what: "sources, selectors and namespaces that change while it is down",
        theirs: "orphans for ever",
        ours: "every copy is compared with what should be, whatever happened",
    },
    Difference {
        what: "a release that brings a Service itself",
        theirs: "`helm install` refuses, because the mirror exists",
        ours: "mirrors yield, by annotation before and by themselves after the fact",
    },
    Difference {
        what: "who may share",
        theirs: "whoever can annotate a Service",
        ours: "the admin's rule, and by default the source namespace's label; these rules say `consent: none`, which is worth a thought",
    },
    Difference {
        what: "which namespaces",
        theirs: "any that matches, kube-system too, without a limit",
        ours: "never protected ones, at most `maxNamespaces`, and none that says `boltrope.dev/preview: \"off\"`",
    },
    Difference {
        what: "copies that kube-external-sync made",
        theirs: "-",
        ours: "not adopted: they are conflicts until they are deleted (`kubectl delete -l app.kubernetes.io/managed-by=kube-external-sync`)",
    },
];
