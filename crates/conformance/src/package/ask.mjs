// Asks the npm package one question of the comparison, wherever it runs: `{rules, calls}`, all of it JSON.
//
// An error that is no BoltropeError, or says that boltrope is at fault, comes back as `broken`: nobody should ever see one.

/** Answers a question with the package's functions. */
export function ask(boltrope, { rules, calls }) {
  const compiled = caught(boltrope, () => boltrope.compileRules(rules));
  if (!("value" in compiled)) return { rules: compiled, calls: [] };
  return {
    rules: { value: null },
    calls: calls.map((call) => caught(boltrope, () => answer(compiled.value, call))),
  };
}

function answer(ruleset, { evaluate, render }) {
  if (render) return ruleset.renderStream(render.text, render.options);
  const { object, ...outcome } = ruleset.evaluate(evaluate);
  if (JSON.stringify(object) !== JSON.stringify(outcome.json && JSON.parse(outcome.json))) {
    throw new Error("`object` and `json` are not the same");
  }
  return outcome;
}

function caught(boltrope, call) {
  try {
    return { value: call() };
  } catch (error) {
    const { reason, message, mistakes } = error;
    if (error instanceof boltrope.BoltropeError && reason !== "internal" && reason !== "start") {
      return { error: { reason, message, mistakes } };
    }
    return { broken: String(error?.stack ?? error) };
  }
}
