//! The modules of std that reach the machine, searched in the tokens of the library's own source, and statics that would
//! remember something from one call to the next.

use super::Report;
use crate::checkout;
use crate::tokens::{Source, Token};
use anyhow::Context as _;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The folders of the pure library, and the parts of them that are the command-line program.
const PURE: &[&str] = &["src", "crates/yaml/src"];
const PROGRAM: &[&str] = &["src/main.rs", "src/cli"];

/// Paths below `std` (`core`, `alloc`) that the library may not name, with everything below them.
const FORBIDDEN: &[&[&str]] = &[
    &["collections", "HashMap"],
    &["collections", "HashSet"],
    &["collections", "hash_map"],
    &["collections", "hash_set"],
    &["env"],
    &["fs"],
    &["hash", "RandomState"],
    &["io", "stderr"],
    &["io", "stdin"],
    &["io", "stdout"],
    &["net", "TcpListener"],
    &["net", "TcpStream"],
    &["net", "ToSocketAddrs"],
    &["net", "UdpSocket"],
    &["os"],
    &["process"],
    &["thread"],
    &["time", "Instant"],
    &["time", "SystemTime"],
    &["time", "UNIX_EPOCH"],
];

/// How the names of types begin or end that can be changed behind a shared reference.
const MUTABLE: [&str; 4] = ["Cell", "Lock", "Mutex", "Once"];

pub(super) fn check() -> anyhow::Result<Report> {
    let mut sources = Vec::new();
    let mut test_files = BTreeSet::new();
    for path in checkout::files()?.into_iter().filter(|path| is_pure(path)) {
        let text = checkout::text(&path)?.with_context(|| format!("`{}` is not UTF-8", path.display()))?;
        let source = Source::read(&text).with_context(|| format!("reading `{}`", path.display()))?;
        test_files.extend(
            source
                .test_modules
                .iter()
                .flat_map(|module| module_files(&path, module)),
        );
        sources.push((path, source));
    }
    sources.retain(|(path, _)| !test_files.iter().any(|test| path.starts_with(test)));
    let mut problems = Vec::new();
    for (path, source) in &sources {
        let path = path.display();
        problems.extend(impure_paths(&source.tokens).into_iter().map(|(line, what)| {
            format!("{path}:{line}: `{what}` reaches outside: pass what it reads as an argument")
        }));
        problems.extend(memories(&source.tokens).into_iter().map(|(line, what)| {
            format!(
                "{path}:{line}: `{what}` remembers something between calls, and a policy's memory is taken back before each: \
                 pass it as an argument"
            )
        }));
    }
    Ok(Report {
        problems,
        looked_at: format!(
            "{} files name none of {} parts of std, no static can change",
            sources.len(),
            FORBIDDEN.len()
        ),
    })
}

fn is_pure(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
        && PURE.iter().any(|folder| path.starts_with(folder))
        && !PROGRAM.iter().any(|part| path.starts_with(part))
}

/// Where `mod NAME;` in `path` may live: a file or a folder beside `mod.rs`, or in the file's own folder.
fn module_files(path: &Path, module: &str) -> Vec<PathBuf> {
    let beside = path.parent().unwrap_or(Path::new(""));
    let folder = match path.file_stem().and_then(|stem| stem.to_str()) {
        Some("mod" | "lib" | "main") | None => beside.to_path_buf(),
        Some(stem) => beside.join(stem),
    };
    vec![folder.join(module), folder.join(format!("{module}.rs"))]
}

/// The forbidden paths that start at `std`, `core` or `alloc`, and whatever would hide one: a renamed or a whole std.
fn impure_paths(tokens: &[Token]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        if !["std", "core", "alloc"].contains(&token.text.as_str()) {
            continue;
        }
        let rest = tokens.get(index + 1..).unwrap_or_default();
        if rest.first().is_some_and(|next| next.text == "as") {
            found.push((token.line, format!("{} as ..", token.text)));
        }
        let mut paths = Vec::new();
        read_path(rest, &mut Vec::new(), &mut paths);
        for path in paths {
            if FORBIDDEN.iter().any(|forbidden| is_forbidden(&path, forbidden)) {
                found.push((token.line, format!("{}::{}", token.text, path.join("::"))));
            }
        }
    }
    found
}

/// Statics that can change: `static mut`, one of a type with a lock or a cell, `thread_local!`.
fn memories(tokens: &[Token]) -> Vec<(usize, String)> {
    let is_mutable = |word: &str| {
        word == "mut"
            || word.starts_with("Atomic")
            || word.starts_with("Lazy")
            || MUTABLE
                .iter()
                .any(|part| word.starts_with(part) || word.ends_with(part))
    };
    let mut found = Vec::new();
    let mut before = "";
    for (index, token) in tokens.iter().enumerate() {
        let word = token.text.as_str();
        if word == "thread_local" {
            found.push((token.line, word.to_owned()));
        }
        // The lifetime has an apostrophe before it.
        if word == "static" && before != "'" {
            let declared = tokens.get(index + 1..).unwrap_or_default().iter();
            let mut declared = declared.take_while(|token| !["=", ";"].contains(&token.text.as_str()));
            if let Some(token) = declared.find(|token| is_mutable(&token.text)) {
                found.push((token.line, format!("static .. {}", token.text)));
            }
        }
        before = word;
    }
    found
}

/// Whether the path names something forbidden: the item or something in it, all of its module (`time::*`), or the
/// module itself (`use std::time;`, `time::{self}`), behind whose name the item would be out of sight.
fn is_forbidden(path: &[String], forbidden: &[&str]) -> bool {
    let path = match path {
        [module @ .., last] if last == "self" || last == "*" => module,
        path => path,
    };
    path.iter().zip(forbidden).all(|(part, word)| part == word)
}

/// Reads `::a::b`, `::{a, b::c}` and `::*` after a prefix; returns how many tokens it took.
fn read_path(tokens: &[Token], prefix: &mut Vec<String>, paths: &mut Vec<Vec<String>>) -> usize {
    let text = |at: usize| tokens.get(at).map(|token| token.text.as_str());
    if text(0) != Some(":") || text(1) != Some(":") {
        if !prefix.is_empty() {
            paths.push(prefix.clone());
        }
        return 0;
    }
    2 + match text(2) {
        Some("{") => 1 + read_group(tokens.get(3..).unwrap_or_default(), prefix, paths),
        Some(_) => read_segment(tokens.get(2..).unwrap_or_default(), prefix, paths),
        None => 0,
    }
}

/// Reads the inside of `{ a, b::c }` up to and with its closing brace.
fn read_group(tokens: &[Token], prefix: &mut Vec<String>, paths: &mut Vec<Vec<String>>) -> usize {
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            "}" => return at + 1,
            "," => at += 1,
            _ => at += read_segment(tokens.get(at..).unwrap_or_default(), prefix, paths),
        }
    }
    at
}

fn read_segment(tokens: &[Token], prefix: &mut Vec<String>, paths: &mut Vec<Vec<String>>) -> usize {
    let Some(token) = tokens.first() else { return 0 };
    prefix.push(token.text.clone());
    let taken = read_path(tokens.get(1..).unwrap_or_default(), prefix, paths);
    prefix.pop();
    1 + taken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        impure_paths(&Source::read(text).unwrap().tokens)
            .into_iter()
            .map(|(_, what)| what)
            .collect()
    }

    #[test]
    fn finds_direct_grouped_nested_and_macro_uses() {
        for (text, expected) in [
            ("fn a() { std::fs::read(\"a\"); }", "std::fs::read"),
            ("use std::{fmt, fs};", "std::fs"),
            ("use std::{io::{Read, stdin}, fmt};", "std::io::stdin"),
            ("use std::time::{Duration, Instant};", "std::time::Instant"),
            ("use std::time::*;", "std::time::*"),
            ("use ::std::net::TcpStream;", "std::net::TcpStream"),
            (
                "fn a() { matches!(std::env::var(\"A\"), Ok(_)); }",
                "std::env::var",
            ),
            ("use std as other;", "std as .."),
            ("extern crate std as other;", "std as .."),
            ("use std::{self as other};", "std::self"),
            ("use std::*;", "std::*"),
            ("use std::time;", "std::time"),
            ("use std::{fmt, io::{self, Read}};", "std::io::self"),
            (
                "use std::collections::{BTreeMap, HashMap};",
                "std::collections::HashMap",
            ),
        ] {
            assert_eq!(found(text), vec![expected.to_owned()], "{text}");
        }
    }

    #[test]
    fn accepts_what_only_computes() {
        for text in [
            "use std::time::Duration;",
            "fn a() -> bool { \"1.2.3.4\".parse::<std::net::Ipv4Addr>().is_ok() }",
            "use std::{borrow::Cow, collections::BTreeMap, fmt::{self, Write as _}};",
            "// std::fs::read\nconst A: &str = \"std::env::var\";",
            "#[cfg(test)] mod tests { use std::fs; }",
            "fn fs() { self::fs(); crate::net::name(); }",
        ] {
            assert_eq!(found(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn finds_statics_that_change() {
        let found = |text: &str| memories(&Source::read(text).unwrap().tokens).len();
        for text in [
            "static mut A: u8 = 0;",
            "pub(crate) static A: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(Vec::new);",
            "fn a() { static A: OnceLock<String> = OnceLock::new(); }",
            "static A: AtomicUsize = AtomicUsize::new(0);",
            "static A: Mutex<Vec<u8>> = Mutex::new(Vec::new());",
            "thread_local! { static A: u8 = 0; }",
        ] {
            assert_eq!(found(text), 1, "{text}");
        }
        for text in [
            "static META: Meta = Meta { keys: &[] };",
            "fn a(text: &'static mut str) { let a: OnceLock<u8> = OnceLock::new(); }",
            "const A: &'static [&'static str] = &[]; fn b(cell: &Cell<u8>) {}",
        ] {
            assert_eq!(found(text), 0, "{text}");
        }
    }

    #[test]
    fn the_program_is_not_the_library_and_tests_have_files() {
        assert!(is_pure(Path::new("src/engine/mod.rs")));
        assert!(!is_pure(Path::new("src/cli/mod.rs")));
        assert!(!is_pure(Path::new("src/main.rs")));
        let files = module_files(Path::new("src/engine/mod.rs"), "tests");
        assert!(files.contains(&PathBuf::from("src/engine/tests.rs")));
        assert!(
            module_files(Path::new("src/engine/stage.rs"), "tests")
                .contains(&PathBuf::from("src/engine/stage/tests.rs"))
        );
    }
}
