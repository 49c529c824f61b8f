use serde_json::{Value, json};

use super::{Decode, decode_whole, record, words};
use crate::rules::Keyed;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Colour {
    #[default]
    Red,
    Green,
}

#[derive(Debug, PartialEq)]
struct Inner {
    name: String,
    colour: Colour,
}

#[derive(Debug, PartialEq)]
struct Outer {
    first: Inner,
    list: Option<Vec<Inner>>,
    labels: Keyed<String>,
    on: bool,
}

words!(Colour { "red" => Red, "green" => Green });
record!(Inner, required { "name" => name }, optional { "colour" => colour });
record!(
    Outer,
    required { "first" => first },
    optional { "list" => list, "labels" => labels, "on" => on = true }
);

fn mistakes<T: Decode + std::fmt::Debug>(value: &Value) -> Vec<String> {
    let found = decode_whole::<T>(value).unwrap_err();
    found
        .iter()
        .map(|mistake| format!("{}: {mistake}", mistake.pointer))
        .collect()
}

#[test]
fn what_is_absent_has_its_default_and_null_is_absent_where_it_may_be() {
    let expected = Outer {
        first: Inner {
            name: "a".to_owned(),
            colour: Colour::Red,
        },
        list: None,
        labels: Keyed::default(),
        on: true,
    };
    for value in [
        json!({"first": {"name": "a"}}),
        json!({"first": {"name": "a", "colour": "red"}, "list": null}),
    ] {
        assert_eq!(
            decode_whole::<Outer>(&value),
            Ok(expected_like(&expected)),
            "{value}"
        );
    }
    let value = json!({"first": {"name": "a"}, "on": null});
    assert_eq!(
        mistakes::<Outer>(&value),
        ["/on: expected true or false, found nothing (null)"]
    );
}

fn expected_like(outer: &Outer) -> Outer {
    Outer {
        first: Inner {
            name: outer.first.name.clone(),
            colour: outer.first.colour,
        },
        list: None,
        labels: outer.labels.clone(),
        on: outer.on,
    }
}

#[test]
fn every_mistake_is_told_in_the_order_of_the_document_and_what_is_missing_last() {
    let value = json!({
        "list": [{"name": "a"}, {"nam": "b"}, 3, {"name": "c", "colour": "gren"}],
        "on": "yes",
        "labels": {"x/y": 1, "ok": "z", "neg": -1, "half": 0.5},
        "extra": 1,
    });
    assert_eq!(
        mistakes::<Outer>(&value),
        [
            "/list/1/nam: unknown key `nam`; did you mean `name`?",
            "/list/1: `name` is missing; add `name`",
            "/list/2: expected a mapping, found a whole number",
            "/list/3/colour: unknown value `gren`; did you mean `green`?",
            "/on: expected true or false, found text",
            "/labels/x~1y: expected text, found a whole number",
            "/labels/neg: expected text, found a negative whole number",
            "/labels/half: expected text, found a number",
            "/extra: unknown key `extra`; known here: `first`, `list`, `labels`, `on`",
            ": `first` is missing; add `first`",
        ]
    );
}

#[test]
fn a_word_is_text_and_a_list_is_a_list() {
    assert_eq!(mistakes::<Colour>(&json!([])), [": expected text, found a list"]);
    assert_eq!(
        mistakes::<Vec<bool>>(&json!({})),
        [": expected a list, found a mapping"]
    );
    assert_eq!(decode_whole::<Colour>(&json!("green")), Ok(Colour::Green));
}
