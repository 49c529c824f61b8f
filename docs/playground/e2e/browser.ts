// The system's Chromium, and pages in it that notice what must never happen: a message on the console, an error that
// nobody caught, a request to another host.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { type Browser, type BrowserContext, type BrowserContextOptions, type Page, chromium } from "playwright-core";

/** Where the checkout is: the tests run in its root. */
export const ROOT = process.cwd();
/** Where pictures of every state are kept. */
const PICTURES = join(ROOT, "target/e2e/browser/pictures");
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
];

/** Starts the browser that `CHROMIUM` names, in an empty folder of its own. */
export async function launch(): Promise<Browser> {
  const executablePath = process.env["CHROMIUM"];
  assert(executablePath, "CHROMIUM names no browser: run `make e2e-browser`");
  return chromium.launch({ executablePath, args: FLAGS, chromiumSandbox: false });
}

/** A page and what went wrong on it. */
export class Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly #problems: string[] = [];

  private constructor(context: BrowserContext, page: Page, host: string) {
    this.context = context;
    this.page = page;
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.#problems.push(`console: ${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (error) => this.#problems.push(`error: ${error.message}`));
    context.on("request", (request) => {
      const url = new URL(request.url());
      const isOwn = url.origin === new URL(host).origin || url.protocol === "blob:" || url.protocol === "data:";
      if (!isOwn) this.#problems.push(`request: ${request.url()}`);
    });
  }

  /** Opens an address in a context of its own. */
  static async open(browser: Browser, address: string, options: BrowserContextOptions = {}): Promise<Visit> {
    const context = await browser.newContext({ viewport: { width: 1360, height: 860 }, ...options });
    const visit = new Visit(context, await context.newPage(), address);
    await visit.page.goto(address);
    return visit;
  }

  /** Keeps a picture of what is seen now. */
  async picture(name: string, fullPage = false): Promise<void> {
    await mkdir(PICTURES, { recursive: true });
    await this.page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage });
  }

  /** Fails if something went wrong meanwhile. */
  assertWell(): void {
    assert.deepEqual(this.#problems, []);
  }

  /** Closes the context; fails if something went wrong. */
  async close(): Promise<void> {
    await this.context.close();
    this.assertWell();
  }
}
