// One question to the package. What it throws becomes marks at the lines of the text that is wrong.

import { BoltropeError, type Finding, type KubernetesObject, type RuleSet, compileRules } from "boltrope/core";

import type { Answer, EditRow, Field, Input, Mark } from "../protocol.js";
import { difference, documents } from "./difference.js";

/** More is of no use on a page. */
const MOST_ROWS = 250;
const MOST_EDITS = 200;
const MOST_MARKS = 200;
const LONGEST_VALUE = 200;
const FIELDS: readonly Field[] = ["rules", "manifests", "world"];

/** Rules are compiled again only when they are others. */
let known: { text: string; rules: RuleSet } | undefined;

/** Answers one question; never throws. */
export function evaluate(id: number, input: Input): Answer {
  const answer: Answer = {
    id,
    verdict: "broken",
    marks: { rules: [], manifests: [], world: [] },
    trouble: "",
    documents: 0,
    bytes: 0,
    output: undefined,
    edits: [],
    editCount: 0,
    diff: [],
    diffOmitted: 0,
    compileMilliseconds: 0,
    milliseconds: 0,
  };
  try {
    const rules = compiled(input.rules, answer);
    if (input.stage === "render") render(rules, input, answer);
    else admit(rules, input, answer);
  } catch (error) {
    explain(error, answer);
  }
  for (const field of FIELDS) answer.marks[field].splice(MOST_MARKS);
  return answer;
}

function compiled(text: string, answer: Answer): RuleSet {
  if (known?.text === text) return known.rules;
  known = undefined;
  const start = performance.now();
  const rules = compileRules(text);
  answer.compileMilliseconds = performance.now() - start;
  known = { text, rules };
  return rules;
}

/** The post-renderer, on the whole stream. */
function render(rules: RuleSet, input: Input, answer: Answer): void {
  const bytes = new TextEncoder().encode(input.manifests);
  const start = performance.now();
  const rendering = rules.renderStream(bytes, { ...context(input), ...(input.release && { release: input.release }) });
  answer.milliseconds = performance.now() - start;
  answer.bytes = bytes.length;
  answer.verdict = rendering.accepted ? "accepted" : "refused";
  answer.documents = rendering.documents;
  answer.marks.manifests = rendering.findings.map((finding) => marked(finding, 0));
  answer.output = rendering.output;
  answer.editCount = rendering.changes.length;
  answer.edits = rendering.changes.slice(0, MOST_EDITS).map((change) => ({
    object: shown(change.object),
    line: change.line,
    op: change.op,
    pointer: change.pointer,
    value: change.op === "set" ? valueOf("value" in change ? change.value : undefined) : "",
    rules: change.rules,
  }));
  if (rendering.output !== undefined && rendering.output !== input.manifests) {
    const { rows, omitted } = difference(input.manifests, rendering.output, MOST_ROWS);
    answer.diff = rows;
    answer.diffOmitted = omitted;
  }
}

/** The admission policy, on one object after the other. */
function admit(rules: RuleSet, input: Input, answer: Answer): void {
  answer.bytes = new TextEncoder().encode(input.manifests).length;
  answer.verdict = "accepted";
  let before = 0;
  const start = performance.now();
  for (const lines of documents(input.manifests)) {
    const above = before;
    before += lines.length;
    if (lines.every((line, index) => /^\s*(#.*)?$/.test(line) || (index === 0 && /^---\s*(#.*)?$/.test(line)))) continue;
    answer.documents += 1;
    try {
      const outcome = rules.evaluate({ yaml: lines.join("\n"), stage: "admission", ...context(input) });
      if (!outcome.accepted) answer.verdict = "refused";
      for (const finding of outcome.findings) answer.marks.manifests.push(marked(finding, above));
      if (outcome.object) collect(outcome.object, outcome.edits.flat(), above + 1, answer);
    } catch (error) {
      if (!(error instanceof BoltropeError) || error.mistakes.some(({ file }) => file !== "object")) throw error;
      answer.verdict = "refused";
      for (const mistake of error.mistakes) answer.marks.manifests.push(mistaken(mistake, "unreadable", above));
    }
  }
  answer.milliseconds = performance.now() - start;
}

type Edits = ReturnType<RuleSet["evaluate"]>["edits"][number];

function collect(object: KubernetesObject, edits: Edits, line: number, answer: Answer): void {
  const isSecret = object["kind"] === "Secret";
  for (const edit of edits) {
    answer.editCount += 1;
    if (answer.edits.length >= MOST_EDITS) continue;
    const row: EditRow = {
      object: shown(reference(object)),
      line,
      op: edit.op,
      pointer: edit.pointer,
      value: edit.op === "set" ? (isSecret ? "(not shown: a Secret)" : valueOf(edit.value)) : "",
      rules: edit.rules,
    };
    answer.edits.push(row);
  }
}

/** The options that both stages have. An empty field is none. */
function context(input: Input): { namespace?: string; world?: string } {
  return {
    ...(input.namespace && { namespace: input.namespace }),
    ...(input.world.trim() && { world: input.world }),
  };
}

function explain(error: unknown, answer: Answer): void {
  answer.verdict = "broken";
  answer.output = undefined;
  if (!(error instanceof BoltropeError)) {
    answer.trouble = `internal error: ${error instanceof Error ? error.message : String(error)}`;
    return;
  }
  const fields: Record<string, Field> = { "rules.yaml": "rules", world: "world", object: "manifests" };
  for (const mistake of error.mistakes) {
    const field = error.reason === "rules" ? "rules" : fields[mistake.file];
    if (field === undefined) answer.trouble = sentence(mistake.message, mistake.remedy);
    else answer.marks[field].push(mistaken(mistake, "", 0));
  }
  if (error.mistakes.length === 0) answer.trouble = error.message;
}

function mistaken(mistake: BoltropeError["mistakes"][number], code: string, above: number): Mark {
  return {
    severity: "error",
    code,
    message: mistake.message,
    remedy: mistake.remedy,
    about: mistake.pointer,
    ...place(mistake, above),
  };
}

function marked(finding: Finding, above: number): Mark {
  const rule = finding.rule ? `rule ${finding.rule}` : "";
  const object = finding.object ? shown(finding.object) : "";
  return {
    severity: finding.severity,
    code: finding.code,
    message: finding.message,
    remedy: finding.remedy,
    about: [object, rule].filter(Boolean).join(" · "),
    ...place(finding, above),
  };
}

function place(at: { line?: number; column?: number }, above: number): { line?: number; column?: number } {
  if (at.line === undefined) return above > 0 ? { line: above + 1, column: 1 } : {};
  return { line: at.line + above, column: at.column ?? 1 };
}

function reference(object: KubernetesObject): { kind: string; namespace?: string; name: string } {
  const metadata = (object["metadata"] ?? {}) as Record<string, unknown>;
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  const namespace = text(metadata["namespace"]);
  return { kind: text(object["kind"]), name: text(metadata["name"]), ...(namespace && { namespace }) };
}

function shown(object: { kind: string; namespace?: string; name: string }): string {
  return `${object.kind} ${object.namespace ? `${object.namespace}/` : ""}${object.name}`;
}

function valueOf(value: unknown): string {
  if (value === undefined) return "(not shown: a Secret)";
  const text = JSON.stringify(value);
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE)}…`;
}

function sentence(message: string, remedy: string): string {
  return remedy ? `${message}; ${remedy}` : message;
}
