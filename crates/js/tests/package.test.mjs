// What only JavaScript can pass: values that are no JSON, objects that throw, text that no file can hold. None of it may show
// a trap, and after all of it the next call works. The comparison of all surfaces asks the rest.

import assert from "node:assert/strict";
import { test } from "node:test";

import { BoltropeError, RuleSet, compileRules, rulesSchema } from "boltrope";

const RULES = `
apiVersion: boltrope.dev/v1alpha1
kind: RuleSet
metadata: {name: platform}
spec:
  rules:
    - name: team
      match: {kinds: [core/Service]}
      metadata: {labels: {team: {default: web}}}
`;
const SERVICE = { apiVersion: "v1", kind: "Service", metadata: { name: "web" } };
const rules = compileRules(RULES);

/** The error of a call, which has to be one of the package's own and not of its module. */
function refused(call) {
  let thrown;
  assert.throws(call, (error) => {
    thrown = error;
    return error instanceof BoltropeError;
  });
  assert.ok(["rules", "arguments", "unreadable"].includes(thrown.reason), `${thrown.reason}: ${thrown.message}`);
  assert.ok(thrown.mistakes.length > 0, thrown.message);
  works();
  return thrown;
}

function works() {
  const { accepted, object, json } = rules.evaluate({ object: SERVICE });
  assert.deepEqual([accepted, object.metadata.labels], [true, { team: "web" }]);
  assert.deepEqual(JSON.parse(json), object);
}

test("a mistake in the rules has its line", () => {
  const error = refused(() => compileRules([{ name: "a.yaml", text: RULES.replace("kinds", "kind") }]));
  assert.equal(error.reason, "rules");
  assert.match(error.message, /^a\.yaml:8:15: unknown key `kind`; did you mean `kinds`\?/);
  const [{ file, line, column, pointer }] = error.mistakes;
  assert.deepEqual([file, line, column, pointer], ["a.yaml", 8, 15, "/spec/rules/0/match/kind"]);
});

test("several files are one set of rules, and bytes are text", () => {
  const second = RULES.replace("name: team", "name: owner").replaceAll("team:", "owner:");
  const both = compileRules([
    { name: "a.yaml", text: RULES },
    { name: "b.yaml", text: new TextEncoder().encode(second) },
  ]);
  assert.deepEqual(both.evaluate({ object: SERVICE }).object.metadata.labels, { owner: "web", team: "web" });
  refused(() => compileRules([{ name: "a.yaml", text: RULES }, { name: "b.yaml", text: RULES }]));
});

test("a stream keeps its bytes, whatever they are", () => {
  const stream = "\uFEFF# \u{1F980}\r\nkind: Service   # kept\r\napiVersion: v1\r\nmetadata: {name: web}\r\n---\r\nb: 'x'\r\n";
  const wanted = stream.replace("{name: web}", "{name: web, labels: {team: web}}");
  assert.equal(rules.renderStream(stream).output, wanted);
  assert.equal(rules.renderStream(new TextEncoder().encode(stream)).output, wanted);
  assert.equal(rules.renderStream("").output, "");
});

test("a stream that cannot be read has a finding with its place and no output", () => {
  for (const text of ["a: [", "\t", "a: *b", "- \u0000", "a: &a [*a]", "%", "[".repeat(20_000)]) {
    const { accepted, output, findings } = rules.renderStream(`kind: Service\napiVersion: v1\n---\n${text}`, { strict: true });
    assert.deepEqual([accepted, output], [false, undefined], text.slice(0, 20));
    assert.ok(findings.some(({ code, line }) => code === "unreadable" && line >= 3), text.slice(0, 20));
  }
  const { findings } = rules.renderStream(Uint8Array.of(0x6b, 0xff));
  assert.equal(findings[0].code, "unreadable");
  works();
});

test("an alias bomb ends in a sentence", () => {
  let bomb = "a: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (let level = 1; level < 12; level += 1) {
    bomb += `b${level}: &a${level} [${Array(10).fill(`*a${level - 1}`).join(", ")}]\n`;
  }
  const { findings } = rules.renderStream(`kind: Service\napiVersion: v1\n${bomb}`);
  assert.match(findings[0].message, /alias/);
  refused(() => rules.evaluate({ yaml: bomb }));
  refused(() => rules.evaluate({ object: SERVICE, world: bomb }));
});

test("what is too large is refused before it is read", () => {
  const large = "a".repeat((16 << 20) + 1);
  assert.match(refused(() => rules.renderStream(large)).message, /above the limit of 16 MiB/);
  assert.match(refused(() => rules.evaluate({ yaml: large })).message, /above the limit of 16 MiB/);
  assert.match(refused(() => compileRules(large)).message, /above the limit of 1 MiB/);
});

test("the worst text that is not too large is read", () => {
  const most = 16 << 20;
  for (const piece of ["- a\n", "- {}\n", "---\n"]) {
    const text = piece.repeat(Math.floor(most / piece.length));
    const rendering = rules.renderStream(text, { strict: true });
    assert.equal(typeof rendering.accepted, "boolean", piece);
  }
  works();
});

test("values that are no JSON are refused by what they are", () => {
  const cyclic = {};
  cyclic.self = cyclic;
  const throwing = { get object() { throw new Error("a getter"); } };
  const proxy = new Proxy({}, { ownKeys() { throw new TypeError("a proxy"); } });
  const deep = (levels) => Array.from({ length: levels }).reduce((inner) => [inner], 1);
  for (const request of [
    undefined, null, 1, "text", [], Symbol("a"), () => {}, {}, cyclic, throwing, proxy, { object: 1n }, { object: cyclic },
    { object: SERVICE, yaml: "a: 1" }, { object: deep(101) }, { object: deep(20_000) }, { object: SERVICE, old: 1 },
    { object: SERVICE, stage: "later" }, { object: SERVICE, stage: "admission", operation: "DELETE" }, { yaml: "\uD800" },
    { object: SERVICE, world: [deep(200)] }, { object: SERVICE, world: {} }, { object: SERVICE, namespace: {} },
    { object: { "\uDC00": 1 } }, { toJSON() { throw new Error("toJSON"); } }, { toJSON: () => undefined },
  ]) {
    refused(() => rules.evaluate(request));
  }
  for (const stream of [undefined, null, 1, {}, [], "a\uD800", "\uDC00b", new Uint16Array(2), new ArrayBuffer(2)]) {
    refused(() => rules.renderStream(stream));
  }
  for (const options of [1, null, "a", [], { world: 1 }, { strict: "yes" }, { namespace: 1 }, { nothing: 1 }, { world: "a: [" }]) {
    refused(() => rules.renderStream("a: 1", options));
  }
  for (const files of [undefined, null, 1, {}, [1], [null], [{}], [{ name: "a" }], [{ name: 1, text: "a" }], [], "", "\uD800"]) {
    refused(() => compileRules(files));
  }
  refused(() => compileRules([{ name: "a.yaml", text: Uint8Array.of(0xff) }]));
});

test("any JSON is an object to answer about", () => {
  for (const object of [true, 0, "text", [], {}, [[[]]], { kind: {} }, { apiVersion: 1, kind: [] }, { metadata: "a" }]) {
    for (const stage of ["render", "admission"]) {
      assert.equal(rules.evaluate({ object, stage }).accepted, true, JSON.stringify(object));
    }
  }
  works();
});

test("after a trap the rules work in a new instance", () => {
  class Liar extends Uint8Array {
    get length() {
      return 0xfffffff0;
    }
  }
  const other = compileRules(RULES);
  for (let round = 0; round < 3; round += 1) {
    assert.throws(
      () => rules.renderStream(new Liar(1)),
      (error) => error instanceof BoltropeError && error.reason === "internal" && /please report/.test(error.message),
    );
    works();
    assert.equal(other.evaluate({ object: SERVICE }).object.metadata.labels.team, "web");
  }
});

test("a stack that is full is not the end", () => {
  const dive = (levels) => {
    try {
      return dive(levels + 1);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      try {
        rules.evaluate({ object: SERVICE });
      } catch (inner) {
        if (!(inner instanceof RangeError || inner instanceof BoltropeError)) throw inner;
      }
      throw error;
    }
  };
  assert.throws(() => dive(0), RangeError);
  works();
});

test("the schema is a copy, and a RuleSet is made by one function", () => {
  rulesSchema().title = "changed";
  assert.equal(rulesSchema().title, "Boltrope RuleSet");
  assert.throws(() => new RuleSet(), TypeError);
});
