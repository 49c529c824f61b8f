//! The ways to install the chart, and what each must give, written by hand: a second opinion beside the templates.

use crate::program::Program;

/// One way to install the chart.
#[derive(Debug)]
pub(super) struct Mode {
    pub(super) name: &'static str,
    /// A file below `ci/`; none is the chart as it comes.
    values: Option<&'static str>,
    /// Kind, namespace and name of every object.
    pub(super) objects: &'static [&'static str],
    /// What the program is told, by the end of the workload's name.
    pub(super) arguments: &'static [(&'static str, &'static [&'static str])],
}

impl Mode {
    /// Adds the mode's values to a call of Helm.
    pub(super) fn with_values(&self, program: Program) -> Program {
        match self.values {
            None => program,
            Some(file) => program.args(["--values", file]),
        }
    }
}

/// The chart as it comes.
pub(super) const DEFAULT: Mode = Mode {
    name: "default",
    values: None,
    objects: &[
        "ServiceAccount flux-system/boltrope-boltrope-operator-recovery",
        "Role flux-system/boltrope-boltrope-operator-recovery",
        "RoleBinding flux-system/boltrope-boltrope-operator-recovery",
        "NetworkPolicy flux-system/boltrope-boltrope-operator-recovery",
        "Deployment flux-system/boltrope-boltrope-operator-recovery",
    ],
    arguments: &[(
        "-recovery",
        &[
            "recover",
            "run",
            "--interval=2m",
            "--metrics-address=0.0.0.0:8080",
            "--namespace=flux-system",
            "--flux-namespace=flux-system",
            "--max=10",
            "--cool-down=1h",
        ],
    )],
};

pub(super) const MODES: &[Mode] = &[
    DEFAULT,
    Mode {
        name: "cronjob",
        values: Some("charts/boltrope-operator/ci/cronjob-values.yaml"),
        objects: &[
            "ServiceAccount flux-system/boltrope-boltrope-operator-recovery",
            "ClusterRole /flux-system-boltrope-boltrope-operator-recovery",
            "ClusterRoleBinding /flux-system-boltrope-boltrope-operator-recovery",
            "Role flux-system/boltrope-boltrope-operator-recovery",
            "RoleBinding flux-system/boltrope-boltrope-operator-recovery",
            "NetworkPolicy flux-system/boltrope-boltrope-operator-recovery",
            "CronJob flux-system/boltrope-boltrope-operator-recovery",
        ],
        arguments: &[(
            "-recovery",
            &[
                "recover",
                "run",
                "--once",
                "--flux-namespace=flux-system",
                "--max=20",
                "--max-percent=10",
                "--cool-down=1h",
                "--compat=openova",
                "--stuck-threshold=15m",
            ],
        )],
    },
    Mode {
        name: "deployment",
        values: Some("charts/boltrope-operator/ci/deployment-values.yaml"),
        objects: &[
            "ServiceAccount flux-system/boltrope-boltrope-operator-recovery",
            "Role flux-system/boltrope-boltrope-operator-recovery",
            "RoleBinding flux-system/boltrope-boltrope-operator-recovery",
            "Role helm/boltrope-boltrope-operator-recovery",
            "RoleBinding helm/boltrope-boltrope-operator-recovery",
            "Role shop/boltrope-boltrope-operator-recovery",
            "RoleBinding shop/boltrope-boltrope-operator-recovery",
            "NetworkPolicy flux-system/boltrope-boltrope-operator-recovery",
            "PodDisruptionBudget flux-system/boltrope-boltrope-operator-recovery",
            "PodMonitor flux-system/boltrope-boltrope-operator-recovery",
            "PrometheusRule flux-system/boltrope-boltrope-operator-alerts",
            "Deployment flux-system/boltrope-boltrope-operator-recovery",
        ],
        arguments: &[(
            "-recovery",
            &[
                "recover",
                "run",
                "--interval=90s",
                "--metrics-address=0.0.0.0:8080",
                "--namespace=flux-system",
                "--namespace=shop",
                "--flux-namespace=flux-system",
                "--controller-version=v1.6.2",
                "--max=10",
                "--cool-down=30m",
                "--allow-deploy",
                "--list-secrets",
                "--backup-dir=/var/lib/boltrope",
            ],
        )],
    },
    Mode {
        name: "preview",
        values: Some("charts/boltrope-operator/ci/preview-values.yaml"),
        objects: &[
            "ConfigMap flux-system/boltrope-boltrope-operator-preview",
            "ServiceAccount flux-system/boltrope-boltrope-operator-preview",
            "ClusterRole /flux-system-boltrope-boltrope-operator-preview",
            "ClusterRoleBinding /flux-system-boltrope-boltrope-operator-preview",
            "Role flux-system/boltrope-boltrope-operator-preview",
            "RoleBinding flux-system/boltrope-boltrope-operator-preview",
            "NetworkPolicy flux-system/boltrope-boltrope-operator-preview",
            "PodDisruptionBudget flux-system/boltrope-boltrope-operator-preview",
            "Deployment flux-system/boltrope-boltrope-operator-preview",
        ],
        arguments: &[(
            "-preview",
            &[
                "preview",
                "run",
                "--rules=/etc/boltrope/rules.yaml",
                "--metrics-address=0.0.0.0:8080",
            ],
        )],
    },
    Mode {
        name: "preview-namespaced",
        values: Some("charts/boltrope-operator/ci/preview-namespaced-values.yaml"),
        objects: &[
            "Role flux-system/boltrope-boltrope-operator-recovery",
            "RoleBinding flux-system/boltrope-boltrope-operator-recovery",
            "NetworkPolicy flux-system/boltrope-boltrope-operator-recovery",
            "Deployment flux-system/boltrope-boltrope-operator-recovery",
            "ServiceAccount flux-system/boltrope-boltrope-operator-preview",
            "ClusterRole /flux-system-boltrope-boltrope-operator-preview",
            "ClusterRoleBinding /flux-system-boltrope-boltrope-operator-preview",
            "Role default/boltrope-boltrope-operator-preview",
            "RoleBinding default/boltrope-boltrope-operator-preview",
            "Role feature-a/boltrope-boltrope-operator-preview",
            "RoleBinding feature-a/boltrope-boltrope-operator-preview",
            "Role feature-b/boltrope-boltrope-operator-preview",
            "RoleBinding feature-b/boltrope-boltrope-operator-preview",
            "Role flux-system/boltrope-boltrope-operator-preview",
            "RoleBinding flux-system/boltrope-boltrope-operator-preview",
            "NetworkPolicy flux-system/boltrope-boltrope-operator-preview",
            "Deployment flux-system/boltrope-boltrope-operator-preview",
        ],
        arguments: &[(
            "-preview",
            &[
                "preview",
                "run",
                "--rules=/etc/boltrope/previews.yaml",
                "--metrics-address=0.0.0.0:8080",
                "--only=feature-a",
                "--only=feature-b",
                "--kind=Ingress",
                "--kind=HelmRelease",
            ],
        )],
    },
];
