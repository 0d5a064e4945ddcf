import { readFileSync } from "node:fs";
import type { Question, Reply } from "../http/index.ts";
import type { Source } from "./birdwatcher.ts";
import { explainReply } from "./page-explain.ts";
import { stateReply } from "./page-state.ts";

/** Beside this file; the build puts them beside the program that this becomes a part of. */
const FOLDER = new URL("./page/", import.meta.url);

const FILES: Readonly<Record<string, readonly [name: string, type: string]>> = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/page.css": ["page.css", "text/css; charset=utf-8"],
  "/page.js": ["page.js", "text/javascript; charset=utf-8"],
  "/icon.svg": ["icon.svg", "image/svg+xml"],
};

/** What the state cost to make, this many times over, it is used again: a page costs 5 % of a core at most. */
const REST = 20;

/** The page for people: its files, and what it asks for. */
export class Page {
  readonly #source: Source;
  readonly #files = new Map<string, Reply>();
  /** The state, shared by all who ask until `freshUntil` (performance.now()). */
  #state: Promise<Reply> | undefined;
  #freshUntil = Infinity;
  /** The last explanation that was asked for. */
  #explained: Promise<unknown> = Promise.resolve();

  constructor(source: Source) {
    this.#source = source;
    for (const [path, [name, type]] of Object.entries(FILES)) {
      const body = readFileSync(new URL(name, FOLDER));
      this.#files.set(path, { status: 200, type, body, headers: { "cache-control": "no-cache" } });
    }
  }

  /** undefined: it is nothing of the page's. */
  answer({ path, query, signal }: Question): Reply | Promise<Reply> | undefined {
    if (path === "/page/state") return this.#fresh();
    if (path === "/page/explain") return this.#explain(query.get("target") ?? "", signal);
    return this.#files.get(path);
  }

  /** One after the other: each asks the kernel, by the thread that has its routes to write. */
  #explain(target: string, signal: AbortSignal): Promise<Reply> {
    const reply = this.#explained.then(() => explainReply(this.#source, target, signal));
    this.#explained = reply.catch(() => undefined);
    return reply;
  }

  #fresh(): Promise<Reply> {
    if (this.#state === undefined || performance.now() > this.#freshUntil) {
      const begin = performance.now();
      this.#freshUntil = Infinity;
      this.#state = stateReply(this.#source).finally(() => {
        const end = performance.now();
        this.#freshUntil = end + (end - begin) * REST;
      });
      this.#state.catch(() => (this.#state = undefined));
    }
    return this.#state;
  }
}
