// Who has no mouse, who does not see the page, who sees it in the dark or on a phone.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";

import axe from "axe-core";
import type { Browser, BrowserContextOptions } from "playwright-core";

import { ROOT, Visit, launch } from "./browser.js";
import { MANIFESTS, Playground, RULES } from "./playground.js";
import { type Host, serve } from "./server.js";

let host: Host;
let browser: Browser;

before(async () => {
  host = await serve({ "/": join(ROOT, "target/playground") });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await host?.stop();
});

const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
const STATES: Record<string, (playground: Playground) => Promise<void>> = {
  "first-look": async () => {},
  findings: (playground) => playground.pick("Two hosts that would become one"),
  mistakes: (playground) => playground.pick("Rules with every mistake marked"),
  edits: (playground) => playground.pick("The policy at admission"),
};

for (const scheme of ["light", "dark"] as const) {
  for (const size of ["wide", "phone"] as const) {
    test(`axe finds nothing: ${scheme}, ${size}`, async () => {
      for (const [state, reach] of Object.entries(STATES)) {
        const [visit, playground] = await open({ colorScheme: scheme, viewport: SIZES[size] });
        await reach(playground);
        await visit.picture(`${state}-${scheme}-${size}`, size === "phone");
        const found = await violations(visit);
        assert(found.length === 0, `${state}: ${found.length} violations, first\n${found.slice(0, 5).join("\n")}`);
        const overflow = await visit.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert(overflow <= 0, `${state}: the page is ${overflow} pixels too wide`);
        const height = await visit.page.evaluate(() => document.documentElement.scrollHeight - innerHeight);
        assert(size === "phone" || height <= 0, `${state}: the page is ${height} pixels too high`);
        await visit.close();
      }
    });
  }
}

async function open(options: BrowserContextOptions = {}): Promise<[Visit, Playground]> {
  const visit = await Visit.open(browser, host.address, options);
  return [visit, await new Playground(visit.page).settled()];
}

/** What axe-core has against the page, in a few words each. */
async function violations(visit: Visit): Promise<string[]> {
  await visit.page.evaluate(axe.source);
  const found = await visit.page.evaluate(async () => {
    const { axe: checker } = window as unknown as { axe: typeof import("axe-core") };
    const options = { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] };
    return (await checker.run(document, options)).violations;
  });
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary}`));
}

test("everything can be reached and used with the keyboard alone", async () => {
  const [visit, playground] = await open();
  const { keyboard } = visit.page;
  const walk = async (...expected: string[]): Promise<void> => {
    for (const next of expected) {
      await keyboard.press("Tab");
      assert.equal(await playground.focused(), next);
    }
  };
  await keyboard.press("Tab");
  assert.equal(await playground.focused(), "skip");
  await visit.picture("skip-link");
  await walk("example", "render", "namespace", "release", "share", "rules");
  const indented = await playground.text("rules");
  await keyboard.press("Tab");
  assert.notEqual(await playground.text("rules"), indented, "Tab indents in an editor");
  await keyboard.press("Control+Z");
  assert.equal(await playground.text("rules"), indented);
  await visit.picture("an-editor-has-the-focus");
  await keyboard.press("Escape");
  await walk("tab-manifests", "manifests");
  await keyboard.press("Escape");
  await walk("tab-diff", "copy", "diff");
  await keyboard.press("Shift+Tab");
  await keyboard.press("Shift+Tab");
  assert.equal(await playground.focused(), "tab-diff");
  await keyboard.press("ArrowRight");
  assert.equal(await playground.focused(), "tab-edits");
  assert.equal(await visit.page.locator("#edits").isVisible(), true);
  await keyboard.press("End");
  assert.equal(await visit.page.locator("#output").isVisible(), true);
  await visit.close();
});

test("Escape gives Tab back only until something is typed", async () => {
  const [visit, playground] = await open();
  await playground.paste("rules", RULES);
  await visit.page.keyboard.press("Escape");
  await playground.type("x");
  await visit.page.keyboard.press("Tab");
  assert.equal(await playground.focused(), "rules");
  await visit.close();
});

test("the number of findings is said aloud when the typing pauses", async () => {
  const [visit, playground] = await open();
  const status = visit.page.locator("#status[role=status]");
  await playground.pick("Two hosts that would become one");
  await visit.page.waitForFunction(() => document.querySelector("#status")?.textContent === "Refused: 2 errors");
  await playground.paste("manifests", MANIFESTS);
  await playground.paste("rules", `${RULES}"{namespace}.shop.example"\n`);
  await visit.page.waitForFunction(() => document.querySelector("#status")?.textContent === "Accepted: 1 change, no findings");
  assert.equal(await status.count(), 1);
  await visit.close();
});

test("the page follows when the system turns dark", async () => {
  const [visit] = await open({ colorScheme: "light" });
  const ground = () => visit.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await visit.page.emulateMedia({ colorScheme: "dark" });
  await visit.page.locator("#rules .cm-editor").waitFor();
  assert.notEqual(await ground(), light);
  await visit.close();
});

test("nothing is lost in forced colours and with text twice as large", async () => {
  const [visit] = await open({ forcedColors: "active", viewport: { width: 720, height: 900 } });
  await visit.page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
  await visit.picture("forced-colours-twice-as-large", true);
  const overflow = await visit.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert(overflow <= 0, `the page is ${overflow} pixels too wide`);
  await visit.close();
});
