//! The toolchain for `wasm32-unknown-unknown`: rustup's where it can be had, else Debian's packages.
//!
//! Debian's `rustc-web` has no precompiled std for the target, so std is built from `rust-web-src`. Policies get a std from
//! source on both routes: there nobody could read the message of a panic, and without them a policy is a tenth smaller.
//! Paths of the machine never get into a module: the same sources and compiler give the same bytes wherever they lie.

use crate::output;
use crate::program::Program;
use crate::rustup::{add_target, has_target, remaps};
use anyhow::{Context as _, bail};
use std::fmt;
use std::path::Path;

/// What `make policies` builds for; `WASM_TARGET` names another of [`TARGETS`].
const TARGET: &str = "wasm32-unknown-unknown";
const TARGETS: [&str; 2] = [TARGET, "wasm32-wasip1"];
const DEBIAN_PACKAGES: &[&str] = &["rustc-web", "cargo-web", "rust-web-src", "lld-22"];
const DEBIAN_LINKER: &str = "wasm-ld-22";
/// Set to `rustup` or `debian` to use only that one.
const CHOICE: &str = "BOLTROPE_WASM_TOOLCHAIN";

/// A compiler for a target, ready to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Toolchain {
    route: Route,
    target: &'static str,
    /// Whether the sources of std are there.
    has_std_source: bool,
}

/// Where the compiler comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    /// The toolchain in use, with the target's std.
    Rustup,
    /// Debian's packages.
    Debian,
}

impl Toolchain {
    /// The first toolchain that works, installing what is missing.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let target = target()?;
        let choice = std::env::var(CHOICE).unwrap_or_default();
        let found = |route, has_std_source| {
            Ok(Self {
                route,
                target,
                has_std_source,
            })
        };
        if choice != "debian" && (has_target(target) || add_target(target)) {
            return found(Route::Rustup, has_std_source("rustc") || add_std_source());
        }
        if target != TARGET {
            bail!(
                "no compiler for {target}: run `rustup target add {target}`; Debian's packages have no libc for it, so they \
                 build for {TARGET} only"
            );
        }
        if choice != "rustup" && (has_debian() || install_debian()) {
            return found(Route::Debian, true);
        }
        bail!(
            "no compiler for {TARGET}: run `rustup target add {TARGET}`, or as root on Debian \
             `apt-get install {}`",
            DEBIAN_PACKAGES.join(" ")
        )
    }

    /// The target's name, which is also the name of the folder that holds what was built.
    pub(crate) fn target(self) -> &'static str {
        self.target
    }

    /// Whether that is what is released; a module for WASI brings a libc.
    pub(crate) fn has_default_target(self) -> bool {
        self.target == TARGET
    }

    /// What the compiler calls itself.
    pub(crate) fn version(self) -> anyhow::Result<String> {
        let version = Program::new(self.compiler()).args(["--version"]).stdout()?;
        Ok(version.trim().to_owned())
    }

    /// Whether [`Toolchain::build_small`] can make modules as small as they can be.
    pub(crate) fn has_std_source(self) -> bool {
        self.has_std_source
    }

    /// `cargo build` for the target, into a target folder of its own; packages and profile are up to the caller.
    pub(crate) fn build(self, root: &Path, target_folder: &Path) -> anyhow::Result<Program> {
        self.cargo(root, target_folder, self.route == Route::Debian, &[])
    }

    /// The same for modules that are shipped: a panic is a trap at once, without the code that would format a message, and the
    /// linker writes numbers as short as they are instead of leaving five bytes for each address.
    pub(crate) fn build_small(self, root: &Path, target_folder: &Path) -> anyhow::Result<Program> {
        let mut flags = vec!["-Clink-arg=--compress-relocations"];
        if self.has_std_source {
            flags.extend(["-Zunstable-options", "-Cpanic=immediate-abort"]);
        }
        self.cargo(root, target_folder, self.has_std_source, &flags)
    }

    fn cargo(
        self,
        root: &Path,
        target_folder: &Path,
        builds_std: bool,
        flags: &[&str],
    ) -> anyhow::Result<Program> {
        let cargo = match self.route {
            Route::Rustup => Program::cargo(),
            Route::Debian => Program::new("/usr/bin/cargo")
                .env("RUSTC", self.compiler())
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER)
                .without_env("RUSTC_WRAPPER")
                .without_env("CARGO"),
        };
        let flags: Vec<String> = remaps(root, self.compiler())?
            .into_iter()
            .chain(flags.iter().map(|flag| (*flag).to_owned()))
            .collect();
        let cargo = cargo
            .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
            .args(["build", "--locked", "--target", self.target, "--target-dir"])
            .args([target_folder]);
        Ok(if builds_std {
            cargo
                .env("RUSTC_BOOTSTRAP", "1")
                .args(["-Zbuild-std=std,panic_abort"])
        } else {
            cargo
        })
    }

    fn compiler(self) -> &'static str {
        match self.route {
            Route::Rustup => "rustc",
            Route::Debian => "/usr/bin/rustc",
        }
    }
}

impl fmt::Display for Toolchain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let route = match self.route {
            Route::Rustup => "rustup's",
            Route::Debian => "Debian's rustc-web and",
        };
        write!(formatter, "{route} {}", self.target)
    }
}

fn target() -> anyhow::Result<&'static str> {
    let Ok(wanted) = std::env::var("WASM_TARGET") else {
        return Ok(TARGET);
    };
    let known = TARGETS.into_iter().find(|target| *target == wanted);
    known.with_context(|| format!("`WASM_TARGET={wanted}` is none of {}", TARGETS.join(", ")))
}

fn has_std_source(compiler: &str) -> bool {
    let sysroot = Program::new(compiler).args(["--print", "sysroot"]).stdout();
    sysroot.is_ok_and(|sysroot| {
        Path::new(sysroot.trim())
            .join("lib/rustlib/src/rust/library/std/Cargo.toml")
            .exists()
    })
}

fn add_std_source() -> bool {
    Program::new("rustup")
        .args(["component", "add", "rust-src"])
        .succeeds()
        && has_std_source("rustc")
}

fn has_debian() -> bool {
    let compiler = Program::new("/usr/bin/rustc")
        .args(["--print", "cfg", "--target", TARGET])
        .succeeds();
    compiler && has_std_source("/usr/bin/rustc") && Program::new(DEBIAN_LINKER).args(["--version"]).succeeds()
}

fn install_debian() -> bool {
    let is_root = Program::new("id")
        .args(["-u"])
        .stdout()
        .is_ok_and(|id| id.trim() == "0");
    if !is_root || !Program::new("apt-get").args(["--version"]).succeeds() {
        return false;
    }
    output::line(&format!("installing {} ...", DEBIAN_PACKAGES.join(" ")));
    Program::new("apt-get").args(["update"]).succeeds()
        && Program::new("apt-get")
            .args(["install", "--yes"])
            .args(DEBIAN_PACKAGES)
            .succeeds()
        && has_debian()
}
