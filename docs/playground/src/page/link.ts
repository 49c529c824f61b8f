// A link that holds everything that was written: in the part of the address that no server gets, compressed.

import type { Input } from "../protocol.js";

/** What a link starts with; another number is another format. */
const MARK = "#v1=";
/** Longer ones are cut by what people send them with. */
const LONGEST_LINK = 32_000;
/** A link from a stranger may unpack to so much. */
const MOST_CHARACTERS = 2_000_000;
const TEXTS = ["rules", "manifests", "world", "namespace", "release"] as const;

/** Why there is no link, or nothing in it. */
export class LinkError extends Error {}

/** Whether an address holds something to read. */
export function isLink(fragment: string): boolean {
  return fragment.length > 1;
}

/** The fragment of a link. */
export async function toFragment(input: Input): Promise<string> {
  const text = JSON.stringify(input);
  if (text.length > MOST_CHARACTERS) throw tooLong();
  const packed = await through(new CompressionStream("deflate-raw"), new TextEncoder().encode(text), Infinity);
  const fragment = MARK + base64(packed);
  if (fragment.length > LONGEST_LINK) throw tooLong(fragment.length);
  return fragment;
}

/** What a fragment holds. */
export async function fromFragment(fragment: string): Promise<Input> {
  if (!fragment.startsWith(MARK)) throw broken();
  let value: unknown;
  try {
    const packed = bytes(fragment.slice(MARK.length));
    const text = await through(new DecompressionStream("deflate-raw"), packed, MOST_CHARACTERS);
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text));
  } catch {
    throw broken();
  }
  return checked(value);
}

function checked(value: unknown): Input {
  if (typeof value !== "object" || value === null) throw broken();
  const given = value as Record<string, unknown>;
  if (TEXTS.some((key) => typeof given[key] !== "string")) throw broken();
  if (given["stage"] !== "render" && given["stage"] !== "admission") throw broken();
  const text = (key: (typeof TEXTS)[number]): string => given[key] as string;
  return {
    rules: text("rules"),
    manifests: text("manifests"),
    world: text("world"),
    namespace: text("namespace"),
    release: text("release"),
    stage: given["stage"],
  };
}

/** Sends bytes through a stream, and stops it at `most`. */
async function through(stream: GenericTransformStream, given: Uint8Array<ArrayBuffer>, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const source = new Blob([given]).stream();
  const reader = (source.pipeThrough(stream) as ReadableStream<Uint8Array<ArrayBuffer>>).getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > most) {
      await reader.cancel();
      throw broken();
    }
    parts.push(value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

function base64(data: Uint8Array): string {
  let text = "";
  for (const byte of data) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  if (text.length > LONGEST_LINK || !/^[\w-]*$/.test(text)) throw broken();
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}

function broken(): LinkError {
  return new LinkError("This link holds no playground: it was cut or changed on its way. Ask for it again.");
}

function tooLong(length?: number): LinkError {
  const size = length === undefined ? "It" : `It has ${length.toLocaleString("en")} characters, and`;
  return new LinkError(`This is too much for a link. ${size} may have ${LONGEST_LINK.toLocaleString("en")}: shorten the manifests, or send files.`);
}
