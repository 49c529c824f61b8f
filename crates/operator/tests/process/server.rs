//! An API server that answers every request alike, as far as the process that asks can tell: what it serves is told, and
//! what it holds is refused, empty, or not said at all.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::thread;

use serde_json::{Value, json};

/// How everything but discovery is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Lists are empty, and nothing has a name.
    Empty,
    /// The user may do nothing.
    Forbidding,
    /// The user is nobody.
    Unknowing,
    /// Every request fails, discovery too.
    Failing,
}

/// A kubeconfig for a server in a mood. It serves as long as the test runs.
pub(crate) fn start(mood: Mood) -> PathBuf {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || serve(stream.unwrap(), mood));
        }
    });
    kubeconfig(&address)
}

/// A kubeconfig for an address where nobody listens.
pub(crate) fn nobody() -> PathBuf {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    kubeconfig(&address)
}

fn kubeconfig(address: &str) -> PathBuf {
    let text = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "test",
        "clusters": [{"name": "test", "cluster": {"server": format!("http://{address}")}}],
        "users": [{"name": "test", "user": {}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
    });
    let name = format!("boltrope-process-{}", address.replace([':', '.'], "-"));
    file(&name, &text.to_string())
}

/// A file of its own.
pub(crate) fn file(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
    let mut file = std::fs::OpenOptions::new();
    let mut file = file.create(true).truncate(true).write(true).open(&path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    path
}

/// Answers one request, and hangs up.
fn serve(stream: TcpStream, mood: Mood) {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    let mut length = 0;
    while reader.read_line(&mut first).is_ok_and(|read| read > 0) && !first.ends_with("\r\n\r\n") {
        let line = first.lines().last().unwrap_or_default().to_lowercase();
        if let Some(text) = line.strip_prefix("content-length:") {
            length = text.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    let mut words = first.split(' ');
    let (Some(method), Some(path), Ok(())) = (words.next(), words.next(), reader.read_exact(&mut body))
    else {
        return;
    };
    let (status, body) = answer(method, path.split('?').next().unwrap(), mood);
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    // Whoever asked may have gone.
    let _gone = reader.get_mut().write_all((head + &body).as_bytes());
}

fn answer(method: &str, path: &str, mood: Mood) -> (u16, Value) {
    match (mood, discovery(path)) {
        (Mood::Unknowing, _) => (401, refusal("Unauthorized")),
        (Mood::Failing, _) => (500, refusal("etcdserver: no leader")),
        (_, Some(found)) => (200, found),
        (Mood::Forbidding, None) => (403, refusal("User \"nobody\" cannot do this")),
        (Mood::Empty, None) if method == "GET" && is_list(path) => (
            200,
            json!({"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": []}),
        ),
        (Mood::Empty, None) => (404, refusal("not found")),
    }
}

/// Whether a path ends with a kind, not with a name: below the version it has an odd number of parts.
fn is_list(path: &str) -> bool {
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let root = if parts[0] == "api" { 2 } else { 3 };
    parts.len() > root && (parts.len() - root) % 2 == 1
}

fn refusal(message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message})
}

/// What every user may ask.
fn discovery(path: &str) -> Option<Value> {
    let group = |name: &str, version: &str| json!({"name": name, "versions": [{"version": version}], "preferredVersion": {"version": version}});
    let helm = "helm.toolkit.fluxcd.io";
    Some(match path {
        "/apis" => json!({"groups": []}),
        "/apis/helm.toolkit.fluxcd.io" => group(helm, "v2"),
        "/apis/helm.toolkit.fluxcd.io/v2" => json!({"resources": [{"name": "helmreleases"}]}),
        "/readyz" => json!("ok"),
        _ => return None,
    })
}
