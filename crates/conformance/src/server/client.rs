//! As much HTTP/1.1 as a policy server speaks to an API server: POST with a length, one connection kept open.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, ensure};

const PATIENCE: Duration = Duration::from_secs(30);

/// One connection.
#[derive(Debug)]
pub(super) struct Client {
    connection: BufReader<TcpStream>,
}

impl Client {
    pub(super) fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).with_context(|| format!("connecting to {address}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self {
            connection: BufReader::new(stream),
        })
    }

    /// The body of the answer to a JSON body.
    pub(super) fn post(&mut self, path: &str, body: &[u8]) -> anyhow::Result<Vec<u8>> {
        let (status, answer) = self.request("POST", path, body)?;
        ensure!(
            status == 200,
            "{path}: HTTP {status}: {}",
            String::from_utf8_lossy(&answer)
        );
        Ok(answer)
    }

    /// The status and body of any request.
    pub(super) fn request(
        &mut self,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> anyhow::Result<(u16, Vec<u8>)> {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: policy-server\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        self.connection
            .get_mut()
            .write_all(&[head.as_bytes(), body].concat())?;
        let mut status = String::new();
        self.connection.read_line(&mut status)?;
        let status = status.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.context("an answer that is no HTTP")?;
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.connection.read_line(&mut line)?;
            match line.trim_end().split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse()?
                }
                Some(_) => {}
                None => break,
            }
        }
        let mut answer = vec![0; length];
        self.connection.read_exact(&mut answer)?;
        Ok((status, answer))
    }
}
