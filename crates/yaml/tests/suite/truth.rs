//! The truth tables: what Kubernetes itself made of 266 documents and 35 streams.

use boltrope_yaml::{Limits, WarningKind, read, split};
use serde_json::Value;

/// Numbers by value (`1e3` is `1000`, `-0` is `0`), everything else as it is.
fn is_same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Number(ours), Value::Number(theirs)) => {
            let exact = |number: &serde_json::Number| number.as_i128();
            match (exact(ours), exact(theirs)) {
                (Some(ours), Some(theirs)) => ours == theirs,
                _ => ours.as_f64() == theirs.as_f64(),
            }
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len()
                && ours
                    .iter()
                    .zip(theirs)
                    .all(|(ours, theirs)| is_same(ours, theirs))
        }
        (Value::Object(ours), Value::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours
                    .iter()
                    .all(|(key, ours)| theirs.get(key).is_some_and(|theirs| is_same(ours, theirs)))
        }
        (ours, theirs) => ours == theirs,
    }
}

fn text(row: &Value, column: &str) -> String {
    row[column]
        .as_str()
        .unwrap_or_else(|| panic!("a row without `{column}`: {row}"))
        .to_owned()
}

fn short(input: &str) -> String {
    input.chars().take(80).collect()
}

#[test]
fn values_are_what_kubernetes_reads_in_266_of_266_cases() {
    let rows = crate::shared::table("yaml/values.json");
    assert_eq!(rows.len(), 266);
    for row in rows {
        let (input, lax) = (text(&row, "input"), text(&row, "lax"));
        let ours = read(&input, &Limits::default());
        match (ours, lax.starts_with("ERR ")) {
            (Ok(tree), false) => {
                let theirs: Value = serde_json::from_str(&lax).unwrap();
                assert!(
                    is_same(tree.value(), &theirs),
                    "{:?}: {} is not {theirs}",
                    short(&input),
                    tree.value()
                );
            }
            (Ok(tree), true) => panic!(
                "{:?}: Kubernetes says {lax}, we read {}",
                short(&input),
                tree.value()
            ),
            (Err(error), false) => panic!("{:?}: Kubernetes reads {lax}, we say {error}", short(&input)),
            (Err(_), true) => {}
        }
    }
}

#[test]
fn duplicate_keys_are_warned_of_where_the_strict_reader_refuses_in_266_of_266_cases() {
    for row in crate::shared::table("yaml/values.json") {
        let (input, strict) = (text(&row, "input"), text(&row, "strict"));
        let ours = match read(&input, &Limits::default()) {
            Ok(tree) => tree
                .warnings()
                .iter()
                .any(|warning| warning.kind == WarningKind::DuplicateKey),
            Err(_) => true,
        };
        assert_eq!(
            ours,
            strict.starts_with("ERR "),
            "{:?}: strict says {strict}",
            short(&input)
        );
    }
}

#[test]
fn streams_are_cut_where_kubectl_cuts_in_35_of_35_cases() {
    let rows = crate::shared::table("yaml/split.json");
    assert_eq!(rows.len(), 35);
    for row in rows {
        let input = text(&row, "input");
        let limits = Limits::default();
        let ours: Vec<Option<Value>> = match split(input.as_bytes(), &limits) {
            Ok(documents) => {
                let read = documents
                    .iter()
                    .map(|document| document.read(&limits).ok().map(|tree| tree.into_value()));
                let mut read: Vec<_> = read.collect();
                // kubectl stops at the first document that it cannot read.
                if let Some(broken) = read.iter().position(Option::is_none) {
                    read.truncate(broken + 1);
                }
                read
            }
            Err(_) => vec![None],
        };
        let theirs = row["kubectl"].as_array().unwrap();
        let same = ours.len() == theirs.len()
            && ours.iter().zip(theirs).all(|(ours, theirs)| {
                let theirs = theirs.as_str().unwrap();
                match ours {
                    None => theirs.starts_with("ERR "),
                    Some(ours) => serde_json::from_str(theirs).is_ok_and(|theirs| is_same(ours, &theirs)),
                }
            });
        assert!(same, "{input:?}: {ours:?} is not {theirs:?}");
    }
}
