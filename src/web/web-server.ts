import { HttpServer, type Question, type Reply, Turns } from "../http/index.ts";
import { type Source, birdwatcher } from "./birdwatcher.ts";
import { problem } from "./json.ts";
import { Page } from "./page.ts";
import type { WebViews } from "./views.ts";

export interface WebServerOptions {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** Serve the page, too. */
  readonly page: boolean;
  /** Of hosts, in lower case, by which it is answered besides addresses and localhost. */
  readonly names: readonly string[];
  readonly views: WebViews;
  /** underlay's own. */
  readonly version: string;
  /** What goes wrong after it has begun to listen; it goes on. */
  readonly onError: (error: Error) => void;
  /** Milliseconds that whoever asks has to do so, and may be without reading; default 30 s. */
  readonly patience?: number;
}

/** Alice-LG works on what it has got while it reads. */
const PATIENCE = 30_000;

/** Octets: browsers send more than Prometheus does. */
const LONGEST_HEAD = 8192;

/** Milliseconds: a million routes to a looking glass that takes its time. */
const LONGEST_ANSWER = 15 * 60_000;

/** Nothing from elsewhere, no script or style but the page's own, in nobody's frame. */
const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** birdwatcher's API, and the page where it is wanted. */
export class WebServer {
  readonly #turns = new Turns();
  readonly #source: Source;
  readonly #page: Page | undefined;
  #http!: HttpServer;

  private constructor({ views, version, page }: WebServerOptions) {
    this.#source = { views, version, turns: this.#turns };
    this.#page = page ? new Page(this.#source) : undefined;
  }

  /** Rejects with the system's error when it cannot listen there. */
  static async open(options: WebServerOptions): Promise<WebServer> {
    const web = new WebServer(options);
    web.#http = await HttpServer.open({
      host: options.host,
      port: options.port,
      names: options.names,
      patience: options.patience ?? PATIENCE,
      longestHead: LONGEST_HEAD,
      longestAnswer: LONGEST_ANSWER,
      headers: HEADERS,
      turns: web.#turns,
      answer: (question) => web.#answer(question),
      onError: options.onError,
    });
    return web;
  }

  get port(): number {
    return this.#http.port;
  }

  close(): Promise<void> {
    return this.#http.close();
  }

  #answer(question: Question): Reply | Promise<Reply> {
    const { signal } = question;
    // What the page asks for others may wait for, too; what a looking glass does is for it alone.
    const turns = {
      next: () => this.#turns.next(),
      finish: <T>(work: Iterator<unknown, T>) => this.#turns.finish(work, signal),
    };
    return (
      this.#page?.answer(question) ??
      birdwatcher({ ...this.#source, turns }, question) ??
      problem(404, "not found: there are birdwatcher's paths, as /status, /protocols, /routes/...")
    );
  }
}
