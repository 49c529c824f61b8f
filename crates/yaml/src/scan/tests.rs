use super::*;

#[test]
fn finds_kind_and_version_of_ordinary_documents() {
    for text in [
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: \"x\"\n",
        "# Source: a\n\nkind: 'Deployment' # c\napiVersion: \"apps/v1\"\r\nspec: {a: [\n",
        "apiVersion: apps/v1\ndata:\n  a: \"b\"\n  c: {}\nargs:\n- x\n- 'y'\nkind: Deployment",
    ] {
        let expected = Scan::Object {
            api_version: "apps/v1",
            kind: "Deployment",
        };
        assert_eq!(scan(text), expected, "{text}");
    }
    for text in ["", "\n", "# c\n  \n  # d\n", "#"] {
        assert_eq!(scan(text), Scan::Empty, "{text:?}");
    }
}

#[test]
fn whatever_could_mean_something_else_is_unusual() {
    let head = "apiVersion: v1\nkind: Pod\n";
    let mut cases = vec![
        "kind: Pod\n".to_owned(),
        "apiVersion: v1\nkind: yes\n".to_owned(),
        "apiVersion: 1\nkind: Pod\n".to_owned(),
        "apiVersion: v1\nkind: List\n".to_owned(),
        "apiVersion: v1\nkind: PodList\n".to_owned(),
        "apiVersion: v1\nkind: Pod\n  Two\n".to_owned(),
        "apiVersion: v1\nkind: &a Pod\n".to_owned(),
        "apiVersion: v1\nkind: !!str Pod\n".to_owned(),
        "apiVersion: v1\nkind: \"P\\x6fd\"\n".to_owned(),
        "apiVersion: v1\nkind: 'a''b'\n".to_owned(),
        "apiVersion: v1\nkind: Pod # a\u{2028}b\n".to_owned(),
        "a: \"x\napiVersion: v1\nkind: Pod\nb: y\"\n".to_owned(),
        "a:\n  - b: \"x\napiVersion: v1\nkind: Pod\nb: y\"\n".to_owned(),
        "a: {x: \"\napiVersion: v1\nkind: Pod\nb: \"}\n".to_owned(),
        " apiVersion: v1\n kind: Pod\n".to_owned(),
        "- apiVersion: v1\n".to_owned(),
        "{apiVersion: v1, kind: Pod}\n".to_owned(),
        "\u{feff}apiVersion: v1\nkind: Pod\n".to_owned(),
    ];
    for tail in [
        "kind: Pod\n",
        "\"kind\": X\n",
        "<<: *x\n",
        "? kind\n: X\n",
        "...\n",
        "%YAML 1.1\n",
        "\tx: 1\n",
        "kind : X\n",
    ] {
        cases.push(format!("{head}{tail}"));
    }
    for tail in [
        "a: b\rkind: X\n",
        "a: b\u{85}kind: X\n",
        "a: b\u{2029}\n",
        "'kind': X\n",
        "!x kind: X\n",
        "*a : X\n",
    ] {
        cases.push(format!("{head}{tail}"));
    }
    for text in cases {
        assert_eq!(scan(&text), Scan::Unusual, "{text:?}");
    }
}

#[test]
fn the_next_line_without_a_blank_is_found_at_any_distance() {
    for distance in 0..100 {
        for (tail, expected) in [
            ("\nkind: x\n", 1),
            ("\n\n", 1),
            ("\n  b\n", 5),
            ("\n", 1),
            ("", 0),
        ] {
            let text = format!("  {}{tail}", "a\n  ".repeat(distance));
            assert_eq!(
                next_outdent(text.as_bytes()),
                text.len() - tail.len() + expected,
                "{text:?}"
            );
        }
    }
}
