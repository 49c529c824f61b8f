//! `check --fix` and `--diff`: files changed in place, and never half.

use std::fs;

use crate::folder::{Folder, LABEL, SERVICE};

/// What the rule makes of [`SERVICE`].
const FIXED: &str = "\
# Source: web/templates/service.yaml
apiVersion: v1
kind: Service
metadata:
  name: web
  labels:
    team: web
";
const HOSTS: &str = "\
apiVersion: boltrope.dev/v1alpha1
kind: RuleSet
metadata: {name: platform}
spec:
  rules:
    - name: hosts
      match: {namespaces: {include: [\"*\"]}}
      hostRewrite: {hosts: [{from: \"*.example.com\", to: \"{namespace}.example.com\"}]}
";

fn ingress(name: &str, host: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n  rules:\n    - \
         host: {host}\n      http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: a, port: {{number: \
         80}}}}}}}}]}}\n"
    )
}

#[test]
fn only_the_edited_places_differ_and_a_second_run_changes_nothing() {
    let odd = "# head\r\napiVersion: v1 # one\r\nkind:   Service\r\nmetadata: {name: 'web', }   # flow\r\n---\r\nother: 1   \r\n---\r\na: b";
    let folder = Folder::new("fix-bytes")
        .with("rules.yaml", LABEL)
        .with("tree/web.yaml", format!("---\n{SERVICE}---\n{SERVICE}"))
        .with("tree/odd.yaml", odd)
        .with("tree/other.yaml", "kind:   Other\napiVersion: v1\n");
    let run = folder.run("check --rules rules.yaml --fix tree", "");
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{}", run.stdout);
    assert_eq!(
        run.stdout,
        "3 files, 6 documents: 0 errors, 0 warnings; 3 documents fixed in 2 files\n"
    );
    assert_eq!(folder.read("tree/web.yaml"), format!("---\n{FIXED}---\n{FIXED}"));
    assert_eq!(
        folder.read("tree/odd.yaml"),
        odd.replace("'web', }", "'web', labels: {team: web}, }")
    );
    let before = fs::metadata(folder.path().join("tree/web.yaml")).and_then(|file| file.modified());
    let run = folder.run("check --rules rules.yaml --fix tree", "");
    run.gives("3 files, 6 documents: 0 errors, 0 warnings\n");
    let after = fs::metadata(folder.path().join("tree/web.yaml")).and_then(|file| file.modified());
    assert_eq!(before.expect("a time"), after.expect("a time"));
}

#[test]
fn a_diff_shows_what_would_be_written_and_writes_nothing() {
    let folder = Folder::new("fix-diff")
        .with("rules.yaml", LABEL)
        .with("tree/web.yaml", format!("{SERVICE}---\n{SERVICE}"));
    for arguments in ["--diff", "--fix --diff"] {
        let run = folder.run(
            &format!("check --rules rules.yaml {arguments} -o json=report.json ./tree"),
            "",
        );
        assert_eq!(run.code, Some(1));
        assert_eq!(
            run.stdout,
            "# Service web\n# team sets /metadata/labels/team\n# Service web\n# team sets /metadata/labels/team\n\
             --- a/tree/web.yaml\n+++ b/tree/web.yaml\n@@ -3,3 +3,5 @@\n kind: Service\n metadata:\n   name: web\n\
             +  labels:\n+    team: web\n@@ -9,3 +11,5 @@\n kind: Service\n metadata:\n   name: web\n+  labels:\n+    team: web\n"
        );
        assert_eq!(
            run.stderr,
            "1 file, 2 documents: 0 errors, 0 warnings; 2 documents to fix in 1 file\n"
        );
        assert_eq!(folder.read("tree/web.yaml"), format!("{SERVICE}---\n{SERVICE}"));
        let report: serde_json::Value = serde_json::from_str(&folder.read("report.json")).expect("JSON");
        assert_eq!(report["changes"][1]["pointer"], "/metadata/labels/team");
        assert_eq!(
            (&report["summary"]["changed"], &report["summary"]["exitCode"]),
            (&2.into(), &1.into())
        );
    }
    let fixed = Folder::new("fix-diff-clean")
        .with("rules.yaml", LABEL)
        .with("tree/web.yaml", FIXED);
    let run = fixed.run("check --rules rules.yaml --diff tree", "");
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""));
}

#[test]
fn what_cannot_be_fixed_is_reported_with_the_lines_of_the_fixed_file() {
    let rules = LABEL.replace(
        "{team: {default: web}}",
        "{team: {default: web}, owner: {required: true}}",
    );
    let folder = Folder::new("fix-rest")
        .with("rules.yaml", &rules)
        .with("a.yaml", format!("{SERVICE}---\n{SERVICE}"));
    let run = folder.run("check --rules rules.yaml --fix a.yaml", "");
    assert_eq!(run.code, Some(1));
    let places: Vec<&str> = run
        .stdout
        .lines()
        .filter_map(|line| line.trim().strip_prefix("--> ")?.split(' ').next())
        .collect();
    assert_eq!(places, ["a.yaml:6:3", "a.yaml:14:3"]);
    assert_eq!(folder.read("a.yaml"), format!("{FIXED}---\n{FIXED}"));
}

#[test]
fn files_that_cannot_be_read_whole_and_hosts_that_collide_stay() {
    let broken = format!("{SERVICE}---\na: [\n");
    let folder = Folder::new("fix-stays")
        .with("rules.yaml", LABEL)
        .with("a.yaml", &broken)
        .with("b.yaml", SERVICE);
    let run = folder.run("check --rules rules.yaml --fix a.yaml b.yaml", "");
    assert_eq!(run.code, Some(3));
    assert_eq!(
        (folder.read("a.yaml"), folder.read("b.yaml")),
        (broken, FIXED.to_owned())
    );

    let (a, b, c) = (
        ingress("a", "a.example.com"),
        ingress("b", "b.example.com"),
        ingress("c", "c.example.com"),
    );
    let c = c.replace("shop", "other");
    let folder = Folder::new("fix-collisions")
        .with("rules.yaml", HOSTS)
        .with("tree/a.yaml", &a)
        .with("tree/bc.yaml", format!("{b}---\n{c}"));
    for _ in 0..2 {
        let run = folder.run("check --rules rules.yaml --fix tree", "");
        assert_eq!(run.code, Some(1));
        assert!(
            run.stdout.contains("error[host-rewrite/host-collision]"),
            "{}",
            run.stdout
        );
    }
    assert_eq!(folder.read("tree/a.yaml"), a);
    assert_eq!(
        folder.read("tree/bc.yaml"),
        format!("{b}---\n{}", c.replace("c.example.com", "other.example.com"))
    );
}

#[test]
fn what_the_text_does_not_allow_is_said_and_encrypted_files_stay() {
    let alias = "apiVersion: v1\nkind: Service\nmetadata: &m\n  name: second\nother: *m\n";
    let sealed = format!("{SERVICE}sops:\n  mac: ENC[AES256_GCM,data:x]\n");
    let folder = Folder::new("fix-text")
        .with("rules.yaml", LABEL)
        .with("tree/alias.yaml", format!("{SERVICE}---\n{alias}"))
        .with("tree/sealed.yaml", &sealed);
    let run = folder.run("check --rules rules.yaml --fix tree", "");
    assert_eq!(run.code, Some(1));
    assert!(
        run.stdout.contains(
            "error[engine/shared-text]: `/metadata/labels/team` cannot be edited in place: it is anchored and an alias uses it, so \
             it would change there too.\n  --> tree/alias.yaml:11:1 (document 2)"
        ),
        "{}",
        run.stdout
    );
    assert_eq!(folder.read("tree/alias.yaml"), format!("{FIXED}---\n{alias}"));
    assert_eq!(
        run.stderr,
        "tree/sealed.yaml is encrypted with SOPS and stays: an edit would break its checksum; make the change with `sops \
         edit`\n"
    );
    assert_eq!(folder.read("tree/sealed.yaml"), sealed);
}

#[cfg(unix)]
#[test]
fn mode_and_links_stay_and_read_only_files_are_refused() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = Folder::new("fix-mode")
        .with("rules.yaml", LABEL)
        .with("tree/..data/real.yaml", SERVICE)
        .with("tree/private.yaml", SERVICE)
        .with("tree/frozen.yaml", SERVICE);
    let mode = |name: &str, mode: u32| {
        fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(mode)).expect("a mode");
    };
    mode("tree/private.yaml", 0o640);
    mode("tree/frozen.yaml", 0o444);
    symlink("..data/real.yaml", folder.path().join("tree/link.yaml")).expect("a link");
    let run = folder.run("check --rules rules.yaml --fix tree", "");
    assert_eq!(run.code, Some(4), "{}", run.stdout);
    assert_eq!(
        run.stderr,
        "error: cannot fix `tree/frozen.yaml`: it is read-only; it is as it was\n"
    );
    assert!(run.stdout.contains("--> tree/frozen.yaml:4:1"), "{}", run.stdout);
    assert_eq!(folder.read("tree/frozen.yaml"), SERVICE);
    assert_eq!(folder.read("tree/..data/real.yaml"), FIXED);
    let link = fs::symlink_metadata(folder.path().join("tree/link.yaml")).expect("the link");
    assert!(link.is_symlink());
    let private = fs::metadata(folder.path().join("tree/private.yaml")).expect("the file");
    assert_eq!(private.permissions().mode() & 0o7777, 0o640);
    let left: Vec<_> = fs::read_dir(folder.path().join("tree"))
        .expect("the folder")
        .flatten()
        .collect();
    assert_eq!(left.len(), 4, "{left:?}");
}

/// Killed as soon as some file is new: until then none is, and after it each is old or new.
#[cfg(unix)]
#[test]
fn a_run_that_is_killed_leaves_each_file_old_or_new() {
    const FILES: usize = 120;
    let filler = format!("# {}\n", "x".repeat(20_000));
    let (old, new) = (format!("{SERVICE}{filler}"), format!("{FIXED}{filler}"));
    let mut caught = false;
    for _ in 0..20 {
        let mut folder = Folder::new("fix-killed").with("rules.yaml", LABEL);
        for index in 0..FILES {
            folder = folder.with(&format!("tree/{index:03}.yaml"), &old);
        }
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_boltrope"))
            .args([
                "check",
                "--rules",
                "rules.yaml",
                "--fix",
                "-o",
                "json=/dev/null",
                "tree",
            ])
            .current_dir(folder.path())
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("the program runs");
        while folder.read("tree/003.yaml") == old && child.try_wait().expect("its state").is_none() {}
        child.kill().expect("a signal");
        child.wait().expect("its end");
        let texts: Vec<String> = (0..FILES)
            .map(|index| folder.read(&format!("tree/{index:03}.yaml")))
            .collect();
        assert!(
            texts.iter().all(|text| *text == old || *text == new),
            "a file is half written"
        );
        let fixed = texts.iter().filter(|text| **text == new).count();
        caught |= fixed > 0 && fixed < FILES;
        let run = folder.run("check --rules rules.yaml --fix tree", "");
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!((0..FILES).all(|index| folder.read(&format!("tree/{index:03}.yaml")) == new));
        if caught {
            return;
        }
    }
    panic!("the program was never killed in the middle");
}
