//! The server as a child process, with the policies it serves.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::{Map, Value, json};

use super::client::Client;

/// A debug build of the server compiles all modules in this time on a slow machine.
const PATIENCE: Duration = Duration::from_secs(120);
/// A tick of Linux's process accounting, which is the same on every machine: USER_HZ is 100.
const TICK: u64 = 10;
/// Where `kwctl annotate` puts a policy's metadata.
const SECTION: &str = "io.kubewarden.metadata";

/// An entry of `policies.yml`.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its name, in the path of requests too.
    pub(super) name: String,
    pub(super) module: PathBuf,
    pub(super) settings: Value,
}

/// A running server; it ends with this value.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts it on free ports of the loopback interface and waits until it is ready.
    pub(super) fn start(
        root: &Path,
        binary: &Path,
        entries: &[Entry],
        workers: usize,
    ) -> anyhow::Result<Self> {
        let folder = root.join("target/policy-server");
        std::fs::create_dir_all(&folder)?;
        let served = entries.iter().map(|entry| {
            let served = json!({
                "module": format!("file://{}", entry.module.display()),
                "allowedToMutate": true,
                "settings": entry.settings,
            });
            (entry.name.clone(), served)
        });
        let policies = folder.join("policies.yml");
        std::fs::write(&policies, serde_json::to_vec(&Map::from_iter(served))?)?;
        let (address, readiness) = (free_address()?, free_address()?);
        let log = folder.join("log");
        let child = Command::new(binary)
            .args([
                "--addr",
                "127.0.0.1",
                "--log-level",
                "warn",
                "--ignore-kubernetes-connection-failure",
            ])
            .args(["--port", &address.port().to_string()])
            .args(["--readiness-probe-port", &readiness.port().to_string()])
            .args(["--workers", &workers.to_string()])
            .arg("--policies")
            .arg(&policies)
            .arg("--policies-download-dir")
            .arg(&folder)
            .arg("--sigstore-cache-dir")
            .arg(folder.join("sigstore"))
            .current_dir(&folder)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(std::fs::File::create(&log)?)
            .stderr(std::fs::OpenOptions::new().append(true).open(&log)?)
            .spawn()
            .with_context(|| format!("starting `{}`", binary.display()))?;
        let mut server = Self { child, address };
        server.wait(readiness, &log)?;
        Ok(server)
    }

    /// Where it answers requests.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The processor time that it has taken so far.
    pub(super) fn processor_time(&self) -> anyhow::Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))
            .context("reading the server's processor time, which only Linux tells")?;
        ticks(&stat)
            .map(|ticks| Duration::from_millis(ticks * TICK))
            .context("a `/proc/PID/stat` that is none")
    }

    fn wait(&mut self, readiness: SocketAddr, log: &Path) -> anyhow::Result<()> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                bail!("it ended, {status}:\n{}", std::fs::read_to_string(log)?);
            }
            let ready =
                Client::connect(readiness).and_then(|mut client| client.request("GET", "/readiness", b""));
            if ready.is_ok_and(|(status, _)| status == 200) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        bail!(
            "it was not ready after {PATIENCE:?}:\n{}",
            std::fs::read_to_string(log)?
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _already_ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// Writes a module with its metadata, as `kwctl annotate` does, and returns where.
pub(super) fn annotate(root: &Path, module: &Path, metadata: &Value, name: &str) -> anyhow::Result<PathBuf> {
    let folder = root.join("target/policy-server");
    std::fs::create_dir_all(&folder)?;
    let mut bytes = std::fs::read(module).with_context(|| format!("reading `{}`", module.display()))?;
    let metadata = serde_json::to_vec(metadata)?;
    let section = [length(SECTION.len()), SECTION.as_bytes().to_vec(), metadata].concat();
    bytes.push(0);
    bytes.extend(length(section.len()));
    bytes.extend(section);
    let path = folder.join(format!("{name}.wasm"));
    std::fs::write(&path, bytes)?;
    Ok(path)
}

/// User and system time in `/proc/PID/stat` (proc_pid_stat(5), fields 14 and 15). The name before them is in parentheses and
/// may hold anything.
fn ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let mut field = || fields.next()?.parse::<u64>().ok();
    Some(field()? + field()?)
}

/// LEB128, unsigned.
fn length(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or_default();
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_processor_time_count() {
        let stat = "42 (policy (server) R 1 42 42 0 -1 4194304 100 0 0 0 70 30 5 5 20 0 4 0 100 1 1";
        assert_eq!(ticks(stat), Some(100));
        assert_eq!(ticks("42"), None);
    }

    #[test]
    fn lengths_are_leb128() {
        assert_eq!(length(0), [0]);
        assert_eq!(length(127), [127]);
        assert_eq!(length(128), [0x80, 1]);
        assert_eq!(length(624_485), [0xe5, 0x8e, 0x26]);
    }
}
