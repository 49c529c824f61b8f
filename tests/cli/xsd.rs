//! As much of XML Schema as the schema of JUnit uses: which elements may be in which, with which attributes.

use roxmltree::{Document, Node};

const XS: &str = "http://www.w3.org/2001/XMLSchema";

/// Holds a document against a schema; the error names the first element that does not fit.
pub(crate) fn validate(schema: &str, document: &Document<'_>) -> Result<(), String> {
    let schema = Document::parse(schema).expect("the schema is XML");
    check(schema.root_element(), document.root_element())
}

fn check(schema: Node<'_, '_>, element: Node<'_, '_>) -> Result<(), String> {
    let name = element.tag_name().name();
    let declared =
        |node: &Node<'_, '_>| node.has_tag_name((XS, "element")) && node.attribute("name") == Some(name);
    let declaration = schema
        .children()
        .find(declared)
        .ok_or_else(|| format!("no element `{name}`"))?;
    let parts = |tag| {
        declaration
            .descendants()
            .filter(move |node| node.has_tag_name((XS, tag)))
    };
    for attribute in element.attributes() {
        if !parts("attribute").any(|known| known.attribute("name") == Some(attribute.name())) {
            return Err(format!("`{name}` has no attribute `{}`", attribute.name()));
        }
    }
    let required = parts("attribute").filter(|known| known.attribute("use") == Some("required"));
    for attribute in required.filter_map(|known| known.attribute("name")) {
        if element.attribute(attribute).is_none() {
            return Err(format!("`{name}` lacks `{attribute}`"));
        }
    }
    let may_hold_text = declaration.attribute("type") == Some("xs:string")
        || parts("complexType").any(|kind| kind.attribute("mixed") == Some("true"));
    for child in element.children() {
        if child.is_text() && !may_hold_text && child.text().is_some_and(|text| !text.trim().is_empty()) {
            return Err(format!("`{name}` holds text"));
        }
        if child.is_element() {
            let inner = child.tag_name().name();
            if !parts("element").any(|known| known.attribute("ref") == Some(inner)) {
                return Err(format!("`{inner}` may not be in `{name}`"));
            }
            check(schema, child)?;
        }
    }
    Ok(())
}
