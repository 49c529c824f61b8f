// In Node the module lies beside this file. Nothing is awaited, so that `require()` of an ES module (Node 22) works too.

import { readFileSync } from "node:fs";

import { startSync } from "./core.js";

startSync(readFileSync(new URL("./boltrope.wasm", import.meta.url)));

export { BoltropeError, RuleSet, compileRules, rulesSchema } from "./core.js";
