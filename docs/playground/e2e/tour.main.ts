import { join } from "node:path";
import { ROOT, Visit, launch } from "./browser.js";
import { serve } from "./server.js";
async function run() {
const host = await serve({ "/some/where/": join(ROOT, "target/playground") });
const browser = await launch();
for (const scheme of ["light", "dark"] as const) for (const [name, width, height] of [["wide", 1440, 900], ["phone", 390, 844]] as const) {
  const visit = await Visit.open(browser, host.address, { colorScheme: scheme, viewport: { width, height } });
  await visit.page.waitForSelector('#workspace[data-state=idle]');
  await visit.page.waitForTimeout(300);
  await visit.picture(`${scheme}-${name}`, name === "phone");
  try { await visit.close(); } catch (e) { console.log(String(e)); }
}
await browser.close(); await host.stop();
}
void run();
