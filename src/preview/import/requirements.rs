//! Label selectors as text (`labels.Parse` of apimachinery): `a=b,c!=d,e in (x,y),f notin (z),g,!h`.

use serde_json::{Map, Value, json};

/// The selector as `matchLabels` and `matchExpressions`.
///
/// # Errors
/// The part that is no requirement.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let (mut labels, mut expressions) = (Map::new(), Vec::new());
    for part in split(text) {
        let part = part.trim();
        let set = |word: &str| {
            let (key, rest) = part.split_once(&format!(" {word} "))?;
            let values = rest.trim().strip_prefix('(')?.strip_suffix(')')?;
            let values: Vec<&str> = values.split(',').map(str::trim).collect();
            Some((key.trim(), values))
        };
        if part.is_empty() {
            continue;
        }
        if let Some((key, values)) = set("notin") {
            expressions.push(json!({"key": key, "operator": "NotIn", "values": values}));
        } else if let Some((key, values)) = set("in") {
            expressions.push(json!({"key": key, "operator": "In", "values": values}));
        } else if let Some((key, value)) = part.split_once("!=") {
            expressions.push(json!({"key": key.trim(), "operator": "NotIn", "values": [value.trim()]}));
        } else if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
            labels.insert(key.trim().to_owned(), json!(value.trim()));
        } else if let Some(key) = part.strip_prefix('!') {
            expressions.push(json!({"key": key.trim(), "operator": "DoesNotExist"}));
        } else if part.contains([' ', '(', ')', '<', '>']) {
            return Err(part.to_owned());
        } else {
            expressions.push(json!({"key": part, "operator": "Exists"}));
        }
    }
    let mut selector = Map::new();
    if !labels.is_empty() {
        selector.insert("matchLabels".to_owned(), Value::Object(labels));
    }
    if !expressions.is_empty() {
        selector.insert("matchExpressions".to_owned(), Value::Array(expressions));
    }
    if selector.is_empty() {
        return Err(text.to_owned());
    }
    Ok(Value::Object(selector))
}

/// At the commas that are not in parentheses.
fn split(text: &str) -> Vec<String> {
    let (mut parts, mut depth) = (vec![String::new()], 0_usize);
    for letter in text.chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        match (letter, depth) {
            (',', 0) => parts.push(String::new()),
            _ => parts.last_mut().into_iter().for_each(|part| part.push(letter)),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_requirement_is_read() {
        let selector = parse("a=b, c!=d,e in (x, y),f notin (z),g,!h,i==j").expect("a selector");
        assert_eq!(selector["matchLabels"], json!({"a": "b", "i": "j"}));
        let operators: Vec<&str> = selector["matchExpressions"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|expression| expression["operator"].as_str())
            .collect();
        assert_eq!(operators, ["NotIn", "In", "NotIn", "Exists", "DoesNotExist"]);
        for broken in ["", "a > 1", "e in x", ","] {
            assert!(parse(broken).is_err(), "{broken}");
        }
    }
}
