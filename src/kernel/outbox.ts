/** The worker's way out: facts are collected into messages, and order is kept with everything else. */
import type { KernelFact } from "../fib/index.ts";
import type { FromWorker } from "./messages.ts";

const FACTS_AT_MOST = 256;

export class Outbox {
  readonly #post: (message: FromWorker, transfer?: readonly ArrayBuffer[]) => void;
  #facts: KernelFact[] = [];

  constructor(post: (message: FromWorker, transfer?: readonly ArrayBuffer[]) => void) {
    this.#post = post;
  }

  fact(fact: KernelFact): void {
    this.#facts.push(fact);
    if (this.#facts.length >= FACTS_AT_MOST) this.flush();
  }

  post(message: FromWorker, transfer?: readonly ArrayBuffer[]): void {
    this.flush();
    this.#post(message, transfer);
  }

  flush(): void {
    if (this.#facts.length === 0) return;
    const facts = this.#facts;
    this.#facts = [];
    this.#post({ kind: "facts", facts });
  }
}
