//! `check --changed-since`: only what is in changed files is told and fixed.

use std::process::Command;

use crate::folder::{Folder, LABEL, SERVICE};

fn git(folder: &Folder, arguments: &[&str]) {
    let output = Command::new("git")
        .args([
            "-c",
            "user.name=test",
            "-c",
            "user.email=test@example.org",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(["-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null"])
        .args(arguments)
        .current_dir(folder.path())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .expect("git runs");
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A repository whose branch changed one file, added one and removed one, while `main` went on.
fn repository(test: &str) -> Folder {
    let folder = Folder::new(test)
        .with_variable("PATH", &std::env::var("PATH").expect("PATH"))
        .with("rules.yaml", LABEL)
        .with("tree/old.yaml", SERVICE)
        .with("tree/changed ü.yaml", SERVICE)
        .with("tree/removed.yaml", SERVICE)
        .with("tree/main.yaml", SERVICE);
    git(&folder, &["init", "--quiet"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "--quiet", "-m", "one"]);
    git(&folder, &["checkout", "--quiet", "-b", "work"]);
    let folder = folder.with("tree/changed ü.yaml", format!("# changed\n{SERVICE}"));
    git(&folder, &["rm", "--quiet", "tree/removed.yaml"]);
    git(&folder, &["commit", "--quiet", "-am", "two"]);
    git(&folder, &["checkout", "--quiet", "main"]);
    let folder = folder.with("tree/main.yaml", format!("# main\n{SERVICE}"));
    git(&folder, &["commit", "--quiet", "-am", "three"]);
    git(&folder, &["checkout", "--quiet", "work"]);
    folder
        .with("tree/new.yaml", SERVICE)
        .with("tree/broken old.yaml", "a: [\n")
}

fn places(stdout: &str) -> Vec<&str> {
    stdout
        .lines()
        .filter_map(|line| line.trim().strip_prefix("--> ")?.split(" (").next())
        .collect()
}

#[test]
fn only_changed_and_new_files_are_told_of_and_fixed() {
    let folder = repository("changes-told");
    git(&folder, &["add", "tree/broken old.yaml"]);
    git(&folder, &["commit", "--quiet", "-m", "broken"]);
    git(&folder, &["branch", "--quiet", "base"]);
    let run = folder.run("check --rules rules.yaml --changed-since main tree", "");
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert_eq!(
        places(&run.stdout),
        [
            "tree/broken old.yaml:2:1",
            "tree/changed ü.yaml:5:1",
            "tree/new.yaml:4:1"
        ]
    );
    assert!(
        run.stdout.ends_with(
            "\n3 changed files of 5, 5 documents: 2 errors, 0 warnings, 1 place that cannot be read\n"
        ),
        "{}",
        run.stdout
    );

    let run = folder.run("check --rules rules.yaml --changed-since base tree", "");
    assert_eq!(places(&run.stdout), ["tree/new.yaml:4:1"]);
    assert_eq!(run.code, Some(1));
    let run = folder.run(
        "check --rules rules.yaml --changed-since base --fix -o junit tree",
        "",
    );
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert!(
        run.stdout.contains("tree/new.yaml") && !run.stdout.contains("old.yaml"),
        "{}",
        run.stdout
    );
    assert_eq!(folder.read("tree/old.yaml"), SERVICE);
    assert!(
        folder
            .read("tree/new.yaml")
            .ends_with("  labels:\n    team: web\n")
    );
}

#[test]
fn what_git_cannot_tell_is_said_clearly() {
    let folder = repository("changes-refused");
    for (revision, words) in [
        ("nowhere", "`nowhere` is no commit in `"),
        ("--output=stolen", "`--output=stolen` is no commit in `"),
        ("", "`` is no commit in `"),
    ] {
        let run = folder
            .command("check --rules rules.yaml tree")
            .arg(format!("--changed-since={revision}"))
            .output()
            .expect("the program runs");
        let stderr = String::from_utf8(run.stderr).expect("UTF-8");
        assert_eq!(
            (run.status.code(), run.stdout.len()),
            (Some(2), 0),
            "{revision}: {stderr}"
        );
        assert!(
            stderr.starts_with("error: --changed-since: ") && stderr.contains(words),
            "{revision}: {stderr}"
        );
    }
    assert!(!folder.path().join("stolen").exists());
    git(&folder, &["checkout", "--quiet", "--orphan", "alone"]);
    git(&folder, &["commit", "--quiet", "-m", "alone"]);
    let run = folder.run("check --rules rules.yaml --changed-since main tree", "");
    assert!(
        run.stderr
            .contains("`main` and the current commit have no commit in common"),
        "{}",
        run.stderr
    );

    let elsewhere = std::env::temp_dir();
    let outside = folder
        .command("check --rules rules.yaml --changed-since main")
        .env(
            "GIT_CEILING_DIRECTORIES",
            elsewhere.parent().unwrap_or(&elsewhere),
        )
        .arg(&elsewhere)
        .output()
        .expect("the program runs");
    let stderr = String::from_utf8(outside.stderr).expect("UTF-8");
    assert_eq!(outside.status.code(), Some(2), "{stderr}");
    assert!(
        stderr.contains("git cannot tell what changed: not a git repository"),
        "{stderr}"
    );

    let without = Folder::new("changes-no-git")
        .with("rules.yaml", LABEL)
        .with("a.yaml", SERVICE);
    let without = without.with_variable("PATH", "nowhere");
    without
        .run("check --rules rules.yaml --changed-since main a.yaml", "")
        .fails(2, "error: --changed-since needs git, which is not in PATH\n");
}
