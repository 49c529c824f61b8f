use proptest::prelude::*;
use serde_json::json;

use super::*;

/// What Helm 4 wrote for a small chart, shortened: order and odd numbers are part of it.
const RELEASE: &str = concat!(
    r#"{"name":"web","info":{"first_deployed":"2026-05-18T08:00:00.123456789Z","last_deployed":"2026-05-18T08:30:00Z","#,
    r#""deleted":"","description":"Upgrade \"canary-secret\" failed","status":"uninstalling","notes":"status: deployed"},"#,
    r#""chart":{"metadata":{"name":"web","version":"1.2.3","apiVersion":"v2"},"values":{"big":12345678901234567890,"#,
    r#""small":1e-7,"float":1.0,"status":"deployed"}},"config":{"password":"canary-secret","x":0.10},"#,
    r#""manifest":"---\nkind: Secret\n","version":4,"namespace":"shop","apply_method":"ssa","future":{"a":[1,{}]}}"#
);

fn body() -> Body {
    Body::of_json(RELEASE.as_bytes().to_vec())
}

fn record(data: &str) -> StorageRecord {
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "type": SECRET_TYPE,
        "metadata": {
            "name": "sh.helm.release.v1.web.v4", "namespace": "shop",
            "labels": {"owner": "helm", "name": "web", "version": "4", "status": "uninstalling", "createdAt": "1779092000"},
        },
        "data": {"release": data},
    });
    StorageRecord::new(secret).unwrap()
}

#[test]
fn a_body_comes_back_as_it_was() {
    let data = body().encode().unwrap();
    let again = record(&data).body().unwrap();
    assert_eq!(again.json(), RELEASE.as_bytes());
    assert_eq!(record(&data).size(), Some(STORED.len()));
    assert_eq!(stored_size(RELEASE.as_bytes()), STORED.len());
}

/// What `encode` puts into the Secret before the API's own base64; its length is what the limit counts.
static STORED: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD
        .decode(body().encode().unwrap())
        .unwrap()
});

#[test]
fn only_the_bytes_of_the_status_change() {
    let changed = body().with_status(Status::Failed).unwrap();
    let expected = RELEASE.replace(r#""status":"uninstalling""#, r#""status":"failed""#);
    assert_eq!(std::str::from_utf8(changed.json()).unwrap(), expected);
    let again = Body::decode(&changed.encode().unwrap()).unwrap();
    assert_eq!(again.json(), expected.as_bytes());
    assert_eq!(again.head().unwrap().status, Status::Failed);
}

#[test]
fn the_head_is_what_the_body_says() {
    let head = body().head().unwrap();
    assert_eq!(
        (head.name.as_str(), head.namespace.as_str(), head.version),
        ("web", "shop", 4)
    );
    assert_eq!(head.status, Status::Uninstalling);
    assert_eq!(head.last_deployed.unwrap().to_string(), "2026-05-18T08:30:00Z");
    assert_eq!(head.chart, Some(("web".to_owned(), "1.2.3".to_owned())));
}

#[test]
fn a_record_that_was_never_compressed_stays_so() {
    use base64::Engine as _;
    let base64 = base64::engine::general_purpose::STANDARD;
    let data = base64.encode(base64.encode(RELEASE));
    let plain = Body::decode(&data).unwrap();
    assert_eq!(plain.json(), RELEASE.as_bytes());
    assert_eq!(plain.encode().unwrap(), data);
    let folded = format!("{}\n{}\n", data.get(..8).unwrap(), data.get(8..).unwrap());
    assert_eq!(Body::decode(&folded), Ok(plain));
}

#[test]
fn broken_layers_are_named_and_nothing_of_them_is_quoted() {
    use base64::Engine as _;
    let base64 = base64::engine::general_purpose::STANDARD;
    let good = base64.decode(body().encode().unwrap()).unwrap();
    let packed = base64.decode(&good).unwrap();
    let short = base64.encode(base64.encode(packed.get(..packed.len() / 2).unwrap()));
    for (data, message) in [
        (
            "canary-secret!".to_owned(),
            "its outer base64 is broken; was it edited by hand?",
        ),
        (
            base64.encode("canary-secret!"),
            "its inner base64 is broken; was it edited by hand?",
        ),
        (short, "its gzip data is broken or cut short"),
    ] {
        assert_eq!(record(&data).body().unwrap_err().to_string(), message);
    }
    for (json, message) in [
        (
            r#"{"name":"canary-secret","version":"one","info":{}}"#,
            "it is not the JSON of a Helm release (line 1, column 39 of the unpacked text)",
        ),
        (
            r#"{"name":"web","version":1,"info":{"status":"canary-secret"}}"#,
            "its status is none that Helm writes",
        ),
        (
            r#"{"name":"web","version":1,"info":{"status":"deployed","status":"failed"}}"#,
            "it is not the JSON of a Helm release (line 1, column 62 of the unpacked text)",
        ),
        (
            "{\"name\":\"web\",\"version\":1,\"info\":{\"status\":\"d\\u0065ployed\"}}",
            "it is not the JSON of a Helm release (line 1, column 58 of the unpacked text)",
        ),
    ] {
        let error = Body::of_json(json.as_bytes().to_vec()).head().unwrap_err();
        assert_eq!(error.to_string(), message);
        assert!(!format!("{error:?}").contains("canary"));
    }
}

#[test]
fn debug_output_holds_no_content() {
    let data = body().encode().unwrap();
    let text = format!("{:?} {:#?} {:?}", body(), record(&data), body().head());
    for secret in ["canary", data.get(..24).unwrap(), "manifest", "password"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn the_revision_is_a_number_whatever_the_name_holds() {
    for (name, release, version) in [
        ("sh.helm.release.v1.bp-velero-vpa.v10", "bp-velero-vpa", 10),
        ("sh.helm.release.v1.valkey-v.v9", "valkey-v", 9),
        ("sh.helm.release.v1.a.v1.v2", "a.v1", 2),
    ] {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}});
        let record = StorageRecord::new(secret).unwrap();
        assert_eq!((record.release(), record.version()), (release, version));
        assert_eq!(secret_name(release, version), name);
        assert!(!record.is_found_by_helm() && !record.has_data());
    }
    for name in [
        "sh.helm.release.v1.web",
        "sh.helm.release.v1.web.vx",
        "web.v1",
        "token",
    ] {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}});
        assert!(StorageRecord::new(secret).is_none(), "{name}");
    }
}

proptest! {
    #[test]
    fn nothing_but_the_status_changes_in_any_release(
        before in "[ -~]{0,40}", after in "[ -~]{0,40}", version in any::<u64>(), number in -1e300_f64..1e300
    ) {
        let (before, after) = (json!(before), json!(after));
        let json = format!(
            "{{ \"config\":{{\"k\":{before},\"n\":{number:e}}},\"name\":\"web\",\"info\" : {{\"notes\":{after}, \"status\": \"deployed\" }},\"version\":{version}}}\n"
        );
        let changed = Body::of_json(json.clone().into_bytes()).with_status(Status::PendingRollback).unwrap();
        let found = String::from_utf8(changed.json().to_vec()).unwrap();
        prop_assert_eq!(found, json.replace("\"status\": \"deployed\"", "\"status\": \"pending-rollback\""));
        let again = Body::decode(&changed.encode().unwrap()).unwrap();
        prop_assert_eq!(again, changed);
    }

    #[test]
    fn no_data_stops_the_reader(data in "[A-Za-z0-9+/=\\n]{0,200}") {
        if let Ok(body) = Body::decode(&data) {
            let _ = body.head();
        }
    }
}
