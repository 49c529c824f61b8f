/** Where an object is on its way: before the API server, or at it. */
export type Stage = "render" | "admission";

/** Errors refuse the object. */
export type Severity = "error" | "warning";

/** An object of Kubernetes, as JSON. */
export type KubernetesObject = { [key: string]: unknown };

/** A rules file. */
export interface RulesFile {
  /** What mistakes call it: its path. */
  name: string;
  /** Its content. */
  text: string | Uint8Array;
}

/** What is known about the cluster: manifests as YAML, or a list of objects. */
export type World = string | readonly KubernetesObject[];

/** What is asked about one object. Give `object` or `yaml`. */
export interface EvaluateRequest {
  /** The object. Integers beyond 2^53 are exact only in `yaml`. */
  object?: KubernetesObject;
  /** The object as text, YAML or JSON: findings have a line and a column then. */
  yaml?: string;
  /** `render` unless it says otherwise. */
  stage?: Stage;
  /**
   * The namespace that objects without one will live in; at admission the request's, by default the object's own, and `""`
   * for a request that has none.
   */
  namespace?: string;
  /** What is known about the cluster. */
  world?: World;
  /** The release's name, at render. */
  release?: string;
  /** At admission; `CREATE` unless it says otherwise. */
  operation?: "CREATE" | "UPDATE";
  /** The object before an UPDATE. */
  old?: KubernetesObject;
  /** Who asks, at admission. */
  user?: string;
}

/** How a stream is rendered. */
export interface RenderOptions {
  /** The namespace that objects without one will live in. */
  namespace?: string;
  /** What is known about the cluster. */
  world?: World;
  /** The release's name. */
  release?: string;
  /** Duplicate keys are errors, and every document is read, also those that no rule is about. */
  strict?: boolean;
}

/** The object that a finding is about. */
export interface ObjectRef {
  apiVersion: string;
  kind: string;
  namespace?: string;
  /** `metadata.name`, else `metadata.generateName` followed by `*`, else empty. */
  name: string;
}

/** One thing that was found. */
export interface Finding {
  /** `<transform>/<slug>` or `engine/<slug>`; in a stream also `unreadable` and `internal`. */
  code: string;
  severity: Severity;
  /** The rule's name; empty when no rule is concerned. */
  rule: string;
  /** Absent where a document could not be read. */
  object?: ObjectRef;
  /** Where in the document, as a JSON Pointer. */
  pointer: string;
  message: string;
  /** What to write where. */
  remedy: string;
  /** Line, from 1; absent when the object did not come as text. */
  line?: number;
  /** Character in the line, from 1. */
  column?: number;
}

/** A finding in a stream. */
export interface LocatedFinding extends Finding {
  line: number;
  column: number;
  /** Number of the document in the stream, from 1. */
  document: number;
  /** What Helm's comment `# Source:` at the document's head says. */
  source?: string;
}

/** One edit with the rules that wanted it. */
export type Edit = { pointer: string; rules: string[] } & ({ op: "set"; value: unknown } | { op: "remove" });

/** What the rules made of one object. */
export interface Outcome {
  /** No finding is an error. */
  accepted: boolean;
  /** Sorted by pointer, code and rule. */
  findings: Finding[];
  /** The object with all edits done; absent when nothing changed or it is refused. */
  object?: KubernetesObject;
  /** The same as JSON text, with every digit of its numbers. */
  json?: string;
  /** One list per phase that changed something, each addressed to the object as the phase before left it. */
  edits: Edit[][];
  /** The rules that changed or found something. */
  rules: string[];
  /** The rules that skipped the request because it is exempt. */
  exempt: string[];
}

/** One edit in a stream. */
export interface Change {
  object: ObjectRef;
  op: "set" | "remove";
  pointer: string;
  /** What was written; never of a Secret. */
  value?: unknown;
  rules: string[];
  line: number;
  column: number;
  document: number;
  source?: string;
}

/** What the rules made of a stream. */
export interface Rendering {
  /** Everything was read and no finding is an error. */
  accepted: boolean;
  /** The stream after the rules, byte for byte as it came where they change nothing; absent when it is not accepted. */
  output?: string;
  /** How many documents the stream has. */
  documents: number;
  /** What was found and what could not be read, in the order of the documents. */
  findings: LocatedFinding[];
  /** What was changed. */
  changes: Change[];
}

/** One thing that is wrong with rules or with a call. */
export interface Mistake {
  /** The rules file, `object` or `world`; empty when the call itself is wrong. */
  file: string;
  line?: number;
  column?: number;
  /** Where in the document, as a JSON Pointer. */
  pointer: string;
  message: string;
  /** What to write instead; empty when the message says it. */
  remedy: string;
}

/**
 * Why a call has no answer. `rules`: the rules have mistakes; `arguments`: the call has; `unreadable`: the object or the
 * World cannot be read; `start`: `boltrope/core` was not started; `internal`: a mistake in boltrope. Whatever it was, the
 * next call works.
 */
export class BoltropeError extends Error {
  private constructor();
  readonly name: "BoltropeError";
  readonly reason: "rules" | "arguments" | "unreadable" | "start" | "internal";
  /** All of them, in the order of the files. */
  readonly mistakes: readonly Mistake[];
}

/** Compiled rules. */
export class RuleSet {
  private constructor();
  /**
   * What the rules make of one object.
   *
   * @throws {BoltropeError} when the object or the World cannot be read, or the request has a key that nobody knows
   */
  evaluate(request: EvaluateRequest): Outcome;
  /**
   * What the rules make of a stream of documents: the post-renderer.
   *
   * @throws {BoltropeError} when the World cannot be read or the options have a key that nobody knows; what is wrong with
   * the stream itself is in the findings
   */
  renderStream(yaml: string | Uint8Array, options?: RenderOptions): Rendering;
}

/**
 * Reads rules, one file or several as one set.
 *
 * ```js
 * import { compileRules } from "boltrope";
 * const rules = compileRules(await readFile("rules.yaml", "utf8"));
 * const { accepted, findings } = rules.evaluate({ yaml: order, namespace: "shop" });
 * ```
 *
 * @throws {BoltropeError} with every mistake in the rules, each with its line and column
 */
export function compileRules(rules: string | Uint8Array | readonly RulesFile[]): RuleSet;

/** The JSON Schema of a rules file (draft 2020-12), for editors and forms. */
export function rulesSchema(): { [key: string]: unknown };
