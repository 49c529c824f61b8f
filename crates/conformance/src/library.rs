//! The library on a case's one object, at render.

use boltrope::cases::Case;
use boltrope::engine::{Program, Stage, collisions};
use boltrope::rules::RuleSet;
use boltrope::transforms::TRANSFORMS;
use serde_json::json;

use crate::expectation::{comparable, response};
use crate::report::Answer;

/// How the library answers a case.
pub(crate) fn answer(case: &Case) -> anyhow::Result<Answer> {
    let (Some(object), Some(expected), Some(rules)) = (
        case.object(),
        case.expected_at(Stage::Render),
        crate::admission::rules(case),
    ) else {
        return Ok(Answer::NotAsked);
    };
    let Ok(rules) = RuleSet::decode(&rules, TRANSFORMS) else {
        return Ok(Answer::NotAsked);
    };
    let request = case.request(object, Stage::Render);
    let mut outcome = Program::compile(rules).evaluate(&request, &case.world(Stage::Render));
    if outcome.is_accepted() {
        let found = collisions(&outcome.claims);
        outcome
            .findings
            .extend(found.into_iter().map(|(_, finding)| finding));
    }
    let accepted = outcome.is_accepted();
    let mut found = json!({"accepted": accepted, "findings": outcome.findings});
    if let (Some(map), Some(object)) = (found.as_object_mut(), outcome.object.filter(|_| accepted)) {
        map.insert("object".to_owned(), object);
    }
    Ok(Answer::compare(
        &response(expected),
        &comparable(&response(&found)),
    ))
}
