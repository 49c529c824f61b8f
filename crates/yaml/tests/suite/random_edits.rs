//! Ten thousand random edits of real and of nasty documents against the JSON model: right or refused, never different.

use std::collections::BTreeMap;

use boltrope_yaml::{Change, EditError, Limits, apply, read, split};
use serde_json::{Value, json};

const EDITS: usize = 10_000;

/// A small generator with a fixed seed: the run is the same every time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap()
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

fn nasty_values() -> Vec<Value> {
    let texts = [
        "",
        "y",
        "on",
        "0777",
        "1e3",
        "~",
        "null",
        "---",
        "--- x",
        "...",
        "a: b",
        "# c",
        " # c",
        "k:",
        "- d",
        "*x",
        "&x",
        "!x",
        "{a}",
        "[a",
        "a]",
        "a, b",
        "'",
        "\"",
        "\\",
        "it's",
        " lead",
        "trail ",
        "\t",
        "a\tb",
        "one\ntwo",
        "one\ntwo\n",
        "one\n\ntwo\n\n\n",
        "\n",
        "\n\n",
        " one\ntwo",
        "one\n two\n",
        "a\r\nb",
        "a\rb",
        "\u{85}",
        "a\u{2028}b",
        "\u{feff}x",
        "\u{1}",
        "\u{10ffff}",
        "é🎉",
        "<<",
        "=",
        "12:30",
        "2001-01-01",
        "%x",
        "@x",
        "`x",
        "| x",
        "> x",
        "?",
        "-",
        ":",
        "a#b",
        "a:b",
        "nginx:1.25",
        "--flag=x",
        "one\n---\ntwo\n",
        "one\n\ttwo\n",
        "x\n#y\n",
        "trail \nx\n",
        "x\n  ",
    ];
    let mut values: Vec<Value> = texts.iter().map(|text| json!(text)).collect();
    values.extend([
        json!(null),
        json!(true),
        json!(0),
        json!(-7),
        json!(9_007_199_254_740_993_i64),
        json!(u64::MAX),
        json!(1.5),
        json!(1e25),
        json!({}),
        json!([]),
        json!({"a": "b"}),
        json!({"on": {"x": ["y", {"z": "p\nq\n\n"}], "": null}, "a b": []}),
        json!(["a", ["b", ["c"]], {"d": {"e": 1}}, {}]),
        json!([{"name": "x", "value": "p\nq"}, {"name": "y"}]),
        json!({"k": {"l": {"m": ["p\nq\n"]}}, "n": "r\n\n"}),
    ]);
    values
}

fn nasty_documents() -> Vec<String> {
    [
        "a: 1\n",
        "# head\n\n# about a\na: 1 # one\n\n\n# about b\nb:\n  # inner\n  c: x # see\n  # deeper\n# tail\n",
        "a: |+\n  x\n\n\nb:\n  c: |\n    y\n\n  d: >-\n    z\n    w\n\n# c\ne: |2\n   lead\n  x\n",
        "- a\n- - b\n  - c\n- d: 1\n  e: 2\n-   f: 3\n    g:\n    - h\n-\n  i: 4\n- |\n  text\n  more\n- # c\n  j: 5\n-\n",
        "m: {a: 1, 'b': \"x\", c: [1, 2, {d: e}], f: {}, g: [], h: , i}\n",
        "m: {\n  a: 1, # one\n  b: [\n    x,\n    y # why\n  ],\n  # before c\n  c: {d: 1,\n    e: 2}, }\nn: [a: 1, b]\n",
        "{\"a\": {\"b\": [1, \"x\", null]}, \"c\": \"d\"}\n",
        "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {\n    \"c\": \"d\"\n  }\n}\n",
        "base: &base\n  k: 1\n  l: {m: 2}\nuse:\n  <<: *base\n  n: 3\nlist: [*base, &s text, *s]\nfree: &free {z: 1}\n",
        "? a\n: 1\n? b\n: c: 2\n  d: 3\n? e\nf:\n",
        "'q': 'it''s'\n\"r\": \"a\\\n  b\"\ns: plain\n  goes on\n  here # c\non: 1\n0777: 2\n1.5: 3\n",
        "a: !!str 123\nb: !x {c: 1}\nd: !!map\n  e: 1\nf: &g\n  - h\ni: !!binary aGk=\n",
        "    a: 1\n    b:\n        c: 2\n        d:\n            - e\n            - f: 1\n              g: 2\n",
        "é: \"ß🎉\" # ü\nñ:\n- ö: {ä: 1}\n  x: y\n",
        "a: 1\na: 2\nb: {c: 1, c: 2}\n",
        "text\n",
        "- x\n",
        "null\n",
        "# only a comment\n",
        "a:\n  b:\n    c:\n      d:\n        e:\n",
        "a:   1\nb:\t2\nc  :  3\n",
        "a: 1\n...\nb: 2\n",
        "a: \"x\n# not a comment\n  y\" # c\nb: 'z\n\n  w'\n",
        "l:\n- |\n  a\n\n- >\n  b\n\n- c\n\n\n# c\n- d\n",
        "a: [\n  ]\nb: {\n  # c\n  }\nc: [ ]\n",
    ]
    .iter()
    .map(|text| (*text).to_owned())
    .collect()
}

fn documents() -> Vec<String> {
    let mut all = Vec::new();
    for _ in 0..12 {
        all.extend(nasty_documents());
    }
    for (_, stream) in crate::shared::yaml_files("corpus/helm-output") {
        let Ok(documents) = split(&stream, &Limits::default()) else {
            continue;
        };
        let small = documents.iter().filter(|document| document.text().len() < 20_000);
        all.extend(small.map(|document| document.text().to_owned()));
    }
    all
}

/// Every place of a value.
fn pointers(value: &Value, at: String, all: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                pointers(
                    value,
                    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")),
                    all,
                );
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                pointers(value, format!("{at}/{index}"), all);
            }
        }
        _ => {}
    }
    all.push(at);
}

/// A random wish: a pointer, and a value or nothing to remove it.
fn wish(random: &mut Random, value: &Value, places: &[String], values: &[Value]) -> (String, Option<Value>) {
    let place = random.pick(places).clone();
    let new = random.pick(values).clone();
    match (random.below(10), value.pointer(&place)) {
        (0..3, _) => (place, None),
        (3..6, Some(Value::Object(_))) => {
            let name = *random.pick(&[
                "new",
                "app.kubernetes.io~1name",
                "y",
                "a b",
                "",
                "0777",
                "x: y",
                "-x",
            ]);
            (format!("{place}/{name}"), Some(new))
        }
        (3..6, Some(Value::Array(_))) => (format!("{place}/-"), Some(new)),
        (6, Some(Value::Object(_) | Value::Null)) => (format!("{place}/new/deep/er"), Some(new)),
        _ => (place, Some(new)),
    }
}

fn variant(random: &mut Random, text: &str) -> String {
    let text = match random.below(4) {
        0 => text.replace('\n', "\r\n"),
        _ => text.to_owned(),
    };
    match random.below(4) {
        0 => text.trim_end_matches(['\r', '\n']).to_owned(),
        _ => text,
    }
}

/// The value with one place changed, removed or added.
fn spoil(random: &mut Random, value: &Value, values: &[Value]) -> Value {
    let mut places = Vec::new();
    pointers(value, String::new(), &mut places);
    let (pointer, new) = wish(random, value, &places, values);
    let change = match &new {
        Some(value) => Change::Set {
            pointer: &pointer,
            value,
        },
        None => Change::Remove { pointer: &pointer },
    };
    apply(value, &[change]).unwrap_or(Value::Null)
}

#[test]
fn ten_thousand_random_edits_are_right_or_refused() {
    let (mut random, values, documents) = (Random(0x00b0_17b0_9e5e_ed00), nasty_values(), documents());
    let mut refused: BTreeMap<&str, usize> = BTreeMap::new();
    let mut failures = Vec::new();
    for _ in 0..EDITS {
        let base = random.pick(&documents).clone();
        let text = variant(&mut random, &base);
        let tree = read(&text, &Limits::default()).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        let mut places = Vec::new();
        pointers(tree.value(), String::new(), &mut places);
        let count = 1 + random.below(3);
        let wishes: Vec<_> = (0..count)
            .map(|_| wish(&mut random, tree.value(), &places, &values))
            .collect();
        let changes: Vec<Change<'_>> = wishes
            .iter()
            .map(|(pointer, value)| match value {
                Some(value) => Change::Set { pointer, value },
                None => Change::Remove { pointer },
            })
            .collect();
        let expected = apply(tree.value(), &changes);
        let reason = match (tree.edit(&changes, &Limits::default()), expected) {
            (Ok(edited), Ok(expected)) => {
                let again = read(edited.text(), &Limits::default()).unwrap();
                assert_eq!(again.value(), edited.value());
                assert!(
                    is_same(edited.value(), &expected),
                    "{text:?} {changes:?}: {:?}",
                    edited.text()
                );
                let limits = Limits::default();
                let confirm = |value: &Value| {
                    let draft = tree.draft(&changes, &limits).unwrap();
                    tree.confirm(draft, value, &limits)
                };
                let confirmed =
                    confirm(&expected).unwrap_or_else(|error| panic!("{error}: {text:?} {changes:?}"));
                assert_eq!(confirmed.to_text(), edited.text());
                let wrong = spoil(&mut random, &expected, &values);
                assert!(
                    confirm(&wrong).is_err() || is_same(&wrong, &expected),
                    "{:?} does not say {wrong}",
                    edited.text()
                );
                let kept = !text.ends_with('\n') || edited.text().ends_with('\n') || text.starts_with('{');
                assert!(
                    kept,
                    "the last line feed is gone: {text:?} {changes:?}: {:?}",
                    edited.text()
                );
                let mixed = text.contains("\r\n") && edited.text().replace("\r\n", "").contains('\n');
                assert!(
                    !mixed,
                    "line ends are mixed: {text:?} {changes:?}: {:?}",
                    edited.text()
                );
                continue;
            }
            (Err(error), Err(model)) => {
                assert_eq!(error, model);
                "contradiction"
            }
            (Err(EditError::Shared { .. }), Ok(_)) => "shared text",
            (Err(error), Ok(_)) => {
                failures.push(format!("{error}\n    {text:?}\n    {changes:?}"));
                "internal error"
            }
            (Ok(edited), Err(error)) => panic!("{text:?} {changes:?}: {error} but {:?}", edited.text()),
        };
        *refused.entry(reason).or_default() += 1;
    }
    println!("{EDITS} edits, refused: {refused:?}");
    assert!(
        failures.is_empty(),
        "{} failures:\n{}",
        failures.len(),
        failures.join("\n")
    );
    assert!(
        refused.get("shared text").copied().unwrap_or_default() < EDITS / 50,
        "{refused:?}"
    );
}

/// Numbers by value, as Kubernetes compares them.
fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| is_same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(name, l)| right.get(name).is_some_and(|r| is_same(l, r)))
        }
        (left, right) => left == right,
    }
}
