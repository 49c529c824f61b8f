// The page: what is written goes to the worker, what comes back is shown. Nothing leaves it.

import { EXAMPLES } from "../examples.js";
import type { Answer, Field, Input, Stage } from "../protocol.js";
import { element, find } from "./dom.js";
import { Editor } from "./editor.js";
import { LinkError, fromFragment, isLink, toFragment } from "./link.js";
import { Result } from "./result.js";
import { LONGEST_RUN, Runner } from "./runner.js";
import { Tabs } from "./tabs.js";

/** What the build puts in: the worker's script, and the address of the module relative to the page. */
declare const WORKER: string;
declare const MODULE: string;

/** Keys that follow each other faster are one change. */
const PAUSE = 40;
/** Where a draft outlives a reload, in this tab only. */
const DRAFT = "boltrope-playground";

const texts: Record<Field, Editor> = {
  rules: new Editor(find("rules"), "Rules, YAML", changed),
  manifests: new Editor(find("manifests"), "Manifests, YAML", changed),
  world: new Editor(find("world"), "World: what is known about the cluster, YAML", changed),
};
const namespace = find("namespace") as HTMLInputElement;
const release = find("release") as HTMLInputElement;
const examples = find("example") as HTMLSelectElement;
const stages = [...document.querySelectorAll<HTMLInputElement>("input[name=stage]")];
const inputTabs = new Tabs(find("input-tabs"));
const result = new Result(visit);

let runner: Runner | undefined;
let timer = 0;
/** While an example or a link is put in, the fields change without anybody typing. */
let isFilling = false;
let asked: Input | undefined;

/** Takes up what a link, a draft or the first example holds, then starts the worker. */
async function begin(): Promise<void> {
  offer();
  fill((await linked()) ?? draft() ?? example(0));
  for (const field of [namespace, release]) field.addEventListener("input", changed);
  for (const stage of stages) stage.addEventListener("change", changed);
  examples.addEventListener("change", () => choose());
  find("share").addEventListener("click", () => void share());
  find("copy").addEventListener("click", () => void copy());
  find("notice-close").addEventListener("click", () => notify(""));
  addEventListener("hashchange", () => void linked().then((input) => input && fill(input)));
  addEventListener("pagehide", keep);
  try {
    const response = await fetch(MODULE);
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    // Not `compileStreaming`: a host that does not know the type of .wasm would be refused.
    const module = await WebAssembly.compile(await response.arrayBuffer());
    runner = new Runner(WORKER, { module }, { answered: show, stopped, failed });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    silent(`The page did not load completely (${why}). Load it again.`);
    return;
  }
  ask();
}

function input(): Input {
  return {
    rules: texts.rules.text,
    manifests: texts.manifests.text,
    world: texts.world.text,
    namespace: namespace.value.trim(),
    release: release.value.trim(),
    stage: (stages.find((stage) => stage.checked)?.value ?? "render") as Stage,
  };
}

function fill(given: Input): void {
  isFilling = true;
  for (const field of ["rules", "manifests", "world"] as const) texts[field].text = given[field];
  namespace.value = given.namespace;
  release.value = given.release;
  for (const stage of stages) stage.checked = stage.value === given.stage;
  isFilling = false;
  inputTabs.select("manifests");
  examples.value = EXAMPLES.findIndex((one) => isSame(one.input, given)).toString();
  ask();
}

/** Somebody wrote something. */
function changed(): void {
  if (isFilling) return;
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  examples.value = "-1";
  notify("");
  find("workspace").dataset["state"] = "busy";
  clearTimeout(timer);
  timer = window.setTimeout(ask, PAUSE);
}

function ask(): void {
  clearTimeout(timer);
  asked = input();
  release.disabled = asked.stage === "admission";
  find("world-dot").hidden = asked.world.trim() === "";
  find("workspace").dataset["state"] = "busy";
  runner?.ask(asked);
}

function show(answer: Answer): void {
  for (const field of ["rules", "manifests", "world"] as const) texts[field].mark(answer.marks[field]);
  result.show(answer, asked?.stage !== "admission");
  (find("copy") as HTMLButtonElement).disabled = result.output === undefined;
  find("workspace").dataset["state"] = "idle";
}

function stopped(): void {
  silent(`Stopped after ${LONGEST_RUN / 1000} seconds without an answer. Change something to try again.`);
}

function failed(message: string): void {
  silent(`No answer: ${message}. Change something to try again.`);
}

function silent(why: string): void {
  result.fail(why);
  (find("copy") as HTMLButtonElement).disabled = true;
  find("workspace").dataset["state"] = "idle";
}

function visit(field: Field, line: number, column: number): void {
  if (field !== "rules") inputTabs.select(field);
  texts[field].visit(line, column);
}

/** Fills the list of examples. */
function offer(): void {
  const groups = new Map<string, HTMLOptGroupElement>();
  EXAMPLES.forEach(({ group, title }, index) => {
    const option = element("option", "", title);
    option.value = String(index);
    const into = groups.get(group) ?? element("optgroup");
    into.label = group;
    into.append(option);
    groups.set(group, into);
  });
  const own = element("option", "", "Your own");
  own.value = "-1";
  own.hidden = true;
  examples.append(own, ...groups.values());
}

function choose(): void {
  const index = Number(examples.value);
  if (index < 0) return;
  history.replaceState(null, "", location.pathname + location.search);
  fill(example(index));
  examples.value = String(index);
}

function example(index: number): Input {
  const found = EXAMPLES[index];
  if (found === undefined) throw new Error(`there is no example ${index}`);
  return found.input;
}

function isSame(one: Input, other: Input): boolean {
  return (Object.keys(one) as (keyof Input)[]).every((key) => one[key] === other[key]);
}

/** What the address holds. */
async function linked(): Promise<Input | undefined> {
  if (!isLink(location.hash)) return undefined;
  try {
    const given = await fromFragment(location.hash);
    notify("");
    return given;
  } catch (error) {
    history.replaceState(null, "", location.pathname + location.search);
    notify(error instanceof LinkError ? error.message : String(error));
    return undefined;
  }
}

async function share(): Promise<void> {
  try {
    const fragment = await toFragment(input());
    history.replaceState(null, "", fragment);
  } catch (error) {
    notify(error instanceof LinkError ? error.message : String(error));
    return;
  }
  try {
    await navigator.clipboard.writeText(location.href);
    notify("The link is in the clipboard. It holds everything on this page; no server saw it.");
  } catch {
    notify("The address of this page is the link now: copy it from there. No server saw what it holds.");
  }
}

async function copy(): Promise<void> {
  try {
    await navigator.clipboard.writeText(result.output ?? "");
    notify("The output is in the clipboard.");
  } catch {
    notify("This browser does not let the page copy: select the text under Output instead.");
  }
}

function notify(message: string): void {
  find("notice-text").textContent = message;
  find("notice").hidden = message === "";
}

function draft(): Input | undefined {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(DRAFT) ?? "null");
    if (typeof kept !== "object" || kept === null) return undefined;
    const blank: Input = { rules: "", manifests: "", world: "", namespace: "", release: "", stage: "render" };
    return { ...blank, ...kept };
  } catch {
    return undefined;
  }
}

function keep(): void {
  try {
    sessionStorage.setItem(DRAFT, JSON.stringify(input()));
  } catch {
    // No storage, or too little: then a reload begins anew.
  }
}

void begin();
