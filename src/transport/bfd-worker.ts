/** The entry point of the BFD thread. */
import { createHash, randomInt } from "node:crypto";
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { preferThread } from "../sysdep/index.ts";
import { BfdLoop } from "./bfd-loop.ts";
import { SYSTEM } from "./bfd-sockets.ts";
import type { BfdWorkerData, FromBfd, ToBfd } from "./bfd-messages.ts";

const RANDOM_STEPS = 2 ** 32;

function run(port: MessagePort, { wake }: BfdWorkerData): void {
  if (!preferThread()) port.postMessage({ kind: "not-preferred" } satisfies FromBfd);
  const loop = new BfdLoop({
    system: SYSTEM,
    wake,
    clock: () => performance.now(),
    origin: performance.timeOrigin,
    random: () => randomInt(RANDOM_STEPS) / RANDOM_STEPS,
    sha1: (bytes) => createHash("sha1").update(bytes).digest(),
    next: () => {
      const received: { message: ToBfd } | undefined = receiveMessageOnPort(port);
      return received?.message;
    },
    post: (message) => port.postMessage(message),
  });
  loop.run();
}

if (parentPort !== null) run(parentPort, workerData as BfdWorkerData);
