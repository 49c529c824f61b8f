//! Every file of the public corpora: it is read, or it is named here with the reason; the scan never contradicts the reader.

use boltrope_yaml::{Error, ErrorKind, Limits, Scan, split};

/// Files that Kubernetes cannot read either, and why.
const REFUSED: [(&str, ErrorKind); 0] = [];

/// How many documents were read, how many of them the scan recognised.
#[derive(Debug, Default)]
struct Count {
    documents: usize,
    objects: usize,
    recognised: usize,
}

fn read_all(stream: &[u8], count: &mut Count) -> Result<(), Error> {
    let limits = Limits::default();
    for document in split(stream, &limits)? {
        let tree = document.read(&limits)?;
        let field = |name: &str| tree.value().get(name).and_then(serde_json::Value::as_str);
        count.documents += 1;
        count.objects += usize::from(field("kind").is_some() && field("apiVersion").is_some());
        match document.scan() {
            Scan::Empty => assert!(tree.is_empty(), "{:?}", document.text()),
            Scan::Object { api_version, kind } => {
                count.recognised += 1;
                assert_eq!(
                    (field("apiVersion"), field("kind")),
                    (Some(api_version), Some(kind)),
                    "{:?}",
                    document.text()
                );
            }
            _ => {}
        }
        let positions = tree.position("/kind").zip(tree.key_position("/kind"));
        if let Some((value, key)) = positions {
            let text = std::str::from_utf8(&stream[key.offset..]).unwrap();
            assert!(
                text.trim_start_matches(['"', '\'']).starts_with("kind"),
                "{:?}",
                document.text()
            );
            assert_eq!(key.line, value.line);
        }
    }
    Ok(())
}

#[test]
fn every_file_is_read_or_named_with_its_reason() {
    let mut refused = Vec::new();
    let mut count = Count::default();
    for corpus in ["corpus/helm-output", "corpus/gitops", "corpus/crds"] {
        for (name, stream) in crate::shared::yaml_files(corpus) {
            if let Err(error) = read_all(&stream, &mut count) {
                println!("{corpus}/{name}: {error}");
                refused.push((format!("{corpus}/{name}"), error.kind()));
            }
        }
    }
    println!("{count:?}");
    let named: Vec<_> = REFUSED
        .iter()
        .map(|(name, kind)| ((*name).to_owned(), *kind))
        .collect();
    assert_eq!(refused, named);
    assert!(count.objects > 2000, "{count:?}");
    assert!(
        count.recognised * 10 > count.objects * 8,
        "the scan recognises too little: {count:?}"
    );
}
