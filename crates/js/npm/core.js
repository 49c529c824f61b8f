// The package's functions around the WebAssembly module. What crosses the border is JSON text; here it becomes objects,
// errors that can be caught, and a module that goes on working after a trap.

import initialize, { Rules, __wbg_reset_state as instantiateAgain, initSync } from "./glue.js";
import schema from "./schema.js";

/** How often the module has been instantiated; 0 before it was. Rules of an earlier instance are gone with it. */
let instance = 0;

/** Instantiates the module: its bytes, a `Response`, a compiled `WebAssembly.Module`, or a promise of one of them. */
export async function start(source) {
  if (instance > 0) return;
  await initialize({ module_or_path: source });
  instance = Math.max(instance, 1);
}

/** The same without waiting: bytes or a compiled `WebAssembly.Module`. */
export function startSync(source) {
  if (instance > 0) return;
  initSync({ module: source });
  instance = 1;
}

/** Why a call has no answer: everything that is wrong, each with its place. */
export class BoltropeError extends Error {
  constructor(reason, message, mistakes = [], options = undefined) {
    super(message, options);
    this.name = "BoltropeError";
    this.reason = reason;
    this.mistakes = mistakes;
  }
}

/** Reads rules; throws a `BoltropeError` with every mistake in them. */
export function compileRules(rules) {
  const files = Array.isArray(rules) ? rules : [{ name: "rules.yaml", text: rules }];
  const sources = files.map((file) => {
    if (typeof file?.name !== "string") {
      throw wrong("a rules file has no name", "pass `{name, text}`");
    }
    return { name: file.name, text: asText(file.text, file.name) };
  });
  return new RuleSet(key, JSON.stringify(sources));
}

/** The JSON Schema of a rules file. */
export function rulesSchema() {
  return structuredClone(schema);
}

const key = Symbol("compileRules");

/** Compiled rules. */
export class RuleSet {
  #files;
  #rules;
  #instance;

  constructor(made, files) {
    if (made !== key) throw new TypeError("a RuleSet is made by compileRules()");
    this.#files = files;
    this.#compiled();
  }

  /** What the rules make of one object. */
  evaluate(request) {
    const call = asJson(request);
    return this.#ask((rules) => {
      const answer = rules.evaluate(call);
      const { report, text } = taken(answer);
      const outcome = JSON.parse(report);
      if (text !== undefined) {
        outcome.object = JSON.parse(text);
        outcome.json = text;
      }
      return outcome;
    });
  }

  /** What the rules make of a stream of documents, byte for byte where they change nothing. */
  renderStream(yaml, options = {}) {
    const bytes = asBytes(yaml);
    const call = asJson(options);
    return this.#ask((rules) => {
      const { report, text } = taken(rules.renderStream(bytes, call));
      const rendering = JSON.parse(report);
      if (text !== undefined) rendering.output = text;
      return rendering;
    });
  }

  #ask(question) {
    return guarded(() => question(this.#compiled()));
  }

  /** The rules in the instance there is now. */
  #compiled() {
    if (this.#instance !== instance) {
      this.#rules = guarded(() => Rules.compile(this.#files));
      this.#instance = instance;
    }
    return this.#rules;
  }
}

/** Takes an answer out of the module's memory. */
function taken(answer) {
  try {
    return { report: answer.report(), text: answer.text() };
  } finally {
    answer.free();
  }
}

/**
 * Calls the module. What it throws itself is text: a mistake of the caller. Anything else is a trap, after which its memory
 * cannot be trusted: it is thrown away, and the next call works in a new instance.
 */
function guarded(call) {
  if (instance === 0) {
    throw new BoltropeError("start", "the module is not started: await start() from boltrope/core first");
  }
  try {
    return call();
  } catch (thrown) {
    if (thrown instanceof BoltropeError) throw thrown;
    if (typeof thrown === "string") {
      const { reason, message, mistakes } = JSON.parse(thrown);
      throw new BoltropeError(reason, message, mistakes);
    }
    instance += 1;
    instantiateAgain();
    const message = `internal error: ${thrown?.message ?? thrown}; this is a mistake in boltrope, please report it with the `
      + "rules and the shape of the document";
    throw new BoltropeError("internal", message, [], { cause: thrown });
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const HALF_OF_A_PAIR = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/u;

function asBytes(text) {
  return text instanceof Uint8Array ? text : encoder.encode(wellFormed(text, "the stream"));
}

function asText(text, name) {
  if (!(text instanceof Uint8Array)) return wellFormed(text, `\`${name}\``);
  try {
    return decoder.decode(text);
  } catch {
    throw wrong(`\`${name}\` is not UTF-8`, "save it as UTF-8");
  }
}

function wellFormed(text, what) {
  if (typeof text !== "string") throw wrong(`${what} is not text`, "pass a string, or a Uint8Array of UTF-8");
  const at = text.search(HALF_OF_A_PAIR);
  if (at < 0) return text;
  throw wrong(`${what} holds half of a surrogate pair at index ${at}, which no file can`, "remove it");
}

function asJson(call) {
  let text;
  try {
    text = JSON.stringify(call);
  } catch (error) {
    throw wrong(`the call cannot be written as JSON: ${error?.message ?? error}`, "pass plain objects, or text as `yaml`");
  }
  if (text === undefined) throw wrong("the options are no object", "pass an object");
  return text;
}

function wrong(message, remedy) {
  const mistake = { file: "", pointer: "", message, remedy };
  return new BoltropeError("arguments", `${message}; ${remedy}`, [mistake]);
}
