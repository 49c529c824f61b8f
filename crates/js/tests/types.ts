// The types as somebody uses them. It is compiled, not run; a line below `@ts-expect-error` must not compile.

import { BoltropeError, RuleSet, compileRules, rulesSchema } from "boltrope";
import type { Change, Finding, KubernetesObject, Outcome, Rendering } from "boltrope";
import { start, startSync } from "boltrope/core";

const rules: RuleSet = compileRules("kind: RuleSet");
compileRules(new Uint8Array());
compileRules([{ name: "a.yaml", text: "kind: RuleSet" }]);

const outcome: Outcome = rules.evaluate({ yaml: "kind: Service", stage: "admission", operation: "UPDATE", user: "a" });
const object: KubernetesObject | undefined = outcome.object;
const lines: (number | undefined)[] = outcome.findings.map((finding: Finding) => finding.line);
for (const edit of outcome.edits.flat()) {
  const value: unknown = edit.op === "set" ? edit.value : undefined;
  console.log(edit.pointer, value, edit.rules, object, lines);
}

const rendering: Rendering = rules.renderStream("a: 1", { namespace: "shop", world: [{ kind: "Namespace" }], strict: true });
const output: string | undefined = rendering.output;
const places: number[] = rendering.findings.map((finding) => finding.line);
const changes: Change[] = rendering.changes;
console.log(output, places, changes, rulesSchema()["title"]);

try {
  rules.renderStream("a: 1");
} catch (error) {
  if (error instanceof BoltropeError) {
    const reason: "rules" | "arguments" | "unreadable" | "start" | "internal" = error.reason;
    console.log(reason, error.mistakes.map(({ file, line, message, remedy }) => [file, line, message, remedy]));
  }
}

await start(fetch("boltrope.wasm"));
startSync(new Uint8Array());

// @ts-expect-error: rules are text, bytes or files
compileRules(1);
// @ts-expect-error: a stage is one of two words
rules.evaluate({ object: {}, stage: "later" });
// @ts-expect-error: nobody knows this key
rules.evaluate({ object: {}, namspace: "shop" });
// @ts-expect-error: only compileRules makes one
new RuleSet();
// @ts-expect-error: the world is text or a list
rules.renderStream("a: 1", { world: 1 });
