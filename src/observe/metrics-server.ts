import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { CONTENT_TYPE, exposition } from "./exposition.ts";
import { processFigures } from "./process-figures.ts";
import type { ObservedViews } from "./views.ts";

/** Milliseconds of a turn of the event loop that an answer may take. */
const BUDGET = 2;

/** Milliseconds. Prometheus itself gives up after ten seconds. */
const PATIENCE = 5000;

/** Connections at one time; one more is closed. */
const MOST = 16;

/** Bytes of a request's head. A GET of Prometheus has some hundred. */
const LONGEST_HEAD = 4096;

const TEXT = "text/plain; charset=utf-8";

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const plain = (status: number, body: string): Reply => ({ status, type: TEXT, body: `${body}\n` });

export interface MetricsServerOptions {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  readonly views: ObservedViews;
  /** What goes wrong after it has begun to listen; it goes on. */
  readonly onError: (error: Error) => void;
  /** Milliseconds that whoever asks has to do so, and to take the answer. */
  readonly patience?: number;
}

/**
 * /metrics, /healthz and /readyz over HTTP. One request a connection, one answer in the making at a
 * time: whoever asks meanwhile gets the same.
 */
export class MetricsServer {
  readonly #server: Server;
  readonly #views: ObservedViews;
  readonly #onError: MetricsServerOptions["onError"];
  #making: Promise<string> | undefined;

  private constructor(server: Server, { views, onError }: MetricsServerOptions) {
    this.#server = server;
    this.#views = views;
    this.#onError = onError;
  }

  /** Rejects with the system's error when it cannot listen there. */
  static async open(options: MetricsServerOptions): Promise<MetricsServer> {
    const { host, port, onError, patience = PATIENCE } = options;
    // Only where it is wanted: the module takes memory.
    const { createServer } = await import("node:http");
    const server = createServer({
      maxHeaderSize: LONGEST_HEAD,
      headersTimeout: patience,
      requestTimeout: patience,
      connectionsCheckingInterval: patience,
      keepAlive: false,
    });
    server.maxConnections = MOST;
    server.timeout = patience;
    const metrics = new MetricsServer(server, options);
    server.on("request", (request, response) => void metrics.#answer(request, response));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port, exclusive: true, ipv6Only: true }, () => {
        server.off("error", reject);
        resolve();
      });
    });
    server.on("error", onError);
    return metrics;
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

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, type, body } = await this.#reply(request).catch((error: Error) => {
      this.#onError(error);
      return plain(500, "a fault in underlayd: see its log");
    });
    response.writeHead(status, {
      "content-type": type,
      "content-length": Buffer.byteLength(body),
      connection: "close",
      ...(status === 405 && { allow: "GET, HEAD" }),
    });
    response.end(request.method === "HEAD" ? undefined : body);
  }

  async #reply({ method, url = "" }: IncomingMessage): Promise<Reply> {
    const [path] = url.split("?", 1);
    const isKnown = path === "/metrics" || path === "/healthz" || path === "/readyz";
    if (!isKnown) return plain(404, "not found: there are /metrics, /healthz and /readyz");
    if (method !== "GET" && method !== "HEAD") return plain(405, "only GET and HEAD");
    if (path === "/healthz") return plain(200, "ok");
    if (path === "/metrics") {
      this.#making ??= this.#make().finally(() => (this.#making = undefined));
      return { status: 200, type: CONTENT_TYPE, body: await this.#making };
    }
    const missing = this.#views.unready();
    return missing.length === 0 ? plain(200, "ready") : plain(503, missing.join("\n"));
  }

  /** The whole text, made in small pieces of time: a session does not wait for it. */
  async #make(): Promise<string> {
    let text = "";
    let until = performance.now() + BUDGET;
    for (const piece of exposition(this.#views, processFigures())) {
      text += piece;
      if (performance.now() < until) continue;
      await new Promise((resolve) => setImmediate(resolve));
      until = performance.now() + BUDGET;
    }
    return text;
  }
}
