import { type Mapping, programMappings, releaseMappings, trimMemory } from "../sysdep/index.ts";

/** Prefixes at which memory is given back again, and at twice as many each further time: just before the tables double. */
const FIRST = 490_000;

/**
 * What the process holds of Node.js's own program, and what V8's compilers have worked with, is needed
 * while it starts and while code becomes hot, and hardly afterwards. So it is given back when the modules
 * are read, for the compilers take most of what they ever take in the rehearsal that follows; when the
 * start is over; and again before the tables are as large as they get. These are the peaks. What is still
 * needed comes back by itself.
 *
 * (measured: the start's peak, of ten: 103 to 127 MiB instead of 123 to 147 by the first time; 1,000,000
 * routes: 23 MiB less by the second, 6 to 11 MiB more by the third)
 */
export class Slimming {
  readonly #tables: readonly { readonly size: number }[];
  readonly #giveBack: (program: readonly Mapping[]) => void;
  #program: readonly Mapping[] = [];
  #next = Infinity;

  constructor(tables: readonly { readonly size: number }[], giveBack = giveBackMemory) {
    this.#tables = tables;
    this.#giveBack = giveBack;
  }

  /** The modules are read; before the process has other threads. */
  prepare(): void {
    this.#program = programMappings();
    this.#giveBack(this.#program);
  }

  /** The start is over. */
  begin(): void {
    this.#giveBack(this.#program);
    this.#next = FIRST;
  }

  /** After each slice of work. */
  look(): void {
    const [ipv4, ipv6] = this.#tables;
    const size = ipv4.size + ipv6.size;
    if (size < this.#next) return;
    this.#next = size * 2;
    this.#giveBack(this.#program);
  }
}

function giveBackMemory(program: readonly Mapping[]): void {
  trimMemory(); // The compilers' (measured: 13 to 20 MiB the first time).
  releaseMappings(program);
}
