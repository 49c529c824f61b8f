// The worker: a module, then questions, each answered before the next is read. The page ends it when it takes too long.

import { startSync } from "boltrope/core";

import type { Question, Start } from "../protocol.js";
import { evaluate } from "./evaluation.js";

addEventListener("message", ({ data }: MessageEvent<Start | Question>) => {
  if ("module" in data) startSync(data.module);
  else postMessage(evaluate(data.id, data.input));
});
