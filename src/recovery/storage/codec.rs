//! The body of a storage record: base64, in it gzip, in it one JSON object.
//!
//! Helm 4.2.4, `pkg/storage/driver/util.go`: `base64(gzip-9(json))`, which the Secret's `data` wraps in base64 once more.
//! A record that was never compressed (Helm 2's way) is read too, as Helm does.
//!
//! A repair changes the bytes of the status and no other: numbers, order, fields this program never heard of stay as
//! they are. The JSON is never decoded into a tree and back.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde::Deserialize;

use super::status::Status;
use crate::recovery::Timestamp;

/// What a record may unpack to. A Secret holds 1 MiB, so more than this is no release.
const MAX_JSON: u64 = 256 << 20;
const GZIP_MAGIC: [u8; 3] = [0x1f, 0x8b, 0x08];

/// The JSON of a release record. It holds values and manifests, so it never appears in text.
#[derive(Clone, PartialEq, Eq)]
pub struct Body {
    json: Vec<u8>,
    compressed: bool,
}

/// The few facts of a body that a diagnosis needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The release's name.
    pub name: String,
    /// The namespace that the release is installed in.
    pub namespace: String,
    /// The revision.
    pub version: u64,
    /// What Helm believes about it.
    pub status: Status,
    /// When the action began.
    pub last_deployed: Option<Timestamp>,
    /// Name and version of the chart.
    pub chart: Option<(String, String)>,
    status_at: Range<usize>,
}

/// Why a body cannot be used. No variant holds a byte of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// The Secret has no `data.release`, or it is no text.
    #[error("it has no `data.release`")]
    Missing,
    /// One of the two layers of base64 is broken.
    #[error("its {layer} base64 is broken; was it edited by hand?")]
    Base64 {
        /// `outer` (the Secret's own) or `inner` (Helm's).
        layer: &'static str,
    },
    /// The compressed data is broken or cut short.
    #[error("its gzip data is broken or cut short")]
    Gzip,
    /// Far more than any release.
    #[error("it unpacks to more than 256 MiB")]
    TooLong,
    /// Not the JSON of a release.
    #[error("it is not the JSON of a Helm release (line {line}, column {column} of the unpacked text)")]
    Json {
        /// Where reading stopped.
        line: usize,
        /// Where reading stopped.
        column: usize,
    },
    /// A status that no Helm writes.
    #[error("its status is none that Helm writes")]
    Status,
    /// What was packed does not unpack to the same.
    #[error("what was written does not read back as the same release; nothing may be stored")]
    NotTheSame,
}

#[derive(Deserialize)]
struct RawHead<'a> {
    name: String,
    #[serde(default)]
    namespace: String,
    version: u64,
    #[serde(borrow)]
    info: RawInfo<'a>,
    #[serde(default)]
    chart: Option<RawChart>,
}

#[derive(Deserialize)]
struct RawInfo<'a> {
    // Borrowed, so that its address tells where it stands; a status with escapes in it is refused by that.
    status: &'a str,
    #[serde(default)]
    last_deployed: Option<String>,
}

#[derive(Deserialize)]
struct RawChart {
    #[serde(default)]
    metadata: Option<RawMetadata>,
}

#[derive(Deserialize)]
struct RawMetadata {
    #[serde(default)]
    name: String,
    #[serde(default)]
    version: String,
}

impl Body {
    /// Unpacks `data.release` of a Secret, as an API server or kubectl gives it.
    ///
    /// # Errors
    /// When one of the layers is broken. The JSON itself is read by [`Body::head`].
    pub fn decode(data: &str) -> Result<Self, BodyError> {
        let outer = from_base64(data.as_bytes(), "outer")?;
        let inner = from_base64(&outer, "inner")?;
        if !inner.starts_with(&GZIP_MAGIC) {
            return Ok(Self {
                json: inner,
                compressed: false,
            });
        }
        let mut json = Vec::new();
        MultiGzDecoder::new(inner.as_slice())
            .take(MAX_JSON + 1)
            .read_to_end(&mut json)
            .map_err(|_| BodyError::Gzip)?;
        if json.len() as u64 > MAX_JSON {
            return Err(BodyError::TooLong);
        }
        Ok(Self {
            json,
            compressed: true,
        })
    }

    /// The body of a release whose JSON is known, packed as Helm packs it.
    #[must_use]
    pub fn of_json(json: Vec<u8>) -> Self {
        Self {
            json,
            compressed: true,
        }
    }

    /// Packs it for `data.release` of a Secret.
    ///
    /// # Errors
    /// When what was packed does not unpack to the same bytes.
    pub fn encode(&self) -> Result<String, BodyError> {
        let inner = if self.compressed {
            STANDARD.encode(compress(&self.json)?)
        } else {
            STANDARD.encode(&self.json)
        };
        let data = STANDARD.encode(inner);
        let same = Self::decode(&data).is_ok_and(|again| again == *self);
        if same {
            Ok(data)
        } else {
            Err(BodyError::NotTheSame)
        }
    }

    /// What a diagnosis needs to know.
    ///
    /// # Errors
    /// When the JSON is not that of a release.
    pub fn head(&self) -> Result<Head, BodyError> {
        let raw: RawHead<'_> = serde_json::from_slice(&self.json).map_err(|error| BodyError::Json {
            line: error.line(),
            column: error.column(),
        })?;
        let start = (raw.info.status.as_ptr() as usize).saturating_sub(self.json.as_ptr() as usize);
        let chart = raw.chart.and_then(|chart| chart.metadata);
        Ok(Head {
            status: Status::parse(raw.info.status).ok_or(BodyError::Status)?,
            status_at: start..start + raw.info.status.len(),
            last_deployed: raw.info.last_deployed.as_deref().and_then(Timestamp::parse),
            chart: chart.map(|metadata| (metadata.name, metadata.version)),
            name: raw.name,
            namespace: raw.namespace,
            version: raw.version,
        })
    }

    /// The same body with another status; every other byte of the JSON stays.
    ///
    /// # Errors
    /// When the JSON is not that of a release.
    pub fn with_status(&self, status: Status) -> Result<Self, BodyError> {
        let head = self.head()?;
        let before = self.json.get(..head.status_at.start);
        let after = self.json.get(head.status_at.end..);
        let (Some(before), Some(after)) = (before, after) else {
            return Err(BodyError::NotTheSame);
        };
        let changed = Self {
            json: [before, status.as_str().as_bytes(), after].concat(),
            compressed: self.compressed,
        };
        let expected = Head {
            status,
            status_at: head.status_at.start..head.status_at.start + status.as_str().len(),
            ..head
        };
        if changed.head()? == expected {
            Ok(changed)
        } else {
            Err(BodyError::NotTheSame)
        }
    }

    /// The JSON as it is. It holds whatever the release holds: show none of it to anybody.
    #[must_use]
    pub fn json(&self) -> &[u8] {
        &self.json
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Body")
            .field("bytes", &self.json.len())
            .finish_non_exhaustive()
    }
}

/// What `data.release` of these JSON bytes would count against the API server's limit: Helm's base64 of gzip.
#[must_use]
pub fn stored_size(json: &[u8]) -> usize {
    compress(json).map_or(usize::MAX, |packed| packed.len().div_ceil(3) * 4)
}

fn compress(json: &[u8]) -> Result<Vec<u8>, BodyError> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder
        .write_all(json)
        .and_then(|()| encoder.finish())
        .map_err(|_| BodyError::NotTheSame)
}

/// Go's decoder skips line ends, so a record that a person folded still reads.
fn from_base64(text: &[u8], layer: &'static str) -> Result<Vec<u8>, BodyError> {
    let folded = text.iter().any(|byte| matches!(byte, b'\r' | b'\n'));
    let decoded = if folded {
        let joined: Vec<u8> = text
            .iter()
            .copied()
            .filter(|byte| !matches!(byte, b'\r' | b'\n'))
            .collect();
        STANDARD.decode(joined)
    } else {
        STANDARD.decode(text)
    };
    decoded.map_err(|_| BodyError::Base64 { layer })
}
