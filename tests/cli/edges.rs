//! What is not in the arguments: closed pipes, directories as input, large input, colours.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read, Write};
use std::process::Stdio;

use crate::folder::{Folder, LABEL, NOTHING, SERVICE};

/// The program as a process of its own, for tests that need its pipes.
#[expect(
    clippy::disallowed_methods,
    reason = "the test is about the pipes of the process"
)]
fn process(folder: &Folder, arguments: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_boltrope"));
    command.env_clear().current_dir(folder.path()).args(arguments);
    command
}

#[test]
fn a_reader_who_leaves_ends_the_program_quietly() {
    let folder = Folder::new("closed-stdout").with("rules.yaml", NOTHING);
    let mut stream = String::new();
    while stream.len() < 1 << 20 {
        let _ = writeln!(stream, "{SERVICE}---");
    }
    let mut child = process(&folder, &["post-render", "--rules", "rules.yaml"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(stream.as_bytes())
        .expect("the program reads everything first");
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .expect("a pipe")
        .read_to_string(&mut stderr)
        .expect("UTF-8");
    let status = child.wait().expect("the program ends");
    assert_eq!((status.code(), stderr.as_str()), (Some(4), ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said() {
    let folder = Folder::new("full-disk").with("rules.yaml", NOTHING);
    let full = File::options()
        .write(true)
        .open("/dev/full")
        .expect("Linux has it");
    let input = folder.path().join("rules.yaml");
    let output = process(&folder, &["post-render", "--rules", "rules.yaml"])
        .stdin(File::open(input).expect("a file"))
        .stdout(full)
        .output()
        .expect("the program runs");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(stderr, "error: cannot write to stdout: no space left on device\n");
    assert_eq!(output.status.code(), Some(4));
}

#[cfg(unix)]
#[test]
fn a_directory_as_input() {
    let folder = Folder::new("directory-as-input").with("rules.yaml", NOTHING);
    let output = process(&folder, &["post-render", "--rules", "rules.yaml"])
        .stdin(File::open(folder.path()).expect("a directory can be opened"))
        .output()
        .expect("the program runs");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(stderr, "error: cannot read stdin: is a directory\n");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(3), 0));
}

#[test]
fn a_huge_config_map_beyond_the_limit_is_refused_when_it_is_read() {
    let folder = Folder::new("huge").with("rules.yaml", LABEL);
    let line = format!("    {}\n", "x".repeat(1019));
    let mut stream = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: big}\ndata:\n  big: |\n".to_owned();
    stream.push_str(&line.repeat(100 << 10));
    assert!(stream.len() > 100 << 20);
    folder.run("post-render --rules rules.yaml", stream).fails(
        3,
        "error[document-too-large]: the document has 104857668 bytes, above the limit of 67108864\n  \
         --> stdin:1:1 (document 1)\n   = help: split it\n\
         0 errors, 0 warnings, 1 place that cannot be read; nothing was written to stdout\n",
    );
}

#[test]
fn colours_are_for_terminals_and_those_who_insist() {
    let plain = Folder::new("plain").with("rules.yaml", LABEL);
    let run = plain.run("post-render --rules rules.yaml --diff", SERVICE);
    assert!(!run.stdout.contains('\u{1b}'), "{}", run.stdout);
    let forced = Folder::new("forced")
        .with("rules.yaml", LABEL)
        .with_variable("CLICOLOR_FORCE", "1");
    let run = forced.run("post-render --rules rules.yaml --diff", SERVICE);
    assert!(run.stdout.contains("\u{1b}[32m+  labels:"), "{}", run.stdout);
    let quiet = Folder::new("no-color")
        .with("rules.yaml", LABEL)
        .with_variable("CLICOLOR_FORCE", "1")
        .with_variable("NO_COLOR", "1");
    let run = quiet.run("post-render --rules rules.yaml --diff", SERVICE);
    assert!(!run.stdout.contains('\u{1b}'), "{}", run.stdout);
}
