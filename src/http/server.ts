import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { guard } from "./guard.ts";
import { type Pieces, type Question, type Reply, plain } from "./reply.ts";
import type { Turns } from "./turns.ts";

/** Milliseconds. */
const PATIENCE = 5000;
const LONGEST_ANSWER = 30_000;

/** Connections at one time; one more is closed. */
const MOST = 16;

/** Questions under way: that of whoever has gone away is answered to its end, and new ones may come meanwhile. */
const QUESTIONS = 4 * MOST;

/** Octets of a request's head. */
const LONGEST_HEAD = 4096;

/** Characters that are written at a time. */
const CHUNK = 16 * 1024;

export interface HttpServerOptions {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /**
   * Of hosts, in lower case, by which it is answered besides addresses and names without a dot.
   * undefined: by any, for where everybody may ask who reaches it.
   */
  readonly names: readonly string[] | undefined;
  /** Of GET and HEAD; what it rejects with is told by onError and answered by 500. */
  readonly answer: (question: Question) => Reply | Promise<Reply>;
  /** In whose turns pieces are made. */
  readonly turns: Turns;
  /** What goes wrong after it has begun to listen; it goes on. */
  readonly onError: (error: Error) => void;
  /** Milliseconds that whoever asks has to do so, and may be without reading; default 5 s. */
  readonly patience?: number | undefined;
  /** Milliseconds that a connection may last in all, however it is read; default 30 s. */
  readonly longestAnswer?: number;
  /** Octets of a request's head; default 4096. */
  readonly longestHead?: number;
  /** Of every answer. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Listens, and answers one request a connection. */
export class HttpServer {
  readonly #server: Server;
  readonly #options: HttpServerOptions;
  #questions = 0;

  private constructor(server: Server, options: HttpServerOptions) {
    this.#server = server;
    this.#options = options;
  }

  /** Rejects with the system's error when it cannot listen there. */
  static async open(options: HttpServerOptions): Promise<HttpServer> {
    const { host, port, onError, patience = PATIENCE, longestHead = LONGEST_HEAD } = options;
    const { longestAnswer = LONGEST_ANSWER } = options;
    // Only where it is wanted: the module takes memory.
    const { createServer } = await import("node:http");
    const server = createServer({
      maxHeaderSize: longestHead,
      headersTimeout: patience,
      requestTimeout: patience,
      connectionsCheckingInterval: patience,
      keepAlive: false,
    });
    server.maxConnections = MOST;
    // Else what comes in one go with the first is answered besides, however many they are.
    server.maxRequestsPerSocket = 1;
    server.timeout = patience;
    // Else sixteen who read an octet now and then would keep everybody else out.
    server.on("connection", (socket) => {
      const end = setTimeout(() => socket.destroy(), longestAnswer);
      socket.once("close", () => clearTimeout(end));
    });
    const http = new HttpServer(server, options);
    server.on("request", (request, response) => void http.#serve(request, response));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port, exclusive: true, ipv6Only: true }, () => {
        server.off("error", reject);
        resolve();
      });
    });
    server.on("error", onError);
    return http;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, type, body, headers } = await this.#reply(request, response);
    const isWhole = typeof body === "string" || body instanceof Uint8Array;
    response.writeHead(status, {
      "content-type": type,
      ...(isWhole && { "content-length": Buffer.byteLength(body) }),
      connection: "close",
      ...this.#options.headers,
      ...headers,
    });
    if (request.method === "HEAD") response.end();
    else if (isWhole) response.end(body);
    else await this.#stream(response, body);
  }

  async #reply(
    { method, url = "", headers }: IncomingMessage,
    response: ServerResponse,
  ): Promise<Reply> {
    if (method !== "GET" && method !== "HEAD") {
      return { ...plain(405, "only GET and HEAD"), headers: { allow: "GET, HEAD" } };
    }
    const mark = url.indexOf("?");
    const path = mark < 0 ? url : url.slice(0, mark);
    const query = new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1));
    if (this.#questions >= QUESTIONS) return plain(503, "too many questions are under way");
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const question = { path, query, headers, signal: gone.signal };
    const refused = guard(question, this.#options.names);
    if (refused !== undefined) return refused;
    this.#questions++;
    try {
      return await this.#options.answer(question);
    } catch (error) {
      if (gone.signal.aborted) return plain(503, "nobody is there");
      this.#options.onError(error as Error);
      return plain(500, "a fault in underlayd: see its log");
    } finally {
      this.#questions--;
    }
  }

  /** In turns, and no faster than it is read. */
  async #stream(response: ServerResponse, pieces: Pieces): Promise<void> {
    const { turns, onError } = this.#options;
    try {
      let text = "";
      let until = await turns.next();
      for (const piece of pieces) {
        text += piece ?? "";
        const isFull = text.length >= CHUNK;
        if (!isFull && performance.now() < until) continue;
        if (isFull) {
          const goesOn = response.write(text);
          text = "";
          if (!goesOn) await drained(response);
        }
        if (response.destroyed) return;
        until = await turns.next();
      }
      response.end(text);
    } catch (error) {
      onError(error as Error);
      response.destroy();
    }
  }
}

/** When it can be written to again, or there is nobody any more. */
async function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed) return;
  const waiting = new AbortController();
  const { signal } = waiting;
  const events = ["drain", "close"].map((event) => once(response, event, { signal }));
  await Promise.race(events);
  waiting.abort();
  await Promise.allSettled(events);
}
