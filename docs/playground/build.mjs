// Builds the page into target/playground, or (`node build.mjs e2e`) its tests into target/e2e/browser.

import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const pack = join(root, "crates/js/pkg");

/** @type {import("esbuild").BuildOptions} */
const shared = {
  absWorkingDir: here,
  alias: { "boltrope/core": join(pack, "core.js") },
  bundle: true,
  charset: "utf8",
  format: "esm",
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
  minify: true,
  target: ["chrome111", "firefox113", "safari16.4"],
  write: false,
};

/** @param {import("esbuild").BuildOptions} options */
async function bundled(options) {
  const { outputFiles = [], metafile } = await build({ ...shared, ...options });
  const inputs = Object.keys(metafile?.inputs ?? {});
  return { text: outputFiles[0]?.text ?? "", inputs };
}

/** A name that changes with the content: hosts may keep such files for ever. @param {string} name @param {string | Uint8Array} content */
function named(name, content) {
  const digest = createHash("sha256").update(content).digest("hex").slice(0, 10);
  const dot = name.lastIndexOf(".");
  return `${name.slice(0, dot)}-${digest}${name.slice(dot)}`;
}

/** The licences of what is bundled. @param {string[]} inputs */
async function licences(inputs) {
  const packages = new Set(inputs.map((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1]).filter((name) => name !== undefined));
  const texts = [];
  for (const name of [...packages].sort()) {
    const folder = join(here, "node_modules", name);
    const file = (await readdir(folder)).find((one) => /^licen[cs]e/i.test(one));
    if (file === undefined) throw new Error(`${name} has no licence file`);
    texts.push(`${name}\n\n${(await readFile(join(folder, file), "utf8")).trim()}\n`);
  }
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}

async function page() {
  const target = join(root, "target/playground");
  const module = await readFile(join(pack, "boltrope.wasm"));
  const moduleName = named("boltrope.wasm", module);
  const worker = await bundled({ entryPoints: ["src/worker/main.ts"], format: "iife" });
  const define = { WORKER: JSON.stringify(worker.text), MODULE: JSON.stringify(`./${moduleName}`) };
  const app = await bundled({ entryPoints: ["src/page/main.ts"], define });
  const style = await bundled({ entryPoints: ["style.css"] });
  const [appName, styleName] = [named("playground.js", app.text), named("playground.css", style.text)];
  const html = (await readFile(join(here, "index.html"), "utf8"))
    .replace("src/page/main.ts", appName)
    .replace("style.css", styleName)
    // In the page itself: browsers ask for a page's icon again whenever its address changes, without a network too.
    .replaceAll("favicon.svg", `data:image/svg+xml;base64,${(await readFile(join(here, "favicon.svg"))).toString("base64")}`);
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  /** @type {[string, string | Uint8Array][]} */
  const files = [
    ["index.html", html],
    [appName, app.text],
    [styleName, style.text],
    [moduleName, module],
    ["licences.txt", await licences([...worker.inputs, ...app.inputs])],
  ];
  for (const [name, content] of files) await writeFile(join(target, name), content);
  const bytes = files.map(([name, content]) => `${name} ${content.length}`).join(", ");
  console.log(`target/playground: ${bytes}`);
}

async function tests() {
  const outdir = join(root, "target/e2e/browser");
  const names = (await readdir(join(here, "e2e"))).filter((name) => /\.(test|main)\.ts$/.test(name));
  await build({
    ...shared,
    entryPoints: names.map((name) => `e2e/${name}`),
    external: ["playwright-core", "axe-core"],
    format: "cjs",
    minify: false,
    outdir,
    outExtension: { ".js": ".cjs" },
    platform: "node",
    target: "node20",
    write: true,
  });
}

const verbs = { page, e2e: tests };
const verb = process.argv[2] ?? "page";
if (verb !== "page" && verb !== "e2e") throw new Error(`no verb ${verb}: page or e2e`);
await verbs[verb]();
