// What a person does on the page, in the real browser. Pictures of every state are kept in target/e2e/browser/pictures.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";

import type { Browser, BrowserContext, BrowserContextOptions } from "playwright-core";

import { ROOT, Visit, launch } from "./browser.js";
import { MANIFESTS, Playground, RULES } from "./playground.js";
import { type Host, serve } from "./server.js";

let host: Host;
let browser: Browser;

before(async () => {
  host = await serve({ "/some/where/": join(ROOT, "target/playground") });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await host?.stop();
});

async function open(fragment = "", options: BrowserContextOptions = {}): Promise<[Visit, Playground]> {
  const visit = await Visit.open(browser, host.address + fragment, options);
  return [visit, await new Playground(visit.page).settled()];
}

test("a rule that is typed shows its change", async () => {
  const [visit, playground] = await open();
  await playground.paste("manifests", MANIFESTS);
  await playground.paste("rules", RULES);
  assert.match(await playground.headline(), /^The rules have 1 mistake$/);
  await playground.type(`"{namespace}.shop.example"`);
  assert.equal(await playground.headline(), "Accepted: 1 change, no findings");
  assert.deepEqual(await playground.changed("removed"), ["    - host: www.shop.example"]);
  assert.deepEqual(await playground.changed("added"), ["    - host: feature-cart.shop.example"]);
  await visit.picture("a-rule-is-typed");
  await visit.page.locator("#tab-edits").click();
  assert.match((await visit.page.locator("#edits").textContent()) ?? "", /Ingress feature-cart\/web.*by hosts.*\/spec\/rules\/0\/host/);
  await visit.picture("edits");
  await visit.page.locator("#tab-output").click();
  assert.match((await visit.page.locator("#output .cm-content").textContent()) ?? "", /host: feature-cart\.shop\.example/);
  await visit.close();
});

test("a mistake in the rules is marked at its line, and its button leads there", async () => {
  const [visit, playground] = await open();
  await playground.paste("rules", `${RULES}"{namespace}.shop.example"\n      hostRewite: {}\n`);
  assert.deepEqual(await playground.places(), ["Rules, line 14"]);
  assert.deepEqual(await playground.marked("rules"), ["14"]);
  assert.match((await visit.page.locator("#findings").textContent()) ?? "", /did you mean hostRewrite/);
  await visit.picture("a-mistake-in-the-rules");
  await visit.page.locator("#findings .jump").click();
  assert.equal(await playground.focused(), "rules");
  assert.equal(await visit.page.locator("#rules .cm-activeLineGutter").first().textContent(), "14");
  await visit.close();
});

test("a finding is marked at its line in the manifests", async () => {
  const [visit, playground] = await open();
  await playground.pick("No way to a metadata server");
  assert.equal(await playground.headline(), "Refused: 1 error");
  assert.deepEqual(await playground.places(), ["Manifests, line 8"]);
  assert.deepEqual(await playground.marked("manifests"), ["8"]);
  assert.deepEqual(await playground.changed("added"), []);
  await visit.page.locator("#manifests .cm-lint-marker").hover();
  await visit.page.locator(".cm-tooltip").waitFor();
  await visit.picture("a-finding");
  await visit.close();
});

test("characters outside of the plane of most are one column", async () => {
  const [visit, playground] = await open();
  await playground.paste("rules", "apiVersion: boltrope.dev/v1alpha1\nkind: RuleSet\nmetadata: {name: a}\nspec: {rules: [{name: 😀😀, metadat: {}}]}\n");
  const marked = await visit.page.locator("#rules .cm-lintRange").allTextContents();
  assert(marked.some((text) => text.startsWith("metadat")), marked.join(" | "));
  await visit.close();
});

test("a World that cannot be read is marked in it", async () => {
  const [visit, playground] = await open();
  await playground.paste("world", "kind: Namespace\n  a: [\n");
  assert.equal(await playground.headline(), "The World cannot be read");
  assert.match((await playground.places())[0] ?? "", /^World, line \d+$/);
  await visit.close();
});

test("every example is answered, and those of the tests as their cases say", async () => {
  const [visit, playground] = await open();
  const titles = await visit.page.locator("#example optgroup option").allTextContents();
  assert(titles.length > 12);
  for (const title of titles) {
    await playground.pick(title);
    const mustFail = title === "Rules with every mistake marked";
    assert.equal(/^The rules have/.test(await playground.headline()), mustFail, `${title}: ${await playground.headline()}`);
    assert.match(await playground.headline(), /^(Accepted|Refused|The rules have)/, title);
  }
  await visit.close();
});

test("admission gives the edits of every object", async () => {
  const [visit, playground] = await open();
  await playground.pick("The policy at admission");
  assert.match(await playground.headline(), /^Accepted: \d+ changes, no findings$/);
  assert.equal(await visit.page.locator("#tab-diff").isDisabled(), true);
  assert.match((await visit.page.locator("#edits").textContent()) ?? "", /\/spec\/externalName.*api\.base\.svc\.cluster\.local/);
  await playground.pick("Refused at admission");
  assert.match(await playground.headline(), /^Refused: /);
  await visit.picture("admission");
  await visit.page.getByRole("radio", { name: "Render" }).check();
  await playground.settled();
  assert.equal(await visit.page.locator("#tab-diff").getAttribute("aria-selected"), "true");
  await visit.close();
});

test("documents are judged at their own lines at admission", async () => {
  const [visit, playground] = await open();
  const service = "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: shop}\nspec: {type: ExternalName, externalName: metadata.google.internal}\n";
  await playground.pick("No way to a metadata server");
  await playground.paste("manifests", `# nothing here\n---\n${service}---\n# nor here\n---\n${service}---\na: [\n`);
  await visit.page.getByRole("radio", { name: "Admission" }).check();
  await playground.settled();
  assert.deepEqual((await playground.places()).slice(0, 2), ["Manifests, line 6", "Manifests, line 13"]);
  assert.match((await playground.places())[2] ?? "", /^Manifests, line 1[5-7]$/);
  await visit.close();
});

test("a link holds everything, in another browser too", async () => {
  const [visit, playground] = await open("", { permissions: ["clipboard-read", "clipboard-write"] });
  await playground.paste("manifests", MANIFESTS);
  await playground.paste("world", "apiVersion: v1\nkind: Namespace\nmetadata: {name: feature-cart}\n# ü 😀\n");
  await playground.paste("rules", `${RULES}"{release}-{namespace}.shop.example"\n`);
  await visit.page.locator("#release").fill("blue");
  await visit.page.locator("#namespace").fill("feature-cart");
  await playground.settled();
  await visit.page.locator("#share").click();
  await visit.page.locator("#notice").waitFor();
  await visit.picture("a-link");
  const link = await visit.page.evaluate(() => navigator.clipboard.readText());
  assert.equal(link, visit.page.url());
  const [other, copy] = await open(new URL(link).hash);
  for (const field of ["rules", "manifests"] as const) assert.equal(await copy.text(field), await playground.text(field));
  await other.page.locator("#tab-world").click();
  await visit.page.locator("#tab-world").click();
  assert.equal(await copy.text("world"), await playground.text("world"));
  assert.equal(await other.page.locator("#release").inputValue(), "blue");
  await other.picture("a-link-opened");
  assert.deepEqual(await copy.changed("added"), ["    - host: blue-feature-cart.shop.example"]);
  assert.equal(await copy.headline(), await playground.headline());
  await visit.page.locator("#rules .cm-content").focus();
  await playground.type("#");
  assert.equal(new URL(visit.page.url()).hash, "", "an address that says something else than the page");
  await other.close();
  await visit.close();
});

test("a link that was cut gives one message and the first example", async () => {
  const bomb = await packed(`{"rules":"${"a".repeat(5_000_000)}"}`);
  const wrong = await packed(`{"rules": 1}`);
  for (const fragment of ["#v1=eJyrVkrL", "#v1=%%%", "#v2=abc", "#rules", `#v1=${wrong}`, `#v1=${bomb}`]) {
    const [visit, playground] = await open(fragment);
    const notice = visit.page.locator("#notice-text");
    await notice.waitFor();
    assert.equal(await notice.textContent(), "This link holds no playground: it was cut or changed on its way. Ask for it again.");
    assert.match(await playground.headline(), /^Accepted/);
    if (fragment === "#v2=abc") await visit.picture("a-bad-link");
    await visit.page.locator("#notice-close").click();
    assert.equal(await notice.isVisible(), false);
    await visit.close();
  }
});

async function packed(text: string): Promise<string> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return Buffer.from(await new Response(stream as never).arrayBuffer()).toString("base64url");
}

test("what does not fit into a link is said", async () => {
  const [visit, playground] = await open();
  let seed = 1;
  const noise = Array.from({ length: 60_000 }, () => ((seed = (seed * 48271) % 2147483647) % 36).toString(36)).join("");
  await playground.paste("world", `# ${noise}\n`);
  await visit.page.locator("#share").click();
  // The text is compressed first, beside the page.
  await visit.page.locator("#notice-text", { hasText: /^This is too much for a link/ }).waitFor();
  assert.equal(new URL(visit.page.url()).hash, "");
  await visit.close();
});

test("it works without a network once it is loaded", async () => {
  const [visit, playground] = await open();
  await visit.context.setOffline(true);
  await playground.paste("manifests", MANIFESTS);
  await playground.paste("rules", `${RULES}"{namespace}.shop.example"\n`);
  assert.deepEqual(await playground.changed("added"), ["    - host: feature-cart.shop.example"]);
  await visit.page.locator("#share").click();
  await visit.page.locator("#notice").waitFor();
  await visit.picture("offline");
  await visit.close();
});

/** Opens the page with a first worker that does something else: rules that never end are not known. */
async function withFirstWorker(script: string): Promise<[BrowserContext, Playground]> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.addInitScript((first) => {
    const Real = Worker;
    let count = 0;
    window.Worker = class extends Real {
      readonly #made = performance.now();
      constructor(url: string | URL, options?: WorkerOptions) {
        count += 1;
        super(count > 1 ? url : URL.createObjectURL(new Blob([first])), options);
      }
      override terminate(): void {
        Object.assign(window, { lived: performance.now() - this.#made });
        super.terminate();
      }
    };
  }, script);
  await page.goto(host.address);
  return [context, new Playground(page)];
}

const HANGS = "onmessage = ({ data }) => { if (data.id) for (;;); }";

test("a run that hangs is ended, and the next one is answered, without a network too", async () => {
  const [context, playground] = await withFirstWorker(HANGS);
  await playground.settled();
  assert.match(await playground.headline(), /^Stopped after 5 seconds/);
  await context.setOffline(true);
  await playground.paste("manifests", MANIFESTS);
  assert.match(await playground.headline(), /^Refused: 1 error/);
  await context.close();
});

test("a newer text takes the place of one that holds it up", async () => {
  const [context, playground] = await withFirstWorker(HANGS);
  await playground.paste("manifests", MANIFESTS);
  assert.match(await playground.headline(), /^Refused: 1 error/);
  const lived = await playground.page.evaluate(() => (window as unknown as { lived: number }).lived);
  assert(lived < 4500, `the old run was waited for, ${lived} ms`);
  await context.close();
});

test("a worker that breaks is told once and replaced", async () => {
  const [context, playground] = await withFirstWorker("throw new Error('no memory');");
  await playground.settled();
  assert.match(await playground.headline(), /^No answer: .*no memory/);
  await playground.paste("manifests", MANIFESTS);
  assert.match(await playground.headline(), /^Refused: 1 error/);
  await context.close();
});

test("a draft outlives a reload", async () => {
  const [visit, playground] = await open();
  await playground.paste("manifests", MANIFESTS);
  await visit.page.reload();
  await playground.settled();
  assert.equal(await playground.text("manifests"), MANIFESTS);
  await visit.close();
});

test("the page may not talk to anybody", async () => {
  const [visit] = await open();
  const refused = await visit.page.evaluate(() => fetch("http://127.0.0.2:1/").then(() => "sent", () => "refused"));
  assert.equal(refused, "refused");
  assert.throws(() => visit.assertWell(), /Content Security Policy|connect-src/);
  await visit.context.close();
});
