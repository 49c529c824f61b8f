// The worker: a module, then questions, each answered before the next is read. The page ends it when it takes too long.
//
// Code that runs for the first time is compiled on the way. The first question is asked twice, so that the time it is told
// to take is that of every later one.

import { startSync } from "boltrope/core";

import type { Question, Start } from "../protocol.js";
import { evaluate } from "./evaluation.js";

let isWarm = false;

addEventListener("message", ({ data }: MessageEvent<Start | Question>) => {
  if ("module" in data) {
    startSync(data.module);
    return;
  }
  if (!isWarm) evaluate(data.id, data.input);
  isWarm = true;
  postMessage(evaluate(data.id, data.input));
});
