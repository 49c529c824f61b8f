//! The built-in plurals of other projects' kinds are those of the CRDs that the projects publish.

use boltrope::cases::documents;
use boltrope::resource::Catalog;

use crate::root;

#[test]
fn a_crd_at_hand_says_what_the_table_says() {
    let folder = root().join("../shared/corpus/crds");
    let entries =
        std::fs::read_dir(folder).expect("../shared/corpus is not there: check it out beside the project");
    let (built_in, mut compared) = (Catalog::new(), 0);
    for entry in entries {
        let path = entry.expect("a file").path();
        let text = std::fs::read_to_string(&path).expect("a CRD");
        let mut learnt = Catalog::new();
        for document in documents(&path.display().to_string(), &text).expect("YAML") {
            learnt.learn(&document);
        }
        let defined = learnt.all().into_iter().next().expect("it defines a kind");
        let known = built_in.find(&defined.group, &defined.kind);
        assert_eq!(known, Some(defined), "{}", path.display());
        compared += 1;
    }
    assert!(compared >= 15, "only {compared} CRDs were compared");
}
