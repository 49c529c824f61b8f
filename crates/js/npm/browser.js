// In a browser the module is fetched from beside this file; bundlers know the form `new URL(..., import.meta.url)`.
// Who keeps it elsewhere imports `boltrope/core` and calls `start` with it.

import { start } from "./core.js";

await start(fetch(new URL("./boltrope.wasm", import.meta.url)));

export { BoltropeError, RuleSet, compileRules, rulesSchema } from "./core.js";
