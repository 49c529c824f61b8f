// The diff of a stream and what the rules made of it, by line.
//
// Documents neither come nor go, so each is compared with itself: most are equal, and the others are small. That keeps
// a stream of a megabyte within a few milliseconds.

import type { DiffRow } from "../protocol.js";

const CONTEXT = 3;
/** Beyond so many differing lines in one document, the rest of it is shown as replaced. */
const MOST_EDITS = 800;
const LONGEST_LINE = 500;

/** Rows of changed lines with their context, at most `limit`, and how many more there are. */
export function difference(before: string, after: string, limit: number): { rows: DiffRow[]; omitted: number } {
  const hunks = new Hunks(limit);
  const olds = documents(before);
  const news = documents(after);
  if (olds.length === news.length) {
    olds.forEach((old, index) => compare(old, news[index] ?? [], hunks));
  } else {
    compare(olds.flat(), news.flat(), hunks);
  }
  return hunks.finish();
}

/** The lines of each document; a separator begins one. */
export function documents(stream: string): string[][] {
  const found: string[][] = [[]];
  for (const line of stream.split("\n")) {
    if (isSeparator(line)) found.push([]);
    found.at(-1)?.push(line);
  }
  return found;
}

function isSeparator(line: string): boolean {
  return line.startsWith("---") && (line.length === 3 || " \t\r".includes(line.charAt(3)));
}

/** Compares two documents, line by line. */
function compare(old: string[], now: string[], hunks: Hunks): void {
  let start = 0;
  const shorter = Math.min(old.length, now.length);
  while (start < shorter && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < shorter - start && old.at(-1 - end) === now.at(-1 - end)) end += 1;
  for (let index = 0; index < start; index += 1) hunks.same(old[index] ?? "");
  if (start < old.length - end || start < now.length - end) {
    middle(old.slice(start, old.length - end), now.slice(start, now.length - end), hunks);
  }
  for (let index = old.length - end; index < old.length; index += 1) hunks.same(old[index] ?? "");
}

/** Myers' algorithm: the fewest removed and added lines. */
function middle(old: string[], now: string[], hunks: Hunks): void {
  const reach = new Map<number, number>([[1, 0]]);
  const trace: Map<number, number>[] = [];
  const most = Math.min(old.length + now.length, MOST_EDITS);
  for (let depth = 0; depth <= most; depth += 1) {
    trace.push(new Map(reach));
    for (let diagonal = -depth; diagonal <= depth; diagonal += 2) {
      const below = reach.get(diagonal - 1) ?? -1;
      const above = reach.get(diagonal + 1) ?? -1;
      let x = diagonal === -depth || (diagonal !== depth && below < above) ? above : below + 1;
      while (x < old.length && x - diagonal < now.length && old[x] === now[x - diagonal]) x += 1;
      reach.set(diagonal, x);
      if (x >= old.length && x - diagonal >= now.length) {
        replay(old, now, trace, hunks);
        return;
      }
    }
  }
  hunks.replaced(old, now);
}

/** Walks back through what Myers' algorithm reached, then tells it forwards. */
function replay(old: string[], now: string[], trace: Map<number, number>[], hunks: Hunks): void {
  const steps: ("same" | "removed" | "added")[] = [];
  let x = old.length;
  let y = now.length;
  for (let depth = trace.length - 1; depth >= 0; depth -= 1) {
    const reach = trace[depth] ?? new Map<number, number>();
    const diagonal = x - y;
    const below = reach.get(diagonal - 1) ?? -1;
    const above = reach.get(diagonal + 1) ?? -1;
    const isAdded = diagonal === -depth || (diagonal !== depth && below < above);
    const fromX = depth === 0 ? 0 : isAdded ? above : below;
    const fromY = depth === 0 ? 0 : fromX - (isAdded ? diagonal + 1 : diagonal - 1);
    const alongX = depth === 0 ? 0 : isAdded ? fromX : fromX + 1;
    while (x > alongX) {
      steps.push("same");
      x -= 1;
    }
    if (depth > 0) steps.push(isAdded ? "added" : "removed");
    x = fromX;
    y = fromY;
  }
  let oldAt = 0;
  let nowAt = 0;
  let removed: string[] = [];
  let added: string[] = [];
  const flush = () => {
    hunks.replaced(removed, added);
    removed = [];
    added = [];
  };
  for (const step of steps.reverse()) {
    if (step === "removed") {
      removed.push(old[oldAt] ?? "");
      oldAt += 1;
    } else if (step === "added") {
      added.push(now[nowAt] ?? "");
      nowAt += 1;
    } else {
      flush();
      hunks.same(old[oldAt] ?? "");
      oldAt += 1;
      nowAt += 1;
    }
  }
  flush();
}

/** Collects lines; of equal ones only those near a change. */
class Hunks {
  readonly #limit: number;
  readonly #rows: DiffRow[] = [];
  #omitted = 0;
  #before = 0;
  #after = 0;
  /** Equal lines since the last change. */
  #quiet: DiffRow[] = [];
  #skipped = 0;
  /** How many of the next equal lines belong to the change before them. */
  #trailing = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  same(text: string): void {
    this.#before += 1;
    this.#after += 1;
    if (this.#trailing > 0) {
      this.#trailing -= 1;
      this.#push({ kind: "same", before: this.#before, after: this.#after, text: shortened(text) });
      return;
    }
    this.#quiet.push({ kind: "same", before: this.#before, after: this.#after, text });
    if (this.#quiet.length > CONTEXT) {
      this.#quiet.shift();
      this.#skipped += 1;
    }
  }

  replaced(removed: string[], added: string[]): void {
    if (removed.length === 0 && added.length === 0) return;
    if (this.#skipped > 0) {
      this.#push({ kind: "gap", text: `${this.#skipped} unchanged ${this.#skipped === 1 ? "line" : "lines"}` });
    }
    for (const row of this.#quiet) this.#push({ ...row, text: shortened(row.text) });
    this.#quiet = [];
    this.#skipped = 0;
    const isPaired = removed.length === added.length;
    removed.forEach((text, index) => {
      this.#before += 1;
      this.#push({ kind: "removed", before: this.#before, ...differing(text, isPaired ? added[index] : undefined) });
    });
    added.forEach((text, index) => {
      this.#after += 1;
      this.#push({ kind: "added", after: this.#after, ...differing(text, isPaired ? removed[index] : undefined) });
    });
    this.#trailing = CONTEXT;
  }

  finish(): { rows: DiffRow[]; omitted: number } {
    return { rows: this.#rows, omitted: this.#omitted };
  }

  #push(row: DiffRow): void {
    if (this.#rows.length < this.#limit) this.#rows.push(row);
    else if (row.kind === "removed" || row.kind === "added") this.#omitted += 1;
  }
}

/** A line, and which of its characters are not in the other. */
function differing(text: string, other: string | undefined): { text: string; from?: number; to?: number } {
  const shown = shortened(text);
  if (other === undefined) return { text: shown };
  let from = 0;
  const shorter = Math.min(text.length, other.length);
  while (from < shorter && text[from] === other[from]) from += 1;
  let end = 0;
  while (end < shorter - from && text.at(-1 - end) === other.at(-1 - end)) end += 1;
  return { text: shown, from: Math.min(from, shown.length), to: Math.min(text.length - end, shown.length) };
}

function shortened(text: string): string {
  return text.length <= LONGEST_LINE ? text : `${text.slice(0, LONGEST_LINE)}…`;
}
