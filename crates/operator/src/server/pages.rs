//! What stands at each path.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use super::Health;

const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const OPEN_METRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// The pages, and what they are made from.
pub(crate) struct Pages {
    registry: Mutex<Registry>,
    health: Arc<Health>,
}

impl fmt::Debug for Pages {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Pages")
            .field("health", &self.health)
            .finish_non_exhaustive()
    }
}

impl Pages {
    /// Pages about these metrics and this health.
    pub(crate) fn new(registry: Registry, health: Arc<Health>) -> Self {
        Self {
            registry: Mutex::new(registry),
            health,
        }
    }

    pub(super) fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        let probe = |well: bool| match well {
            true => (StatusCode::OK, PLAIN, "ok\n".to_owned()),
            false => (
                StatusCode::SERVICE_UNAVAILABLE,
                PLAIN,
                "not yet, or not any more\n".to_owned(),
            ),
        };
        let (status, kind, text) = match request.uri().path() {
            "/metrics" => self.metrics(),
            "/healthz" => probe(self.health.is_alive()),
            "/readyz" => probe(self.health.is_ready()),
            _ => (
                StatusCode::NOT_FOUND,
                PLAIN,
                "there are /metrics, /healthz and /readyz\n".to_owned(),
            ),
        };
        let mut response = Response::new(Full::new(Bytes::from(text)));
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, kind);
        response
    }

    fn metrics(&self) -> (StatusCode, HeaderValue, String) {
        let mut text = String::new();
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        match encode(&mut text, &registry) {
            Ok(()) => (StatusCode::OK, OPEN_METRICS, text),
            Err(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                PLAIN,
                "the metrics cannot be written\n".to_owned(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use prometheus_client::metrics::counter::Counter;

    use super::*;

    fn get(pages: &Pages, path: &str) -> StatusCode {
        let request = Request::builder().uri(path).body(()).unwrap();
        pages.answer(&request).status()
    }

    #[test]
    fn probes_follow_the_health() {
        let health = Arc::new(Health::new(Duration::from_secs(60)));
        let mut registry = Registry::default();
        registry.register("things", "Things", Counter::<u64>::default());
        let pages = Pages::new(registry, Arc::clone(&health));
        assert_eq!(get(&pages, "/readyz"), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(get(&pages, "/healthz"), StatusCode::OK);
        health.set_ready(true);
        assert_eq!(get(&pages, "/readyz"), StatusCode::OK);
        assert_eq!(get(&pages, "/"), StatusCode::NOT_FOUND);
        let (status, _, text) = pages.metrics();
        assert!(
            status == StatusCode::OK && text.contains("things_total 0"),
            "{text}"
        );
    }

    #[test]
    fn a_program_that_hangs_is_not_alive() {
        let pages = Pages::new(Registry::default(), Arc::new(Health::new(Duration::ZERO)));
        assert_eq!(get(&pages, "/healthz"), StatusCode::SERVICE_UNAVAILABLE);
    }
}
