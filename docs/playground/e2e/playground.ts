// The page as a person uses it: what can be done, and what is seen.

import type { Page } from "playwright-core";

/** The fields that can be written. */
export type Field = "rules" | "manifests" | "world";

/** The page. */
export class Playground {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Waits until what is seen answers what was written. */
  async settled(): Promise<this> {
    await this.page.locator("#workspace[data-state=idle]").waitFor();
    return this;
  }

  /** Replaces a text, as somebody does who pastes. */
  async paste(field: Field, text: string): Promise<void> {
    if (field !== "rules") await this.page.locator(`#tab-${field}`).click();
    const content = this.page.locator(`#${field} .cm-content`);
    await content.focus();
    await this.page.keyboard.press("Control+A");
    await content.evaluate((target, pasted) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", pasted);
      target.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }, text);
    await this.settled();
  }

  /** Types where the cursor is, key by key. */
  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text, { delay: 5 });
    await this.settled();
  }

  /** Picks an example by its title. */
  async pick(title: string): Promise<void> {
    await this.page.locator("#example").selectOption({ label: title });
    await this.settled();
  }

  /** The lines that the diff shows as added or removed. */
  async changed(kind: "added" | "removed"): Promise<string[]> {
    const lines = this.page.locator(`#diff .row.${kind} .text`);
    return (await lines.allTextContents()).map((text) => text.replace(/^(added|removed): /, ""));
  }

  /** The verdict. */
  async headline(): Promise<string> {
    return (await this.page.locator("#headline").textContent()) ?? "";
  }

  /** The buttons of the findings, which say where each is. */
  async places(): Promise<string[]> {
    return this.page.locator("#findings .jump").allTextContents();
  }

  /** The lines of a field that are marked in its margin. */
  async marked(field: Field): Promise<string[]> {
    return this.page.locator(`#${field}`).evaluate((editor) => {
      const markers = [...editor.querySelectorAll(".cm-gutter-lint .cm-lint-marker")];
      const numbers = [...editor.querySelectorAll(".cm-lineNumbers .cm-gutterElement")];
      const at = (element: Element): number => element.getBoundingClientRect().top;
      return markers.map((marker) => {
        const near = numbers.filter((number) => Math.abs(at(number) - at(marker.parentElement ?? marker)) < 3);
        return near.map((number) => number.textContent).join();
      });
    });
  }

  /** The whole text of a field that fits on the screen. */
  async text(field: Field): Promise<string> {
    const lines = await this.page.locator(`#${field} .cm-line`).allTextContents();
    return lines.join("\n");
  }

  /** What has the focus: an id, or the id of the editor around it. */
  async focused(): Promise<string> {
    return this.page.evaluate(() => {
      const active = document.activeElement;
      if (active instanceof HTMLInputElement && active.type === "radio") return active.value;
      return active?.id || active?.closest("[id]")?.id || active?.className || "";
    });
  }
}

/** Rules with one that is not finished: the cursor goes behind it. */
export const RULES = `apiVersion: boltrope.dev/v1alpha1
kind: RuleSet
metadata:
  name: shop
spec:
  rules:
    - name: hosts
      match:
        namespaces: {include: ["feature-*"]}
      hostRewrite:
        hosts:
          - from: "*.shop.example"
            to: `;

/** What the rule is about. */
export const MANIFESTS = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: feature-cart
spec:
  rules:
    - host: www.shop.example
`;
