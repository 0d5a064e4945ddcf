import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Host } from "../support/net.ts";
import type { Running } from "../support/process.ts";
import { compile } from "./compile.ts";
import { Dialogue } from "./dialogue.ts";

/** Nanoseconds between two packets: a stray of a tenth of a millisecond is seen. */
const GAP = 100_000;

/** What became of each packet, by its number: milliseconds since 1970; 0: it has not arrived. */
export interface Journeys {
  readonly sent: Float64Array;
  /** By receiver. */
  readonly arrived: readonly Float64Array[];
}

/**
 * A steady stream of packets from one host to addresses taken at random (traffic.c). The receivers
 * have to take these addresses for their own.
 */
export class Traffic {
  readonly #sender: Running;
  readonly #receivers: readonly Running[];
  readonly #files: readonly string[];

  /** `files`: what the sender and each receiver write at their end. */
  private constructor(sender: Running, receivers: readonly Running[], files: readonly string[]) {
    this.#sender = sender;
    this.#receivers = receivers;
    this.#files = files;
  }

  /** `addresses`: in host order. */
  static async start(from: Host, to: readonly Host[], addresses: Uint32Array): Promise<Traffic> {
    const { folder } = from.net;
    const program = compile(folder, "traffic.c");
    const list = join(folder, "addresses");
    writeFileSync(list, addresses);
    const files = [from, ...to].map(({ name }) => join(folder, `${name}.times`));
    const start = async (host: Host, ...words: string[]): Promise<Running> => {
      // They are the yardstick: whatever else is busy here, they have their turn.
      const running = host.start(["chrt", "--rr", "1", program, ...words]);
      await new Dialogue(running).event("ready");
      return running;
    };
    const receivers: Running[] = [];
    for (const [i, host] of to.entries()) {
      receivers.push(await start(host, "receive", files[i + 1]));
    }
    return new Traffic(await start(from, "send", list, `${GAP}`, files[0]), receivers, files);
  }

  async end(): Promise<Journeys> {
    await this.#sender.end();
    // What is on its way still arrives.
    await pause(200);
    await Promise.all(this.#receivers.map((receiver) => receiver.end()));
    const [sent, ...arrived] = this.#files.map(timesIn);
    return { sent, arrived };
  }
}

function timesIn(file: string): Float64Array {
  const bytes = readFileSync(file);
  const times = new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
  return Float64Array.from(times, (nanoseconds) => Number(nanoseconds) / 1e6);
}

/** Numbers of the packets sent from a moment on that have not come to a receiver. */
export function astray({ sent, arrived }: Journeys, receiver: number, from: number): number[] {
  const numbers: number[] = [];
  for (const [i, at] of sent.entries()) {
    if (at >= from && (arrived[receiver][i] ?? 0) === 0) numbers.push(i);
  }
  return numbers;
}
