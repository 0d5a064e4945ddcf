/** How the C library keeps the memory that V8 and the tables ask it for (mallopt(3)). */
import { readFileSync } from "node:fs";
import * as libc from "./libc.ts";

const M_MMAP_THRESHOLD = -3;
const M_ARENA_MAX = -8;
const LARGE = 128 << 10;

/**
 * Lets the process give back what it no longer needs; to be called before it has other threads than
 * Node.js's own. One arena for all threads, not one for each: what a compiler thread has freed is
 * there for the others. And each large block comes from the kernel and goes back to it: by default
 * glibc raises that limit to the size of the largest block that was freed, up to 32 MiB, so that the
 * halves that doubling tables leave behind stay in its heap.
 *
 * (measured: 1,000,000 routes: peak 15 MiB less, the same CPU time)
 * @returns whether this C library has these settings (glibc; musl does so by itself)
 */
export function returnMemory(): boolean {
  const oneArena = libc.mallopt(M_ARENA_MAX, 1);
  return libc.mallopt(M_MMAP_THRESHOLD, LARGE) && oneArena;
}

/**
 * Gives back now what lies free in the C library's heap (malloc_trim(3)): some milliseconds.
 * @returns whether this C library can (glibc)
 */
export function trimMemory(): boolean {
  return libc.mallocTrim();
}

/** What of this process is in memory, in octets; 0 where /proc does not say. */
export function residentMemory(): number {
  try {
    return process.memoryUsage.rss();
  } catch {
    return 0;
  }
}

const MADV_DONTNEED = 4;

/**
 * What is mapped of this process's executable and may be released: Node.js's code and constants. To be
 * asked once, for /proc/self/smaps takes milliseconds, and before the first worker: for each V8 maps some
 * of its code once more, and when the worker ends the addresses may become somebody's data. Empty where
 * /proc does not say what is mapped.
 */
export function programMappings(): readonly Mapping[] {
  try {
    return unchangedMappings(readFileSync("/proc/self/smaps", "latin1"), process.execPath);
  } catch {
    return [];
  }
}

/**
 * Takes them out of the process's memory. The pages stay in the kernel's cache of files; one that is
 * needed again comes back by a fault, without a read (MADV_DONTNEED of madvise(2)).
 */
export function releaseMappings(mappings: readonly Mapping[]): void {
  for (const { start, length } of mappings) libc.madvise(start, length, MADV_DONTNEED);
}

export interface Mapping {
  /** Address; below 2^47. */
  readonly start: number;
  /** Bytes. */
  readonly length: number;
  /** KiB. */
  readonly resident: number;
}

/**
 * The mappings of `file` that cannot be written to and of which no page, in memory or swapped out,
 * differs from the file: such a page would be lost. Only of the executable: what is mapped of it has been
 * so since the process began, where a library that a thread is just loading changes under the eyes of who
 * reads.
 * `smaps`: /proc/PID/smaps (proc_pid_smaps(5)).
 */
export function unchangedMappings(smaps: string, file: string): Mapping[] {
  const found: Mapping[] = [];
  for (const part of smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)) {
    const head = /^([0-9a-f]+)-([0-9a-f]+) r-[x-]p \S+ \S+ \d+ +(.*)$/m.exec(part);
    if (head?.[3] !== file) continue;
    if (kibibytes(part, "Anonymous") !== 0 || kibibytes(part, "Swap") !== 0) continue;
    const [start, end] = [parseInt(head[1], 16), parseInt(head[2], 16)];
    found.push({ start, length: end - start, resident: kibibytes(part, "Rss") ?? 0 });
  }
  return found;
}

function kibibytes(part: string, key: string): number | undefined {
  const match = new RegExp(`^${key}: +(\\d+) kB$`, "m").exec(part);
  return match === null ? undefined : Number(match[1]);
}
