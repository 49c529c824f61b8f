//! The system's Chromium. Nothing is downloaded but from the system's own packages, and only where that needs no question.

use std::path::PathBuf;

use anyhow::{Context as _, bail};

use crate::output;
use crate::program::Program;

/// Names another browser of the family.
const CHOICE: &str = "CHROMIUM";
const PLACES: [&str; 4] = [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome-stable",
    "/usr/bin/google-chrome",
];
const PACKAGE: &str = "chromium";

/// The browser; as root on Debian it is installed where it is missing.
pub(super) fn find() -> anyhow::Result<PathBuf> {
    if let Some(chosen) = std::env::var_os(CHOICE).map(PathBuf::from) {
        return chosen
            .exists()
            .then_some(chosen)
            .with_context(|| format!("`{CHOICE}` names a browser that is not there: unset it, or name one"));
    }
    if let Some(found) = installed() {
        return Ok(found);
    }
    if is_root() && Program::new("apt-get").args(["--version"]).succeeds() {
        output::line(&format!("installing {PACKAGE} (apt-get) ..."));
        Program::new("apt-get").args(["update", "--quiet"]).stdout()?;
        Program::new("apt-get")
            .args([
                "install",
                "--yes",
                "--no-install-recommends",
                PACKAGE,
                "fonts-dejavu-core",
            ])
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout()?;
    }
    match installed() {
        Some(found) => Ok(found),
        None => bail!(
            "no Chromium at {}: install it (Debian: `apt-get install {PACKAGE}`), or name one in `{CHOICE}`",
            PLACES.join(", ")
        ),
    }
}

fn installed() -> Option<PathBuf> {
    PLACES.into_iter().map(PathBuf::from).find(|path| path.exists())
}

fn is_root() -> bool {
    let id = Program::new("id").args(["-u"]).stdout();
    id.is_ok_and(|id| id.trim() == "0")
}
