// What the page asks the worker, and what it is told. Nothing here has behaviour: both sides are compiled with it.

/** Where an object is on its way. */
export type Stage = "render" | "admission";

/** The three texts that can be written; mistakes are marked in the one that they are in. */
export type Field = "rules" | "manifests" | "world";

/** Everything that the page can be told, and so everything that a link holds. */
export interface Input {
  rules: string;
  manifests: string;
  world: string;
  namespace: string;
  release: string;
  stage: Stage;
}

/** One run. */
export interface Question {
  id: number;
  input: Input;
}

/** What the worker is started with. */
export interface Start {
  module: WebAssembly.Module;
}

/** Something to tell at a line of a text. */
export interface Mark {
  severity: "error" | "warning";
  /** What `boltrope explain` knows; empty for mistakes in rules. */
  code: string;
  message: string;
  /** What to write instead. */
  remedy: string;
  /** From 1; absent when it has no place in the text. */
  line?: number;
  /** In characters, from 1. */
  column?: number;
  /** Whom it is about: rule and object. */
  about: string;
}

/** One edit. */
export interface EditRow {
  object: string;
  /** First line of the document in the manifests. */
  line: number;
  op: "set" | "remove";
  pointer: string;
  /** JSON text, shortened. */
  value: string;
  rules: string[];
}

/** A line of the diff. `from` and `to` bound the characters that differ from the line it replaces. */
export interface DiffRow {
  kind: "same" | "removed" | "added" | "gap";
  before?: number;
  after?: number;
  text: string;
  from?: number;
  to?: number;
}

/** What the worker found. */
export interface Answer {
  id: number;
  /** `broken`: there is no verdict, because the rules, the World or the call has a mistake. */
  verdict: "accepted" | "refused" | "broken";
  marks: Record<Field, Mark[]>;
  /** What has no place in a text. */
  trouble: string;
  documents: number;
  bytes: number;
  /** The stream as it comes out; at render only. */
  output: string | undefined;
  edits: EditRow[];
  /** How many there are, of which `edits` may be the first. */
  editCount: number;
  diff: DiffRow[];
  /** Lines that the diff leaves out at its end. */
  diffOmitted: number;
  /** How long the rules took to compile; 0 when they were known. */
  compileMilliseconds: number;
  /** How long the evaluation took. */
  milliseconds: number;
}
