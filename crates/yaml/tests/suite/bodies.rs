//! What the fuzz targets do with any bytes. Shared by `fuzz/` (random inputs) and by the suite (the committed seeds).

use boltrope_yaml::{Change, EditError, Limits, Scan, apply, read, split};
use serde_json::Value;

/// Small limits keep a single run fast.
fn limits() -> Limits {
    Limits {
        document_bytes: 1 << 20,
        ..Limits::default()
    }
}

/// Splitting and reading never panic; the documents lie in the stream in order, and nothing but separators, blanks and byte
/// order marks is between them; positions are inside the text.
pub(crate) fn split_read(stream: &[u8]) {
    let Ok(documents) = split(stream, &limits()) else {
        return;
    };
    let mut at = 0;
    for (index, document) in documents.iter().enumerate() {
        let range = document.range();
        assert!(range.start >= at, "documents overlap");
        assert_eq!(document.number(), index + 1);
        assert_eq!(stream.get(range.clone()), Some(document.text().as_bytes()));
        let between = std::str::from_utf8(stream.get(at..range.start).unwrap()).unwrap();
        let is_separator = |line: &str| {
            let line = line.trim_matches('\u{feff}').trim();
            line.is_empty() || line.starts_with("---")
        };
        assert!(between.lines().all(is_separator), "lost text: {between:?}");
        at = range.end;
        match document.read(&limits()) {
            Ok(tree) => {
                let position = tree.position("").map(|position| position.offset);
                assert!(position.is_none_or(|offset| offset >= range.start && offset <= range.end));
                assert!(!tree.is_empty() || tree.value().is_null());
            }
            Err(error) => {
                assert!(
                    error.position().offset >= range.start && error.position().offset <= range.end,
                    "{error}"
                );
                assert!(!error.to_string().contains('\n'));
            }
        }
    }
}

/// What the scan says is what the reader says.
pub(crate) fn scan(stream: &[u8]) {
    let Ok(documents) = split(stream, &limits()) else {
        return;
    };
    for document in documents {
        let scan = document.scan();
        let Ok(tree) = document.read(&limits()) else {
            continue;
        };
        let field = |name: &str| tree.value().get(name).and_then(Value::as_str);
        match scan {
            Scan::Empty => assert!(tree.is_empty(), "{:?}", document.text()),
            Scan::Object { api_version, kind } => {
                assert_eq!(field("apiVersion"), Some(api_version), "{:?}", document.text());
                assert_eq!(field("kind"), Some(kind), "{:?}", document.text());
            }
            _ => {}
        }
    }
}

/// The first line says what to change (`+/pointer value` or `-/pointer`, separated by tabs), the rest is the document: the
/// edit gives what the model gives, or is refused for a reason; it is never an internal error.
pub(crate) fn edit(input: &[u8]) {
    let Ok(input) = std::str::from_utf8(input) else {
        return;
    };
    let Some((wishes, text)) = input.split_once('\n') else {
        return;
    };
    let text = text.trim_start_matches('\u{feff}');
    let Ok(tree) = read(text, &limits()) else { return };
    let wishes: Vec<(&str, Option<Value>)> = wishes.split('\t').filter_map(wish).take(4).collect();
    let mut changes = Vec::new();
    for (pointer, value) in &wishes {
        changes.push(match value {
            Some(value) => Change::Set { pointer, value },
            None => Change::Remove { pointer },
        });
    }
    match (tree.edit(&changes, &limits()), apply(tree.value(), &changes)) {
        (Ok(edited), Ok(expected)) => {
            let draft = tree.draft(&changes, &limits()).unwrap();
            let confirmed = tree.confirm(draft, &expected, &limits()).unwrap();
            assert_eq!(confirmed.to_text(), edited.text());
            let again = read(edited.text(), &limits()).unwrap();
            assert_eq!(again.value(), edited.value());
            let same = edited.edit(&[], &limits()).unwrap();
            assert_eq!(same.text(), edited.text());
        }
        (Err(EditError::Internal { message }), _) => panic!("{message}: {text:?} {changes:?}"),
        (Err(_), _) => {}
        (Ok(_), Err(error)) => panic!("{error}: {text:?} {changes:?}"),
    }
}

fn wish(text: &str) -> Option<(&str, Option<Value>)> {
    if let Some(pointer) = text.strip_prefix('-') {
        return Some((pointer, None));
    }
    let (pointer, value) = text.strip_prefix('+')?.split_once(' ')?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.replace("\\n", "\n")));
    Some((pointer, Some(value)))
}
