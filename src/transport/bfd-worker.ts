/** The entry point of the BFD thread. */
import { createHash, randomInt } from "node:crypto";
import { setPriority } from "node:os";
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { BfdLoop } from "./bfd-loop.ts";
import type { BfdWorkerData, ToBfd } from "./bfd-messages.ts";

/** Before everything that is no hurry; on Linux the priority is of the thread, not the process. */
const PRIORITY = -15;
const RANDOM_STEPS = 2 ** 32;

function run(port: MessagePort, { wake }: BfdWorkerData): void {
  try {
    setPriority(0, PRIORITY);
  } catch {
    // Without CAP_SYS_NICE it runs with the others' priority.
  }
  const loop = new BfdLoop({
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
