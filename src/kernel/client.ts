/** The main thread's side of the netlink worker. */
import { MessageChannel, Worker } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import type { LinkCounters } from "rtnetlink-ts";
import { DUMP_KINDS } from "../fib/index.ts";
import type { BatchResult, DumpKind, FibBatch, KernelFact } from "../fib/index.ts";
import { closeDescriptor, isSystemFault, openEvent, signalEvent } from "../sysdep/index.ts";
import type { Inquiry, InquiryReport } from "./inquiry.ts";
import { SLOT } from "./messages.ts";
import type {
  FromWorker,
  KernelInfo,
  KernelSettings,
  Question,
  ToWorker,
  WorkerData,
} from "./messages.ts";

/** Called in the order in which the worker spoke; none of them before start() has resolved. */
export interface KernelHandlers {
  onFacts(facts: readonly KernelFact[]): void;
  /** Our own routes: between the begin and end of the "own-routes" dump, and one changed by others. */
  onOwnRoutes(packed: Uint32Array<ArrayBuffer>, count: number): void;
  onResult(result: BatchResult): void;
  /** May come twice without an end between them: the dump starts over. */
  onDumpBegin(what: DumpKind): void;
  onDumpEnd(what: DumpKind): void;
  /** Events were lost: what is known may be wrong until it has been dumped again. */
  onOverrun(): void;
  /** Something that does not go as it should and needs no answer: for the log. */
  onProblem(message: string): void;
  /** The worker is dead; no answer comes any more. */
  onError(error: Error): void;
}

/** Questions that may be unanswered at once: more are answered by silence. */
const QUESTIONS = 64;

type Answer = InquiryReport | readonly LinkCounters[] | undefined;

export class KernelClient {
  readonly #settings: KernelSettings;
  readonly #handlers: KernelHandlers;
  readonly #slots = new Int32Array(new SharedArrayBuffer(SLOT.COUNT * 4));
  readonly #leave = (): void => this.#hurry();
  /** Dumps that the worker has been asked for and has not begun. */
  readonly #asked = new Set<DumpKind>();
  #questionPort: MessagePort | undefined;
  readonly #questions = new Map<number, (answer: Answer) => void>();
  #question = 0;
  #worker: Worker | undefined;
  #wake = -1;
  #ended: Promise<void> = Promise.resolve();

  constructor(settings: KernelSettings, handlers: KernelHandlers) {
    this.#settings = settings;
    this.#handlers = handlers;
  }

  /** Starts the worker. Rejects when it cannot open its sockets. To be called once. */
  async start(): Promise<KernelInfo> {
    const wake = openEvent();
    if (isSystemFault(wake)) throw new Error(wake.message);
    this.#wake = wake;
    const { port1, port2 } = new MessageChannel();
    this.#questionPort = port1;
    const workerData: WorkerData = {
      ...{ settings: this.#settings, slots: this.#slots, wake },
      questions: port2,
    };
    // Run from the sources or from dist/bin/: the worker's file is beside this one, and ends like it.
    const file = import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js";
    const worker = new Worker(new URL(file, import.meta.url), {
      workerData,
      transferList: [port2],
      name: "netlink",
      resourceLimits: { maxYoungGenerationSizeMb: 8 }, // it makes few objects
    });
    this.#worker = worker;
    // A thread that blocks in poll() would hold up process.exit().
    process.once("exit", this.#leave);
    return new Promise<KernelInfo>((resolve, reject) => {
      let ready = false;
      let failed = false;
      const fail = (error: Error): void => {
        if (failed) return; // 'exit' follows upon 'error'
        failed = true;
        if (ready) this.#handlers.onError(error);
        else reject(error);
      };
      worker.on("message", (message: FromWorker) => {
        if (message.kind !== "ready") return this.#take(message);
        ready = true;
        resolve(message.info);
      });
      worker.on("error", (error: unknown) => {
        fail(error instanceof Error ? error : new Error(String(error)));
      });
      this.#ended = new Promise((ended) => {
        worker.once("exit", (code) => {
          this.#worker = undefined;
          port1.close();
          process.off("exit", this.#leave);
          closeDescriptor(wake);
          if (code !== 0 || !ready) fail(new Error(`the netlink worker ended with code ${code}`));
          ended();
        });
      });
    });
  }

  /** Hands over a batch; its routes must not change before onResult. */
  submit(batch: FibBatch): void {
    this.#post({ kind: "batch", batch });
  }

  /**
   * Asks for dumps; left out: of everything. What is asked for already and has not begun will show
   * all that has happened until now, and is not asked for twice: many overruns make one dump.
   */
  dump(what: readonly DumpKind[] = DUMP_KINDS): void {
    const missing = what.filter((kind) => !this.#asked.has(kind));
    if (missing.length === 0 || this.#worker === undefined) return;
    for (const kind of missing) this.#asked.add(kind);
    this.#post({ kind: "dump", what: missing });
  }

  /**
   * Others' routes in these tables are followed from now on, besides those of the usual ones. What is
   * in them already is not told before the next dump of routes.
   */
  follow(tables: readonly number[]): void {
    this.#post({ kind: "follow", tables });
    this.#asked.delete("routes");
  }

  /**
   * Asks the kernel about one route, before the batches that have been submitted are all done; what they
   * have brought until then is in the answer, which comes before their results. undefined: there was
   * none within `patience` milliseconds.
   */
  inquire(inquiry: Inquiry, patience: number): Promise<InquiryReport | undefined> {
    return this.#ask(patience, (number) => ({ kind: "inquire", number, inquiry }));
  }

  /** What has gone by each link until now; undefined: there was no answer within `patience`. */
  count(patience: number): Promise<readonly LinkCounters[] | undefined> {
    return this.#ask(patience, (number) => ({ kind: "count", number }));
  }

  /** Ends the worker after what was submitted before; resolves when it is gone. */
  async close(): Promise<void> {
    this.#post({ kind: "close" });
    await this.#ended;
  }

  #post(message: ToWorker): void {
    if (this.#worker === undefined) return; // dead or closed: onError or close() has said so
    this.#worker.postMessage(message);
    signalEvent(this.#wake);
  }

  /** `message`: one that is answered with an `Asked`, under the number that it is given. */
  #ask<Asked extends Answer>(
    patience: number,
    message: (number: number) => Question,
  ): Promise<Asked | undefined> {
    if (this.#worker === undefined || this.#questions.size >= QUESTIONS) {
      return Promise.resolve(undefined);
    }
    const number = ++this.#question;
    return new Promise((resolve) => {
      // An answer may be there that this thread has been too busy to take: it comes in before the second step.
      const giveUp = (): void => this.#answer(number, undefined);
      const timer = setTimeout(() => setImmediate(giveUp), patience);
      this.#questions.set(number, (answer) => {
        clearTimeout(timer);
        resolve(answer as Asked | undefined);
      });
      this.#questionPort?.postMessage(message(number));
      signalEvent(this.#wake);
    });
  }

  /** Of one that has been given up nobody wants to know any more. */
  #answer(number: number, answer: Answer): void {
    const answered = this.#questions.get(number);
    this.#questions.delete(number);
    answered?.(answer);
  }

  #hurry(): void {
    Atomics.store(this.#slots, SLOT.CLOSING, 1);
    signalEvent(this.#wake);
  }

  #take(message: Exclude<FromWorker, { kind: "ready" }>): void {
    const handlers = this.#handlers;
    switch (message.kind) {
      case "facts":
        return handlers.onFacts(message.facts);
      case "own-routes":
        return handlers.onOwnRoutes(message.packed, message.count);
      case "result":
        return handlers.onResult(message.result);
      case "dump-begin":
        this.#asked.delete(message.what);
        return handlers.onDumpBegin(message.what);
      case "dump-end":
        return handlers.onDumpEnd(message.what);
      case "report":
        return this.#answer(message.number, message.report);
      case "counters":
        return this.#answer(message.number, message.counters);
      case "overrun":
        return handlers.onOverrun();
      case "problem":
        return handlers.onProblem(message.message);
    }
  }
}
