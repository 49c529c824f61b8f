//! The toolchain for `wasm32-unknown-unknown`: rustup's where it can be had, else Debian's packages.
//!
//! Debian's `rustc-web` has no precompiled std for the target, so std is built from `rust-web-src`.

use crate::output;
use crate::program::Program;
use anyhow::bail;
use std::fmt;
use std::path::Path;

const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_PACKAGES: &[&str] = &["rustc-web", "cargo-web", "rust-web-src", "lld-22"];
const DEBIAN_LINKER: &str = "wasm-ld-22";
/// Set to `rustup` or `debian` to use only that one.
const CHOICE: &str = "BOLTROPE_WASM_TOOLCHAIN";

/// A compiler for the target, ready to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The toolchain in use, with the target's std.
    Rustup,
    /// Debian's packages.
    Debian,
}

impl Toolchain {
    /// The first toolchain that works, installing what is missing.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let choice = std::env::var(CHOICE).unwrap_or_default();
        if choice != "debian" && (has_target() || add_target()) {
            return Ok(Self::Rustup);
        }
        if choice != "rustup" && (has_debian() || install_debian()) {
            return Ok(Self::Debian);
        }
        bail!(
            "no compiler for {TARGET}: run `rustup target add {TARGET}`, or as root on Debian \
             `apt-get install {}`",
            DEBIAN_PACKAGES.join(" ")
        )
    }

    /// The target's name, which is also the name of the folder that holds what was built.
    pub(crate) fn target(self) -> &'static str {
        TARGET
    }

    /// `cargo build` for the target, into a target folder of its own; packages and profile are up to the caller.
    pub(crate) fn build(self, target_folder: &Path) -> Program {
        let cargo = match self {
            Self::Rustup => Program::cargo(),
            Self::Debian => Program::new("/usr/bin/cargo")
                .env("RUSTC", "/usr/bin/rustc")
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER)
                .without_env("RUSTC_WRAPPER")
                .without_env("CARGO"),
        };
        let build_std: &[&str] = if self == Self::Debian {
            &["-Zbuild-std=std,panic_abort"]
        } else {
            &[]
        };
        cargo
            .args(["build", "--locked", "--target", TARGET, "--target-dir"])
            .args([target_folder])
            .args(build_std)
    }
}

impl fmt::Display for Toolchain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Rustup => "rustup's target",
            Self::Debian => "Debian's rustc-web",
        })
    }
}

fn has_target() -> bool {
    let folder = Program::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .stdout();
    folder.is_ok_and(|folder| {
        std::fs::read_dir(folder.trim()).is_ok_and(|mut entries| entries.next().is_some())
    })
}

fn add_target() -> bool {
    Program::new("rustup").args(["target", "add", TARGET]).succeeds() && has_target()
}

fn has_debian() -> bool {
    let compiler = Program::new("/usr/bin/rustc")
        .args(["--print", "cfg", "--target", TARGET])
        .succeeds();
    let std_source = Program::new("/usr/bin/rustc")
        .args(["--print", "sysroot"])
        .stdout()
        .is_ok_and(|sysroot| {
            Path::new(sysroot.trim())
                .join("lib/rustlib/src/rust/library/std/Cargo.toml")
                .exists()
        });
    compiler && std_source && Program::new(DEBIAN_LINKER).args(["--version"]).succeeds()
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
