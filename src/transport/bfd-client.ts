/** The main thread's side of BFD. */
import { Worker } from "node:worker_threads";
import type { SessionView } from "../bfd/index.ts";
import { closeDescriptor, isSystemFault, openEvent, signalEvent } from "../sysdep/index.ts";
import type { BfdChange, BfdSession, BfdWorkerData, FromBfd, ToBfd } from "./bfd-messages.ts";

export interface BfdHandlers {
  onChange(change: BfdChange): void;
  /** A session cannot be held now: for the log. It is tried again. */
  onProblem(name: string, text: string): void;
  /** The thread has to take its turn among all others on the machine. */
  onNotPreferred(): void;
  /** The thread is dead, and all sessions with it; onChange says nothing more. */
  onError(error: Error): void;
}

/** Run from the sources or from dist/bin/: the worker's file is beside this one, and ends like it. */
const WORKER = import.meta.url.endsWith(".ts") ? "./bfd-worker.ts" : "./bfd-worker.js";

/** Sessions by name. The thread is started with the first one. */
export class BfdClient {
  readonly #handlers: BfdHandlers;
  readonly #leave = (): void => this.#post({ kind: "close" });
  readonly #program: URL;
  readonly #names = new Set<string>();
  #views: ReadonlyMap<string, SessionView> = new Map();
  #worker: Worker | undefined;
  #wake = -1;
  #ended: Promise<void> = Promise.resolve();

  /** `program`: what the thread runs, for who does not want the real one. */
  constructor(handlers: BfdHandlers, program = new URL(WORKER, import.meta.url)) {
    this.#handlers = handlers;
    this.#program = program;
  }

  /** Begins a session, or changes the one of that name. Throws when no thread can be started. */
  set(name: string, session: BfdSession): void {
    this.#names.add(name);
    this.#start();
    this.#post({ kind: "set", name, session });
  }

  remove(name: string): void {
    if (this.#names.delete(name)) this.#post({ kind: "remove", name });
  }

  /** As of about a second ago; `since` is milliseconds since 1970. */
  view(name: string): SessionView | undefined {
    return this.#names.has(name) ? this.#views.get(name) : undefined;
  }

  /** Tells all neighbours AdminDown and ends the thread. */
  async close(): Promise<void> {
    this.#names.clear();
    this.#post({ kind: "close" });
    await this.#ended;
  }

  #start(): void {
    if (this.#worker !== undefined) return;
    const wake = openEvent();
    if (isSystemFault(wake)) throw new Error(wake.message);
    this.#wake = wake;
    const workerData: BfdWorkerData = { wake };
    const worker = new Worker(this.#program, {
      workerData,
      name: "bfd",
      // It makes few objects, and a heap this small is cleaned by the thread itself: no helper without
      // its priority is waited for.
      resourceLimits: { maxYoungGenerationSizeMb: 1 },
    });
    this.#worker = worker;
    // A thread that blocks in poll() would hold up process.exit().
    process.once("exit", this.#leave);
    worker.on("message", (message: FromBfd) => this.#take(message));
    let failure: Error | undefined;
    worker.on("error", (error: unknown) => {
      failure = error instanceof Error ? error : new Error(String(error));
    });
    this.#ended = new Promise((ended) => {
      worker.once("exit", (code) => {
        this.#worker = undefined;
        this.#views = new Map();
        process.off("exit", this.#leave);
        closeDescriptor(wake);
        if (code !== 0) {
          this.#handlers.onError(failure ?? new Error(`the BFD thread ended with code ${code}`));
        }
        ended();
      });
    });
  }

  #post(message: ToBfd): void {
    if (this.#worker === undefined) return;
    this.#worker.postMessage(message);
    signalEvent(this.#wake);
  }

  #take(message: FromBfd): void {
    if (message.kind === "views") this.#views = new Map(message.views);
    else if (message.kind === "not-preferred") this.#handlers.onNotPreferred();
    // What was on its way when a session was taken away is nobody's business any more.
    else if (!this.#names.has(message.name)) return;
    else if (message.kind === "change") this.#handlers.onChange(message);
    else this.#handlers.onProblem(message.name, message.text);
  }
}
