// The right side: the verdict, the findings, the diff, the edits, the output.

import { parser as yamlParser } from "@lezer/yaml";
import { classHighlighter, highlightCode } from "@lezer/highlight";

import type { Answer, DiffRow, EditRow, Field, Mark } from "../protocol.js";
import { Reader } from "./editor.js";
import { element, find } from "./dom.js";
import { Tabs } from "./tabs.js";

/** A list shows so many; more nobody reads. */
const MOST_SHOWN = 100;
const NAMES: Record<Field, string> = { rules: "Rules", manifests: "Manifests", world: "World" };

/** Goes to a place in a text. */
export type Visit = (field: Field, line: number, column: number) => void;

/** What is shown of an answer. */
export class Result {
  readonly #visit: Visit;
  readonly #verdict = find("verdict");
  readonly #status = find("status");
  readonly #findings = find("findings");
  readonly #diff = find("diff");
  readonly #edits = find("edits");
  readonly #timing = find("timing");
  readonly #output = new Reader(find("output"), "Output, YAML, read only");
  readonly #tabs: Tabs;
  #announcement = 0;
  #shownDiff = "";
  #answer: Answer | undefined;

  constructor(visit: Visit) {
    this.#visit = visit;
    this.#tabs = new Tabs(find("result-tabs"), () => this.#fillOutput());
  }

  /** The stream as it came out of the last answer. */
  get output(): string | undefined {
    return this.#answer?.output;
  }

  /** Shows an answer. */
  show(answer: Answer, isRender: boolean): void {
    this.#answer = answer;
    const marks = (Object.keys(NAMES) as Field[]).flatMap((field) => answer.marks[field].map((mark) => ({ field, mark })));
    this.#say(answer.verdict, headline(answer, marks.map(({ mark }) => mark)));
    this.#showFindings(marks);
    this.#showDiff(answer, isRender);
    this.#showEdits(answer);
    find("edit-count").textContent = answer.editCount > 0 ? String(answer.editCount) : "";
    this.#tabs.enable("diff", isRender);
    this.#tabs.enable("output", isRender && answer.output !== undefined);
    this.#fillOutput();
    const took = answer.milliseconds < 10 ? answer.milliseconds.toFixed(1) : answer.milliseconds.toFixed(0);
    this.#timing.textContent = answer.verdict === "broken" ? "" : `${size(answer.bytes)} in ${took} ms`;
    find("workspace").dataset["answer"] = String(answer.id);
  }

  /** Shows that there is no answer, and why. */
  fail(message: string): void {
    this.#answer = undefined;
    this.#shownDiff = "";
    this.#say("broken", message);
    this.#findings.replaceChildren();
    this.#diff.replaceChildren(element("p", "empty", "No answer, so nothing to compare."));
    this.#edits.replaceChildren();
    this.#timing.textContent = "";
  }

  /** Shows the verdict at once, and tells a screen reader when the typing pauses. */
  #say(verdict: Answer["verdict"], text: string): void {
    this.#verdict.dataset["verdict"] = verdict;
    find("headline").textContent = text;
    clearTimeout(this.#announcement);
    this.#announcement = window.setTimeout(() => {
      if (this.#status.textContent !== text) this.#status.textContent = text;
    }, 600);
  }

  #showFindings(marks: { field: Field; mark: Mark }[]): void {
    const items = marks.slice(0, MOST_SHOWN).map(({ field, mark }) => this.#finding(field, mark));
    if (marks.length > MOST_SHOWN) items.push(element("li", "more", `and ${marks.length - MOST_SHOWN} more`));
    this.#findings.replaceChildren(...items);
    find("findings-panel").hidden = items.length === 0;
  }

  #finding(field: Field, mark: Mark): HTMLLIElement {
    const item = element("li", `finding ${mark.severity}`);
    const head = element("div", "finding-head");
    head.append(element("span", "severity", mark.severity));
    if (mark.code) head.append(element("code", "", mark.code));
    if (mark.line !== undefined) {
      const { line, column = 1 } = mark;
      const jump = element("button", "jump", `${NAMES[field]}, line ${line}`);
      jump.type = "button";
      jump.addEventListener("click", () => this.#visit(field, line, column));
      head.append(jump);
    }
    item.append(head, prose("message", mark.message));
    if (mark.remedy) item.append(prose("remedy", mark.remedy));
    if (mark.about) item.append(element("p", "about", mark.about));
    return item;
  }

  #showDiff(answer: Answer, isRender: boolean): void {
    // Most keys change nothing in a diff, which has more elements than the rest of the page.
    const shown = JSON.stringify([answer.diff, answer.diffOmitted, answer.verdict, isRender]);
    if (shown === this.#shownDiff) return;
    this.#shownDiff = shown;
    if (answer.diff.length === 0) {
      this.#diff.replaceChildren(element("p", "empty", silence(answer, isRender)));
      return;
    }
    const rows = lines(answer.diff);
    if (answer.diffOmitted > 0) rows.push(element("p", "empty", `${answer.diffOmitted} more changed lines; Output has them all.`));
    const block = element("div", "diff-lines");
    block.append(...rows);
    this.#diff.replaceChildren(block);
  }

  #showEdits(answer: Answer): void {
    if (answer.edits.length === 0) {
      this.#edits.replaceChildren(element("p", "empty", silence(answer, false)));
      return;
    }
    const shown = answer.edits.slice(0, MOST_SHOWN).map((edit) => this.#edit(edit));
    const rest = answer.editCount - shown.length;
    if (rest > 0) shown.push(element("li", "more", `and ${rest} more`));
    const list = element("ol", "edit-list");
    list.append(...shown);
    this.#edits.replaceChildren(list);
  }

  #edit(edit: EditRow): HTMLLIElement {
    const item = element("li", `edit ${edit.op}`);
    const head = element("div", "edit-head");
    const jump = element("button", "jump", edit.object);
    jump.type = "button";
    jump.addEventListener("click", () => this.#visit("manifests", edit.line, 1));
    head.append(jump, element("span", "by", `by ${edit.rules.join(", ")}`));
    const what = element("p", "what");
    what.append(element("span", "op", edit.op), " ", element("code", "", edit.pointer));
    if (edit.op === "set") what.append(" to ", element("code", "value", edit.value));
    item.append(head, what);
    return item;
  }

  /** A large text costs time: only when it is looked at. */
  #fillOutput(): void {
    if (this.#tabs.selected === "output") this.#output.text = this.#answer?.output ?? "";
  }
}

function headline(answer: Answer, marks: Mark[]): string {
  if (answer.trouble) return answer.trouble;
  if (answer.verdict === "broken") {
    const { rules, world } = answer.marks;
    if (rules.length > 0) return `The rules have ${count(rules.length, "mistake")}`;
    return world.length > 0 ? "The World cannot be read" : "The manifests cannot be read";
  }
  const errors = marks.filter((mark) => mark.severity === "error").length;
  const found = [
    ...(errors > 0 ? [count(errors, "error")] : []),
    ...(marks.length > errors ? [count(marks.length - errors, "warning")] : []),
  ];
  if (answer.verdict === "refused") return `Refused: ${found.join(", ")}`;
  const edits = answer.editCount > 0 ? count(answer.editCount, "change") : "nothing to change";
  return `Accepted: ${[edits, ...(found.length > 0 ? found : ["no findings"])].join(", ")}`;
}

function silence(answer: Answer, isRender: boolean): string {
  if (answer.verdict === "broken") return "No verdict yet: mend what is marked.";
  if (answer.verdict === "refused") return "Refused, so nothing comes out.";
  return isRender ? "What goes in comes out, byte for byte." : "The rules change nothing here.";
}

/** The rows of a diff, in the colours of YAML. */
function lines(rows: DiffRow[]): HTMLElement[] {
  const before = painted(rows.filter((row) => row.kind === "same" || row.kind === "removed"));
  const after = painted(rows.filter((row) => row.kind === "same" || row.kind === "added"));
  const words = { same: "", removed: "removed: ", added: "added: ", gap: "" };
  const signs = { same: " ", removed: "−", added: "+", gap: "⋯" };
  return rows.map((row) => {
    const line = element(row.kind === "removed" ? "del" : row.kind === "added" ? "ins" : "div", `row ${row.kind}`);
    const numbers = element("span", "numbers");
    numbers.setAttribute("aria-hidden", "true");
    numbers.append(element("span", "", String(row.before ?? "")), element("span", "", String(row.after ?? "")));
    const sign = element("span", "sign", signs[row.kind]);
    sign.setAttribute("aria-hidden", "true");
    const code = element(row.kind === "gap" ? "span" : "code", "text");
    const pieces = (row.kind === "added" ? after : before).get(row);
    if (words[row.kind]) code.append(element("span", "for-ears", words[row.kind]));
    code.append(...(pieces ?? [row.text]));
    line.append(numbers, sign, code);
    return line;
  });
}

/** The text of each row in pieces with the highlighter's classes; what differs is marked. */
function painted(rows: DiffRow[]): Map<DiffRow, Node[]> {
  const text = rows.map((row) => row.text).join("\n");
  const pieces = new Map<DiffRow, Node[]>();
  let index = 0;
  let column = 0;
  const put = (part: string, classes: string) => {
    const row = rows[index];
    if (row === undefined || part === "") return;
    const list = pieces.get(row) ?? [];
    pieces.set(row, list);
    const [from, to] = [(row.from ?? 0) - column, (row.to ?? 0) - column];
    const cuts = row.to === undefined ? [0, 0] : [from, to].map((at) => Math.min(Math.max(at, 0), part.length));
    const [start = 0, end = 0] = cuts;
    for (const [piece, isMarked] of [[part.slice(0, start), false], [part.slice(start, end), true], [part.slice(end), false]] as const) {
      if (piece) list.push(element(isMarked ? "mark" : "span", classes, piece));
    }
    column += part.length;
  };
  highlightCode(text, yamlParser.parse(text), classHighlighter, put, () => {
    index += 1;
    column = 0;
  });
  return pieces;
}

/** A paragraph in which what stands between backticks is code. */
function prose(classes: string, text: string): HTMLParagraphElement {
  const paragraph = element("p", classes);
  const parts = text.split("`");
  const isPaired = parts.length % 2 === 1;
  paragraph.append(...(isPaired ? parts.map((part, index) => (index % 2 === 1 ? element("code", "", part) : part)) : [text]));
  return paragraph;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
