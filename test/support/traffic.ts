import assert from "node:assert/strict";
import type { Host } from "./net.ts";
import type { Running } from "./process.ts";

/** Hundreds of packets a second from a host to an address, and the answers. */
export class Traffic {
  readonly #ping: Running;

  constructor(from: Host, to: string) {
    this.#ping = from.start(["ping", "-n", "-i", "0.005", to]);
  }

  /** Ends it; sequence numbers that have no answer, though later ones have. */
  async lost(): Promise<number[]> {
    await this.#ping.end("SIGINT");
    const answered = new Set<number>();
    for (const [, seq] of this.#ping.output.matchAll(/icmp_seq=(\d+) ttl/g)) answered.add(+seq);
    const last = Math.max(...answered);
    assert.ok(last > 200, `there was traffic: ${this.#ping.output.slice(0, 500)}`);
    return Array.from({ length: last }, (_, i) => i + 1).filter((seq) => !answered.has(seq));
  }
}
