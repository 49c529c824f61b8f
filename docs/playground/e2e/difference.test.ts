// The diff, without a browser: what it tells turns the one text into the other.

import assert from "node:assert/strict";
import { test } from "node:test";

import { difference } from "../src/worker/difference.js";

/** Numbers that are the same in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => ((state = (state * 48271) % 2147483647) % below);
}

test("removing and adding what it tells gives the other text", () => {
  const next = numbers(7);
  const words = ["---", "--- # a", "a: 1", "b: 2", "  c: 3", "", "a: 1"];
  for (let round = 0; round < 3000; round += 1) {
    const before = Array.from({ length: next(30) }, () => words[next(words.length)] ?? "");
    const after = before.flatMap((line) => (next(6) === 0 ? [] : next(6) === 0 ? [line, "new"] : next(6) === 0 ? [`${line}x`] : [line]));
    const [left, right] = [before.join("\n").split("\n"), after.join("\n").split("\n")];
    const { rows, omitted } = difference(left.join("\n"), right.join("\n"), 10_000);
    assert.equal(omitted, 0);
    const removed = new Set(rows.filter(({ kind }) => kind === "removed").map((row) => row.before));
    const made = left.filter((_, index) => !removed.has(index + 1));
    for (const row of rows) if (row.kind === "added") made.splice((row.after ?? 0) - 1, 0, row.text);
    assert.deepEqual(made, right, `round ${round}`);
    for (const row of rows) {
      if (row.kind === "same") assert.equal(left[(row.before ?? 0) - 1], right[(row.after ?? 0) - 1], `round ${round}`);
    }
  }
});

test("equal lines far from a change are counted, not told", () => {
  const lines = Array.from({ length: 40 }, (_, index) => `line ${index}`);
  const { rows } = difference(lines.join("\n"), lines.with(20, "other").join("\n"), 100);
  assert.deepEqual(rows.map(({ kind }) => kind), ["gap", "same", "same", "same", "removed", "added", "same", "same", "same"]);
  assert.equal(rows[0]?.text, "17 unchanged lines");
});

test("a document that is another one altogether costs no time", () => {
  const text = (word: string) => Array.from({ length: 30_000 }, (_, index) => `${word} ${index}`).join("\n");
  const { rows, omitted } = difference(text("a"), text("b"), 250);
  assert.equal(rows.length, 250);
  assert.equal(omitted, 60_000 - 250);
});

test("what differs within a line is bounded", () => {
  const { rows } = difference("  - host: www.shop.example", "  - host: cart.shop.example", 10);
  const marked = rows.map(({ text, from, to }) => text.slice(from, to));
  assert.deepEqual(marked, ["www", "cart"]);
});
