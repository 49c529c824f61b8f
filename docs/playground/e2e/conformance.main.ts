// The questions of the comparison, asked of the npm package as a browser loads it.
//
// conformance.main.cjs QUESTIONS ANSWERS: a line of JSON each. Who asks, and judges, is crates/conformance.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { ROOT, Visit, launch } from "./browser.js";
import { serve } from "./server.js";

/** So many are asked at once. */
const BATCH = 50;

async function main(questions: string, answers: string): Promise<void> {
  const lines = (await readFile(questions, "utf8")).split("\n").filter(Boolean);
  const folders = {
    "/package/": join(ROOT, "crates/js/pkg"),
    "/ask/": join(ROOT, "crates/conformance/src/package"),
    "/": join(ROOT, "docs/playground/e2e/blank"),
  };
  const host = await serve(folders, { ".wasm": "application/wasm" });
  const browser = await launch();
  try {
    const visit = await Visit.open(browser, new URL("/", host.address).href);
    const found: string[] = [];
    for (let start = 0; start < lines.length; start += BATCH) {
      found.push(...(await visit.page.evaluate(ask, lines.slice(start, start + BATCH))));
    }
    await writeFile(answers, found.map((line) => `${line}\n`).join(""));
    await visit.close();
  } finally {
    await browser.close();
    await host.stop();
  }
}

/** Runs in the browser: the addresses are those of the host above. */
async function ask(batch: string[]): Promise<string[]> {
  const [module, script] = ["/package/browser.js", "/ask/ask.mjs"];
  const boltrope = await import(module);
  const { ask: answer } = await import(script);
  return batch.map((line) => JSON.stringify(answer(boltrope, JSON.parse(line))));
}

const [questions, answers] = process.argv.slice(2);
if (questions === undefined || answers === undefined) throw new Error("QUESTIONS and ANSWERS are missing");
void main(questions, answers);
