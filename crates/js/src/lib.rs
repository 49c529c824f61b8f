//! The npm package `boltrope`: the core behind wasm-bindgen, with JSON text across the border.
//!
//! ```text
//! crates/js/npm/core.js --JSON text, bytes--> Rules --boltrope--> JSON text --> objects of JavaScript
//! ```
//!
//! JSON text, because it keeps numbers and the order of keys as they are. What is here answers every input: a mistake of
//! the caller comes back as `Trouble` in JSON, which `core.js` throws as a `BoltropeError`. `make js` builds the package.

mod evaluate;
mod input;
mod json;
mod options;
mod stream;
mod trouble;

use boltrope::engine::Program;
use boltrope::rules::load::{Source, load};
use boltrope::transforms::TRANSFORMS;
use serde_json::Value;
use wasm_bindgen::prelude::wasm_bindgen;

use trouble::Trouble;

/// Rules, compiled.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Rules {
    program: Program,
}

/// What rules made of one object or of a stream: a part that is JSON, and a part that is text as it stands.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Answer {
    report: String,
    text: Option<String>,
}

#[wasm_bindgen]
impl Rules {
    /// Reads rules files, `[{name, text}]` as JSON text, as one set of rules.
    ///
    /// # Errors
    /// A `Trouble` as JSON text: every mistake in the files, with its line and column.
    pub fn compile(files: &str) -> Result<Self, String> {
        let refuse = |trouble: Trouble| trouble.to_json();
        let files = json::read("the rules", files).map_err(refuse)?;
        let mut sources = Vec::new();
        for file in files.as_array().into_iter().flatten() {
            let part = |key: &str| file.get(key).and_then(Value::as_str).unwrap_or_default();
            sources.push(Source {
                name: part("name"),
                bytes: part("text").as_bytes(),
            });
        }
        match load(&sources, TRANSFORMS) {
            Ok(rules) => Ok(Self {
                program: Program::compile(rules),
            }),
            Err(error) => Err(Trouble::rules(&error).to_json()),
        }
    }

    /// What the rules make of one object. `request` is JSON text with the keys of `EvaluateRequest` in `boltrope.d.ts`;
    /// the answer's report is an `Outcome` without its object, which is the answer's text.
    ///
    /// # Errors
    /// A `Trouble` as JSON text: an object or a World that cannot be read, a key that nobody knows.
    pub fn evaluate(&self, request: &str) -> Result<Answer, String> {
        evaluate::evaluate(&self.program, request).map_err(|trouble| trouble.to_json())
    }

    /// What the rules make of a stream of documents. `options` is JSON text with the keys of `RenderOptions`; the answer's
    /// report is a `Rendering` without its output, which is the answer's text.
    ///
    /// # Errors
    /// A `Trouble` as JSON text: a World that cannot be read, a key that nobody knows, a stream that is too large.
    #[wasm_bindgen(js_name = renderStream)]
    pub fn render_stream(&self, stream: &[u8], options: &str) -> Result<Answer, String> {
        stream::render_stream(&self.program, stream, options).map_err(|trouble| trouble.to_json())
    }
}

#[wasm_bindgen]
impl Answer {
    /// The part that is JSON.
    #[must_use]
    pub fn report(&self) -> String {
        self.report.clone()
    }

    /// The part that is text as it stands, if there is one.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        self.text.clone()
    }
}

#[cfg(test)]
mod tests;
