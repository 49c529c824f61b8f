// A host for static files, as small as they come: on loopback, below a path, with no header that helps the page.

import { readFile } from "node:fs/promises";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const TYPES: Record<string, string> = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".svg": "image/svg+xml",
  ".txt": "text/plain",
};

/** A running host. */
export interface Host {
  /** Where the folder is served; ends with a slash. */
  address: string;
  stop(): Promise<void>;
}

/** Serves folders, each below a path such as `/some/where/`; the first is `address`. `more` are types it knows besides. */
export async function serve(folders: Record<string, string>, more: Record<string, string> = {}): Promise<Host> {
  const types = { ...TYPES, ...more };
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
    const [prefix, folder] = Object.entries(folders).find(([one]) => path.startsWith(one)) ?? [];
    if (prefix === undefined || folder === undefined) {
      response.writeHead(404).end();
      return;
    }
    const name = path.slice(prefix.length) || "index.html";
    readFile(join(folder, normalize(`/${name}`))).then(
      (content) => response.writeHead(200, { "content-type": types[extname(name)] ?? "application/octet-stream" }).end(content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return { address: `http://127.0.0.1:${port}${Object.keys(folders)[0] ?? "/"}`, stop: () => closed(server) };
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((done) => server.close(() => done()));
}
