// `boltrope/core`: the same functions for who brings the module along, such as a page with a bundle of its own.

export * from "./boltrope.js";

/** The module: its bytes, a compiled one, or the `Response` that carries it. */
export type Source = BufferSource | WebAssembly.Module | Response;

/**
 * Instantiates the module once; a second call does nothing.
 *
 * ```js
 * import { compileRules, start } from "boltrope/core";
 * await start(fetch("/assets/boltrope.wasm"));
 * ```
 */
export function start(source: Source | Promise<Source>): Promise<void>;

/** The same without waiting. Browsers refuse it on their main thread for modules as large as this one; Workers do not. */
export function startSync(source: BufferSource | WebAssembly.Module): void;
