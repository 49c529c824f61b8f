//! Definitions, orders and documentation held against each other: does a kind live in namespaces?
//!
//! The scope of a composite kind is one word in its XRD, and every order and every example depends on it. When the word
//! changes and the rest does not, nothing says so before the cluster refuses. One finding per kind lists who disagrees.

use std::collections::BTreeMap;

use boltrope_yaml::{Limits, Tree};

use super::documents::{Found, Said, find};
use super::{File, Routes};
use crate::engine::Severity;
use crate::engine::world::snapshot::{Origin, Snapshot};
use crate::engine::world::{Answer, Scope, World, declared};
use crate::object::position::locate;
use crate::object::{Object, embedded};
use crate::render::Located;

const CODE: &str = "repository/scope-disagrees";
/// So many places are named; the rest is counted.
const NAMED: usize = 5;

type Kind = (String, String);

/// What XRDs, in the tree and in `--world`, say of kinds.
#[derive(Debug)]
pub struct Definitions {
    world: Snapshot,
    /// Where the tree defines a kind: file, pointer of the scope.
    places: BTreeMap<Kind, usize>,
}

/// How often something was seen, and where it disagrees.
#[derive(Debug, Default)]
struct Tally {
    seen: usize,
    disagree: Vec<String>,
}

#[derive(Debug, Default)]
struct Use {
    orders: Tally,
    examples: Tally,
    /// The first order that disagrees, by its document in the list of orders.
    first: Option<(usize, String)>,
}

impl Definitions {
    /// Finds the definitions of a tree; `world` knows others.
    #[must_use]
    pub fn find(files: &[File<'_>], world: &Snapshot, limits: &Limits) -> Self {
        let mut definitions = Self {
            world: world.clone(),
            places: BTreeMap::new(),
        };
        for found in find(files, limits, &is_definition) {
            definitions
                .world
                .add(found.tree.value(), Origin::Stream { namespace: None });
            for (_, object) in found.objects(&is_definition) {
                for (group, kind, _) in declared::scopes(object) {
                    definitions.places.entry((group, kind)).or_insert(found.file);
                }
            }
        }
        definitions
    }

    /// Whether nothing is defined, so that there is nothing to hold against anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.world.knows_scopes()
    }

    /// Where kinds live, as far as anything says.
    #[must_use]
    pub fn world(&self) -> &dyn World {
        &self.world
    }

    /// Holds the orders in `files` and the examples in `documentation` (Markdown) against the definitions: one warning per
    /// kind that is used against its definition, where the tree defines it, else at the first such order.
    #[must_use]
    pub fn compare(
        &self,
        files: &[File<'_>],
        routes: &Routes,
        documentation: &[File<'_>],
        limits: &Limits,
    ) -> Vec<Located> {
        let wanted = |group: &str, kind: &str| self.scope(group, kind).is_some();
        let orders = find(files, limits, &wanted);
        let routes = routes.of(files);
        let mut uses: BTreeMap<Kind, Use> = BTreeMap::new();
        for (index, order) in orders.iter().enumerate() {
            let route = routes.get(order.file);
            if route.is_some_and(|route| route.is_part) {
                continue;
            }
            let is_transformed = route.is_some_and(|route| route.ways.iter().any(Option::is_some));
            let name = files.get(order.file).map_or("", |file| file.name);
            for (pointer, object) in order.objects(&wanted) {
                let used = uses.entry(kind_of(object)).or_default();
                used.orders.seen += 1;
                if self.disagrees(object, is_transformed) {
                    let at = format!("{pointer}/metadata/namespace");
                    used.orders
                        .disagree
                        .push(format!("`{name}:{}`", order.place(&at).line));
                    used.first.get_or_insert((index, at));
                }
            }
        }
        for page in documentation {
            self.compare_page(page, limits, &mut uses);
        }
        let found = uses
            .iter()
            .filter_map(|(kind, used)| self.tell(kind, used, &orders, files, limits));
        found.collect()
    }

    /// The scope that an XRD gives a kind; contradictions between definitions are for the rules to report.
    fn scope(&self, group: &str, kind: &str) -> Option<Scope> {
        let Answer::Known(sources) = self.world.scope(group, kind) else {
            return None;
        };
        let first = sources.first()?;
        let agree = sources.iter().all(|source| source.scope == first.scope);
        let is_composite = first.source.starts_with("CompositeResourceDefinition");
        (agree && is_composite).then_some(first.scope)
    }

    fn disagrees(&self, object: Object<'_>, is_transformed: bool) -> bool {
        match self.scope(object.group(), object.kind()) {
            Some(Scope::Cluster) => object.namespace().is_some(),
            Some(Scope::Namespaced) => object.namespace().is_none() && !is_transformed,
            None => false,
        }
    }

    /// Examples: the YAML in fenced blocks. What is no manifest there is no mistake.
    fn compare_page(&self, page: &File<'_>, limits: &Limits, uses: &mut BTreeMap<Kind, Use>) {
        let text = String::from_utf8_lossy(page.bytes);
        for (line, block) in blocks(&text) {
            for document in boltrope_yaml::split(block.as_bytes(), limits).unwrap_or_default() {
                let Ok(tree) = document.read(limits) else { continue };
                for embedded in embedded::objects(tree.value()) {
                    let object = embedded.object;
                    if self.scope(object.group(), object.kind()).is_none() {
                        continue;
                    }
                    let used = uses.entry(kind_of(object)).or_default();
                    used.examples.seen += 1;
                    if self.disagrees(object, false) {
                        let at = line_of(&tree, &format!("{}/metadata/namespace", embedded.pointer));
                        used.examples
                            .disagree
                            .push(format!("`{}:{}`", page.name, line + at));
                    }
                }
            }
        }
    }

    fn tell(
        &self,
        kind: &Kind,
        used: &Use,
        orders: &[Found<'_>],
        files: &[File<'_>],
        limits: &Limits,
    ) -> Option<Located> {
        let scope = self.scope(&kind.0, &kind.1)?;
        let parts = [
            (&used.orders, "order"),
            (&used.examples, "example in the documentation"),
        ];
        let parts: Vec<String> = parts
            .iter()
            .filter_map(|(tally, what)| tally.sentence(what))
            .collect();
        if parts.is_empty() {
            return None;
        }
        let (is, does, there, other) = match scope {
            Scope::Cluster => (
                "cluster-scoped",
                "set a namespace",
                "Remove `metadata.namespace`",
                "Namespaced",
            ),
            Scope::Namespaced => (
                "namespaced",
                "name no namespace",
                "Write `metadata.namespace`",
                "Cluster",
            ),
        };
        let message = format!(
            "`{}` is defined as {is}, but {} {does}.",
            kind.1,
            parts.join(" and ")
        );
        let remedy = format!("{there} there, or set `scope: {other}` in the definition.");
        let said = |pointer: String| Said {
            code: CODE,
            severity: Severity::Warning,
            rule: "",
            pointer,
            message: message.clone(),
            remedy: remedy.clone(),
        };
        if let Some(file) = self.places.get(kind) {
            let found = find(files, limits, &is_definition);
            let mut of_file = found.iter().filter(|found| found.file == *file);
            return of_file.find_map(|found| {
                let (pointer, object) = found.objects(&is_definition).find(|(_, object)| {
                    declared::scopes(*object)
                        .iter()
                        .any(|(g, k, _)| (g, k) == (&kind.0, &kind.1))
                })?;
                Some(found.finding(object, said(format!("{pointer}/spec/scope"))))
            });
        }
        let (index, pointer) = used.first.clone()?;
        let order = orders.get(index)?;
        Some(order.finding(Object::new(order.tree.value()), said(pointer)))
    }
}

impl Tally {
    /// ``2 of 3 orders (`a.yaml:5`, `b.yaml:5`)``.
    fn sentence(&self, what: &str) -> Option<String> {
        if self.disagree.is_empty() {
            return None;
        }
        let mut places: Vec<&str> = self.disagree.iter().take(NAMED).map(String::as_str).collect();
        let more = self.disagree.len().saturating_sub(NAMED);
        let more = if more > 0 {
            format!("{more} more")
        } else {
            String::new()
        };
        places.extend(Some(more.as_str()).filter(|more| !more.is_empty()));
        let what = match what.split_once(' ') {
            Some((head, rest)) => format!("{head}s {rest}"),
            None => format!("{what}s"),
        };
        Some(format!(
            "{} of {} {what} ({})",
            self.disagree.len(),
            self.seen,
            places.join(", ")
        ))
    }
}

fn is_definition(group: &str, kind: &str) -> bool {
    group == "apiextensions.crossplane.io" && kind == "CompositeResourceDefinition"
}

fn kind_of(object: Object<'_>) -> Kind {
    (object.group().to_owned(), object.kind().to_owned())
}

fn line_of(tree: &Tree<'_>, pointer: &str) -> usize {
    locate(tree, pointer).map_or(1, |position| position.line)
}

/// The fenced blocks of YAML in a page: how many lines stand before each, and its text without the fence's indentation.
fn blocks(page: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut open: Option<(String, usize, usize, String)> = None;
    for (index, line) in page.lines().enumerate() {
        let bare = line.trim_start();
        match &mut open {
            Some((fence, indent, from, text)) => {
                if bare.starts_with(fence.as_str()) && bare.trim_end().chars().all(|c| fence.starts_with(c)) {
                    found.push((*from, std::mem::take(text)));
                    open = None;
                    continue;
                }
                let cut = line.len() - bare.len();
                text.push_str(line.get(cut.min(*indent)..).unwrap_or(bare));
                text.push('\n');
            }
            None => {
                let fence: String = bare.chars().take_while(|c| matches!(c, '`' | '~')).collect();
                let word = bare.get(fence.len()..).unwrap_or_default().trim();
                let language = word.split([' ', '{', ',']).next().unwrap_or_default();
                let is_yaml = matches!(language, "yaml" | "yml" | "YAML");
                if fence.len() >= 3 {
                    let fence = if is_yaml { fence } else { format!("{fence}\u{0}") };
                    open = Some((fence, line.len() - bare.len(), index + 1, String::new()));
                }
            }
        }
        // A block of another language ends at its fence, too, but its text is nobody's.
        if let Some((fence, _, from, _)) = &open
            && let Some(plain) = fence.strip_suffix('\u{0}')
            && index >= *from
            && line.trim_start().starts_with(plain)
        {
            open = None;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fenced_yaml_is_found_with_its_line() {
        let page = "# a\n```yaml\na: 1\n```\n~~~bash\n```yaml\nb: 1\n~~~\n\n  ```yml title=x\n  c:\n    d: 1\n  ```\n```yaml\nopen: 1\n";
        assert_eq!(
            blocks(page),
            [(2, "a: 1\n".to_owned()), (10, "c:\n  d: 1\n".to_owned())]
        );
    }

    const XRD: &str = "apiVersion: apiextensions.crossplane.io/v2\nkind: CompositeResourceDefinition\nmetadata: {name: \
                       managednamespaces.openportal.dev}\nspec:\n  group: openportal.dev\n  scope: Cluster\n  names: {kind: \
                       ManagedNamespace, plural: managednamespaces}\n";

    fn order(namespace: &str) -> String {
        format!(
            "apiVersion: openportal.dev/v1alpha1\nkind: ManagedNamespace\nmetadata:\n  name: a\n{namespace}"
        )
    }

    fn compare(files: &[(&str, &str)], pages: &[(&str, &str)]) -> Vec<String> {
        fn list<'a>(files: &[(&'a str, &'a str)]) -> Vec<File<'a>> {
            let file = |(path, text): &(&'a str, &'a str)| File {
                path,
                name: path.trim_start_matches('/'),
                bytes: text.as_bytes(),
            };
            files.iter().map(file).collect()
        }
        let (files, pages) = (list(files), list(pages));
        let limits = Limits::default();
        let routes = super::super::find_routes(&files, &limits);
        let definitions = Definitions::find(&files, &Snapshot::new(), &limits);
        let found = definitions.compare(&files, &routes, &pages, &limits);
        let text = |located: &Located| {
            let Located { finding, place } = located;
            format!(
                "{}:{}: {} {}",
                files[place.stream].name, place.line, finding.message, finding.remedy
            )
        };
        found.iter().map(text).collect()
    }

    #[test]
    fn one_finding_lists_orders_and_examples_against_the_definition() {
        let set = order("  namespace: system\n");
        let page = format!("# Orders\n\n```yaml\n{set}```\n\n```yaml\n{}```\n", order(""));
        assert_eq!(
            compare(
                &[
                    ("/xrd.yaml", XRD),
                    ("/a.yaml", &set),
                    ("/b.yaml", &order("")),
                    ("/c.yaml", &format!("---\n{set}"))
                ],
                &[("/docs/a.md", &page)],
            ),
            [
                "xrd.yaml:6: `ManagedNamespace` is defined as cluster-scoped, but 2 of 3 orders (`a.yaml:5`, `c.yaml:6`) and 1 of \
                 2 examples in the documentation (`docs/a.md:8`) set a namespace. Remove `metadata.namespace` there, or set \
                 `scope: Namespaced` in the definition."
            ]
        );
    }

    #[test]
    fn a_namespace_from_a_kustomization_is_one_and_agreement_says_nothing() {
        let namespaced = XRD.replace("scope: Cluster", "scope: Namespaced");
        let kustomization = "namespace: system\nresources: [a.yaml]\n";
        assert!(
            compare(
                &[
                    ("/xrd.yaml", &namespaced),
                    ("/o/kustomization.yaml", kustomization),
                    ("/o/a.yaml", &order("")),
                    ("/b.yaml", &order("  namespace: a\n")),
                ],
                &[],
            )
            .is_empty()
        );
        let found = compare(&[("/xrd.yaml", &namespaced), ("/a.yaml", &order(""))], &[]);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].contains("1 of 1 orders (`a.yaml:3`) name no namespace."),
            "{found:?}"
        );
    }
}
