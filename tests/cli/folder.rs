//! A folder of files for one test, and the program run in it.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

/// A rule that labels every Service.
pub(crate) const LABEL: &str = "\
apiVersion: boltrope.dev/v1alpha1
kind: RuleSet
metadata: {name: platform}
spec:
  rules:
    - name: team
      match: {kinds: [core/Service]}
      metadata: {labels: {team: {default: web}}}
";

/// Rules that say nothing.
pub(crate) const NOTHING: &str = "\
apiVersion: boltrope.dev/v1alpha1
kind: RuleSet
metadata: {name: platform}
spec: {rules: []}
";

/// A small Service as Helm renders it.
pub(crate) const SERVICE: &str = "\
# Source: web/templates/service.yaml
apiVersion: v1
kind: Service
metadata:
  name: web
";

/// An empty folder of one test.
pub(crate) struct Folder {
    path: PathBuf,
    environment: Vec<(&'static str, String)>,
}

/// Every file of a directory, at every depth, in order of names.
pub(crate) fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("a readable directory");
    let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    let below = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    entries.into_iter().flat_map(below).collect()
}

/// How a run ended.
#[derive(Debug, PartialEq)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Folder {
    /// `test` is the test's name: two tests must not share a folder.
    pub(crate) fn new(test: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli").join(test);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder for the test");
        Self {
            path,
            environment: Vec::new(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path.join(name);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
        self
    }

    pub(crate) fn with_variable(mut self, name: &'static str, value: &str) -> Self {
        self.environment.push((name, value.to_owned()));
        self
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path.join(name)).expect("the program wrote it")
    }

    /// The program with these arguments, separated by blanks.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_boltrope"));
        command.env_clear().current_dir(&self.path);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.args(arguments.split_whitespace());
        command
    }

    pub(crate) fn run(&self, arguments: &str, stdin: impl Into<Vec<u8>>) -> Run {
        let output = self
            .command(arguments)
            .write_stdin(stdin)
            .output()
            .expect("the program runs");
        let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
        Run {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

impl Run {
    /// Nothing on stdout, exactly this on stderr.
    #[track_caller]
    pub(crate) fn fails(&self, code: i32, stderr: &str) {
        assert_eq!(self.stderr, stderr);
        assert_eq!((self.code, self.stdout.as_str()), (Some(code), ""));
    }

    /// Exactly this on stdout, nothing on stderr.
    #[track_caller]
    pub(crate) fn gives(&self, stdout: &str) {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""));
        assert_eq!(self.stdout, stdout);
    }
}
