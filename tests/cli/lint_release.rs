//! `lint-release`: trees whose versions agree or not, and releases that fit or not.

use crate::folder::Folder;

const CHART: &str = "\
apiVersion: v2
name: bp-flux
version: 1.2.4
dependencies:
  - name: flux2
    version: \"2.14.1\"
    repository: https://fluxcd-community.github.io/helm-charts
";
const VALUES: &str = "catalystBlueprint:\n  upstream: {chart: flux2, version: \"2.14.1\"}\n";
const LOCK: &str = "dependencies:\n- name: flux2\n  version: 2.14.1\ndigest: sha256:0\n";
const BLUEPRINT: &str = "\
apiVersion: catalyst.openova.io/v1alpha1
kind: Blueprint
metadata:
  name: bp-flux
spec:
  version: 1.2.4
  manifests:
    chart: ./chart
";
const RELEASE: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: flux-system}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: bp-flux}
spec:
  chart:
    spec:
      chart: bp-flux
      # bumped by a robot
      version: 1.2.4
";
const OCI: &str = "\
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: bp-flux}
spec: {url: oci://ghcr.io/openova-io/bp-flux, ref: {tag: 1.2.4}}
";

const DRIFTED: &str = "\
error[pin]: the version is 1.2.4 here and 1.2.5 in platform/flux/chart/Chart.yaml
  --> clusters/kit/03-flux.yaml:13:7
   = help: write 1.2.5, or move platform/flux/chart/Chart.yaml along
error[pin]: the version is 1.2.4 here and 1.2.5 in platform/flux/chart/Chart.yaml
  --> clusters/oci.yaml:4:53
   = help: write 1.2.5, or move platform/flux/chart/Chart.yaml along
error[blueprint-version]: the version is 1.2.4 here and 1.2.5 in platform/flux/chart/Chart.yaml
  --> platform/flux/blueprint.yaml:6:3
   = help: write 1.2.5, or move platform/flux/chart/Chart.yaml along
error[dependency-lock]: `flux2` is 2.15.0 here and 2.14.1 in Chart.lock
  --> platform/flux/chart/Chart.yaml:6:5
   = help: run `helm dependency update`, and commit Chart.lock with it
error[upstream-version]: the version is 2.14.1 here and 2.15.0 in platform/flux/chart/Chart.yaml
  --> platform/flux/chart/values.yaml:2:28
   = help: write 2.15.0, or move platform/flux/chart/Chart.yaml along
1 chart, 1 blueprint, 2 pins: 5 errors, 0 warnings
";

fn tree(test: &str) -> Folder {
    Folder::new(test)
        .with("platform/flux/blueprint.yaml", BLUEPRINT)
        .with("platform/flux/chart/Chart.yaml", CHART)
        .with("platform/flux/chart/Chart.lock", LOCK)
        .with("platform/flux/chart/values.yaml", VALUES)
        .with("platform/flux/chart/templates/a.yaml", "a: {{ .Values.a }}\n")
        .with("clusters/kit/03-flux.yaml", RELEASE)
        .with("clusters/oci.yaml", OCI)
}

#[test]
fn a_tree_in_lockstep_says_so() {
    tree("lint-good")
        .run("lint-release platform clusters", "")
        .gives("1 chart, 1 blueprint, 2 pins: 0 errors, 0 warnings\n");
    tree("lint-good-dot")
        .run("lint-release .", "")
        .gives("1 chart, 1 blueprint, 2 pins: 0 errors, 0 warnings\n");
}

#[test]
fn every_place_that_stayed_behind_is_named() {
    let run = tree("lint-drift")
        .with(
            "platform/flux/chart/Chart.yaml",
            CHART.replace("1.2.4", "1.2.5").replace("2.14.1", "2.15.0"),
        )
        .run("lint-release platform clusters", "");
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""));
    assert_eq!(run.stdout, DRIFTED);
}

const PIN: &str = "clusters/kit/03-flux.yaml";
const OFFER: &str = "platform/flux/blueprint.yaml";
const DEFAULTS: &str = "platform/flux/chart/values.yaml";

/// What is replaced by what in which file, then the code and the place that are reported.
type Odd = (
    &'static str,
    &'static str,
    (&'static str, &'static str),
    &'static str,
    &'static str,
);

#[rustfmt::skip]
const ODD: [Odd; 8] = [
    (PIN, RELEASE, ("1.2.4", "1.2.x"), "warning[not-pinned]", "clusters/kit/03-flux.yaml:13:7"),
    (PIN, RELEASE, ("      version: 1.2.4\n", ""), "warning[not-pinned]", "clusters/kit/03-flux.yaml:10:5"),
    ("clusters/oci.yaml", OCI, ("tag: 1.2.4", "semver: \">=1\""), "warning[not-pinned]", "clusters/oci.yaml:4:"),
    (OFFER, BLUEPRINT, ("1.2.4", "1.10"), "error[version-is-a-number]", "platform/flux/blueprint.yaml:6:3"),
    (OFFER, BLUEPRINT, ("./chart", "./charts/flux"), "error[chart-missing]", "platform/flux/blueprint.yaml:8:5"),
    (OFFER, BLUEPRINT, ("  version: 1.2.4\n", ""), "error[blueprint-version]", "platform/flux/blueprint.yaml:5:1"),
    (DEFAULTS, VALUES, ("chart: flux2", "chart: flux"), "error[upstream-unknown]", "platform/flux/chart/values.yaml:2:"),
    ("platform/flux/chart/Chart.lock", LOCK, ("flux2", "other"), "error[dependency-lock]", "platform/flux/chart/Chart.yaml:6:5"),
];

#[test]
fn what_is_loose_or_odd() {
    for (number, (file, content, (from, to), code, place)) in ODD.into_iter().enumerate() {
        let content = content.replace(from, to);
        let folder = tree(&format!("lint-odd-{number}")).with(file, content);
        let run = folder.run("lint-release platform clusters", "");
        let exit = i32::from(code.starts_with("error"));
        assert_eq!(run.code, Some(exit), "{to}: {}{}", run.stdout, run.stderr);
        assert!(run.stdout.starts_with(code), "{to}: {}", run.stdout);
        assert!(
            run.stdout.contains(&format!("--> {place}")),
            "{to}: {}",
            run.stdout
        );
        assert_eq!(run.stdout.matches("-->").count(), 1, "{to}: {}", run.stdout);
    }
}

/// openova's charts without an upstream, such as `platform/vllm`, leave its name empty; they depend on a library chart.
#[test]
fn a_chart_from_scratch_wraps_nothing() {
    let scratch = "catalystBlueprint:\n  upstream:\n    chart: \"\"  # from scratch\n    version: \"\"\n    repo: \"\"\n";
    tree("lint-scratch")
        .with(DEFAULTS, scratch)
        .run("lint-release platform clusters", "")
        .gives("1 chart, 1 blueprint, 2 pins: 0 errors, 0 warnings\n");
}

/// As in openova's `products/catalyst/bootstrap/ui`: JSON with comments beside the charts, which nobody asked about.
#[test]
fn what_carries_no_version_need_not_be_readable() {
    let foreign = tree("lint-foreign")
        .with(
            "platform/ui/tsconfig.app.json",
            "{\n  /* Bundler mode */\n  \"strict\": true,\n}\n",
        )
        .with("platform/ui/page.yaml", "title: {{ title }}\n---\nb: [\n");
    foreign
        .run("lint-release platform clusters", "")
        .gives("1 chart, 1 blueprint, 2 pins: 0 errors, 0 warnings\n");
    for (test, file, text) in [
        (
            "lint-foreign-pin",
            "platform/ui/release.json",
            "{\n  \"kind\": \"HelmRelease\",\n  /* a pin */\n  \"spec\": {}\n}\n",
        ),
        ("lint-foreign-values", "platform/flux/chart/values.yaml", "a: [\n"),
    ] {
        let run = tree(test)
            .with(file, text)
            .run("lint-release platform clusters", "");
        assert_eq!(run.code, Some(3), "{file}: {}{}", run.stdout, run.stderr);
        assert!(run.stderr.contains(file), "{}", run.stderr);
    }
}

#[test]
fn json_holds_the_same_with_places() {
    let run = tree("lint-json")
        .with(
            "platform/flux/blueprint.yaml",
            BLUEPRINT.replace("1.2.4", "1.1.3"),
        )
        .run("lint-release platform clusters -o json", "");
    assert_eq!(run.code, Some(1));
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(report["results"][0]["code"], "blueprint-version");
    assert_eq!(
        (&report["results"][0]["line"], &report["results"][0]["column"]),
        (&6.into(), &3.into())
    );
    assert_eq!(report["summary"]["exitCode"], 1);
}

#[test]
fn a_release_is_measured_as_helm_will_store_it() {
    // Digits that gzip can do little about.
    let noise: String = (0..190_000_u64)
        .map(|n| format!("# {:x}\n", n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16))
        .collect();
    let big = |part: usize| {
        format!(
            "kind: ConfigMap\nmetadata: {{name: a}}\n{}",
            noise.chars().take(part).collect::<String>()
        )
    };
    let folder = tree("lint-size")
        .with("small.yaml", "kind: ConfigMap\n")
        .with("near.yaml", big(1_250_000))
        .with("over.yaml", big(2_000_000))
        .with("prod.yaml", "replicas: 2\n");
    let measure = |rendered: &str| {
        folder.run(
            &format!("lint-release --chart platform/flux/chart --values prod.yaml --rendered {rendered}"),
            "",
        )
    };
    let run = measure("small.yaml");
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert!(
        run.stdout
            .contains("1% of a Secret (templates 19, other files 0, rendered 16)"),
        "{}",
        run.stdout
    );
    let run = measure("near.yaml");
    assert_eq!(run.code, Some(0), "{}", run.stdout);
    assert!(
        run.stdout
            .starts_with("warning[release-too-large]: the release needs about "),
        "{}",
        run.stdout
    );
    let run = measure("over.yaml");
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    assert!(
        run.stdout.starts_with("error[release-too-large]"),
        "{}",
        run.stdout
    );
}

#[test]
fn what_cannot_be_had_is_said() {
    let folder = tree("lint-bad").with("broken/a.yaml", "kind: HelmRelease\na: [\n");
    folder
        .run("lint-release --chart nowhere --rendered clusters/oci.yaml", "")
        .fails(
            2,
            "error: --chart: cannot read `nowhere`: no such file or directory\n",
        );
    folder
        .run("lint-release --chart clusters --rendered clusters/oci.yaml", "")
        .fails(2, "error: --chart: there is no Chart.yaml in `clusters`\n");
    folder
        .run(
            "lint-release --chart platform/flux/chart --rendered none.yaml",
            "",
        )
        .fails(
            2,
            "error: --rendered: cannot read `none.yaml`: no such file or directory\n",
        );
    let run = folder.run("lint-release broken missing platform", "");
    assert_eq!(run.code, Some(3));
    assert_eq!(run.stdout, "1 chart, 1 blueprint, 0 pins: 0 errors, 0 warnings\n");
    assert_eq!(
        run.stderr,
        "error: cannot read `missing`: no such file or directory\nerror: broken/a.yaml: document 1, line 3, column 1: the \
         `[` that began at line 2, column 4 is not closed; close it with `]`\n"
    );
    let run = folder.run("lint-release", "");
    assert_eq!(run.code, Some(2));
}
