//! Changes to a document's text.

mod change;
mod plan;

pub use self::change::{Change, EditError, apply};

use crate::{Limits, Tree};

pub(crate) fn edit(
    tree: &Tree<'_>,
    changes: &[Change<'_>],
    limits: &Limits,
) -> Result<Tree<'static>, EditError> {
    let _ = (plan::build(tree.value(), changes, limits.depth)?, limits);
    Err(EditError::Internal {
        message: "editing is not there yet".to_owned(),
    })
}
