// Node's side of the comparison: a question on each line of stdin, its answer on a line of stdout.
//
// node driver.mjs PACKAGE: the folder that `make js` builds.

import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

import { ask } from "./ask.mjs";

const boltrope = await import(new URL("node.js", `${pathToFileURL(process.argv[2])}/`));

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(ask(boltrope, JSON.parse(line)))}\n`);
}
