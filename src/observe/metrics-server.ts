import { HttpServer, type Question, type Reply, Turns, plain } from "../http/index.ts";
import { isLoopback, parseAddress } from "../route/index.ts";
import { CONTENT_TYPE, exposition } from "./exposition.ts";
import { processFigures } from "./process-figures.ts";
import type { ObservedViews } from "./views.ts";

export interface MetricsServerOptions {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  readonly views: ObservedViews;
  /** What goes wrong after it has begun to listen; it goes on. */
  readonly onError: (error: Error) => void;
  /** Milliseconds that whoever asks has to do so, and to take the answer. Prometheus gives up after 10 s. */
  readonly patience?: number;
}

/** /metrics, /healthz and /readyz. One answer in the making at a time: whoever asks meanwhile gets the same. */
export class MetricsServer {
  readonly #views: ObservedViews;
  readonly #turns = new Turns();
  #http!: HttpServer;
  #making: Promise<string> | undefined;

  private constructor(views: ObservedViews) {
    this.#views = views;
  }

  /** Rejects with the system's error when it cannot listen there. */
  static async open({ views, ...options }: MetricsServerOptions): Promise<MetricsServer> {
    const metrics = new MetricsServer(views);
    const answer = (question: Question): Promise<Reply> => metrics.#answer(question);
    // Prometheus asks by whatever name it knows a node by; what listens for this host alone is asked from
    // it, and must not be by a page in its browser.
    const address = parseAddress(options.host);
    const names = address !== undefined && isLoopback(address) ? [] : undefined;
    metrics.#http = await HttpServer.open({ ...options, names, answer, turns: metrics.#turns });
    return metrics;
  }

  get port(): number {
    return this.#http.port;
  }

  close(): Promise<void> {
    return this.#http.close();
  }

  async #answer({ path }: Question): Promise<Reply> {
    switch (path) {
      case "/healthz":
        return plain(200, "ok");
      case "/readyz": {
        const missing = this.#views.unready();
        return missing.length === 0 ? plain(200, "ready") : plain(503, missing.join("\n"));
      }
      case "/metrics":
        this.#making ??= this.#make().finally(() => (this.#making = undefined));
        return { status: 200, type: CONTENT_TYPE, body: await this.#making };
      default:
        return plain(404, "not found: there are /metrics, /healthz and /readyz");
    }
  }

  /** The whole text, made in small pieces of time: a session does not wait for it. */
  #make(): Promise<string> {
    return this.#turns.finish(joined(exposition(this.#views, processFigures())));
  }
}

function* joined(pieces: Iterable<string>): Generator<undefined, string, undefined> {
  let text = "";
  for (const piece of pieces) {
    text += piece;
    yield undefined;
  }
  return text;
}
