//! A small HTTP server for those who watch: `/metrics` for Prometheus, `/healthz` and `/readyz` for the kubelet.

mod health;
mod pages;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;

pub(crate) use health::Health;
use pages::Pages;

use crate::command::{Failure, output};
use crate::stop::Stop;

/// A client that says nothing for so long is let go.
const PATIENCE: Duration = Duration::from_secs(10);
/// After a connection that could not be taken: most likely there are too many open ones.
const PAUSE: Duration = Duration::from_millis(200);

/// Answers probes and Prometheus until the end is asked for, and says where.
///
/// # Errors
/// When nobody may listen at that address.
pub(crate) async fn answer(
    address: SocketAddr,
    registry: Registry,
    health: &Arc<Health>,
    stop: &Stop,
) -> Result<(), Failure> {
    let pages = Arc::new(Pages::new(registry, Arc::clone(health)));
    let bound = serve(address, pages, stop.clone()).await;
    let bound = bound.map_err(|error| {
        Failure::Arguments(format!(
            "--metrics-address: nobody can listen at {address}: {error}"
        ))
    })?;
    output::progress(&format!("metrics and probes are at http://{bound}"));
    Ok(())
}

/// Gives the address, with the port that was chosen if 0 was asked for.
async fn serve(address: SocketAddr, pages: Arc<Pages>, stop: Stop) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = stop.asked() => return,
            };
            let Ok((stream, _)) = accepted else {
                stop.sleep(PAUSE).await;
                continue;
            };
            let pages = Arc::clone(&pages);
            let service = service_fn(move |request| {
                let answer = pages.answer(&request);
                async move { Ok::<_, std::convert::Infallible>(answer) }
            });
            tokio::spawn(async move {
                let connection = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(PATIENCE)
                    .serve_connection(TokioIo::new(stream), service);
                // A client that hung up has nothing to be told.
                let _hung_up = connection.await;
            });
        }
    });
    Ok(address)
}
