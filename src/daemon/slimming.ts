import { setTimeout } from "node:timers/promises";
import {
  type Mapping,
  programMappings,
  releaseMappings,
  residentMemory,
  trimMemory,
} from "../sysdep/index.ts";

/** Prefixes at which memory is given back again, and at twice as many each further time: just before the tables double. */
const FIRST = 490_000;

/** Prefixes that must have been there for memory to be given back once nine of ten of them are gone. */
const MANY = 50_000;

/** Octets by which the process grows in the rehearsal before memory is given back. */
const STEP = 3e6;
/** And by which it may have grown before the compilers are waited for, so many times so many milliseconds. */
const ROOM = 25e6;
const WAITS = 5;
const WAIT = 2;

/**
 * What the process holds of Node.js's own program, and what V8's compilers have worked with, is needed
 * while it starts and while code becomes hot, and hardly afterwards. So it is given back when the modules
 * are read, for the compilers take most of what they ever take in the rehearsal that follows; when the
 * start is over; and again before the tables are as large as they get. These are the peaks. And it is given
 * back when most prefixes are gone. What is still needed comes back by itself.
 *
 * (measured: the start's peak, of ten, before `rest` came: 103 to 127 MiB instead of 123 to 147 by the first
 * time; 1,000,000 routes: 23 MiB less by the second, 6 to 11 MiB more by the third. 100,000 routes loaded and
 * withdrawn ten times: 78 to 91 MiB afterwards instead of 109, and in the later rounds at most 100 instead of
 * 109. Each time takes 0.5 to 4 ms.)
 */
export class Slimming {
  readonly #tables: readonly { readonly size: number }[];
  readonly #memory: Memory;
  #program: readonly Mapping[] = [];
  #next = Infinity;
  /** Prefixes at most, since memory was last given back because they went. */
  #most = 0;
  /** Octets in memory from which there is room, and after memory was last given back. */
  #first = 0;
  #last = 0;

  constructor(tables: readonly { readonly size: number }[], memory: Memory = MEMORY) {
    this.#tables = tables;
    this.#memory = memory;
  }

  /** The modules are read; before the process has other threads. */
  prepare(): void {
    this.#program = programMappings();
    this.#giveBack();
    this.#first = this.#last = this.#memory.resident();
  }

  /**
   * After each slice of the rehearsal: it makes V8 compile hundreds of functions at once, each with some
   * hundred KiB to work with, and what one has freed lies between what others still use. What was waited
   * for and stays, the kernel's dump for example, is not waited for again.
   *
   * (measured: the start's peak, of fifteen: 96 to 113 MiB, median 101, instead of 115 to 150, median 130.
   * Were it waited for again after each 3 MB more: 96 to 102, but a start of 0.79 s instead of 0.60.)
   */
  async rest(): Promise<void> {
    const memory = this.#memory;
    if (memory.resident() < this.#last + STEP) return;
    if (!memory.trim()) return;
    for (let i = 0; i < WAITS && memory.resident() > this.#first + ROOM; i++) {
      await setTimeout(WAIT);
      memory.trim();
    }
    this.#last = memory.resident();
    if (this.#last > this.#first + ROOM) this.#first = this.#last;
  }

  /** The start is over. */
  begin(): void {
    this.#giveBack();
    this.#next = FIRST;
  }

  /** After each slice of work. */
  look(): void {
    const [ipv4, ipv6] = this.#tables;
    const size = ipv4.size + ipv6.size;
    if (size > this.#most) this.#most = size;
    const isMore = size >= this.#next;
    if (!isMore && (this.#most < MANY || size > this.#most / 10)) return;
    this.#next = size < FIRST ? FIRST : size * 2;
    this.#most = size;
    this.#giveBack();
  }

  #giveBack(): void {
    this.#memory.trim(); // The compilers' (measured: 13 to 20 MiB the first time).
    this.#memory.release(this.#program);
  }
}

interface Memory {
  /** Of the whole process, in octets; 0 where nobody says. */
  readonly resident: () => number;
  /** What is free of the C library's heap; false where it cannot be given back. */
  readonly trim: () => boolean;
  readonly release: (program: readonly Mapping[]) => void;
}

const MEMORY: Memory = {
  resident: residentMemory,
  trim: trimMemory,
  release: releaseMappings,
};
