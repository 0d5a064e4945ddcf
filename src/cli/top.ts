import type { Verb } from "./verbs.ts";

/** `top`. What it needs is loaded when it runs: nothing else does. */
export const top: Verb = {
  name: "top",
  words: [],
  help: [
    {
      usage: "top [--interval SECONDS] [--once]",
      text: "sessions with their rates and queues, the kernel's queue, how late the event loop is, CPU time and memory, drawn anew every second; with --json, an object each time; --once: one time, also without a terminal",
    },
  ],
  options: [
    ["--interval <seconds>", "seconds between two looks (1)"],
    ["--once", "one time"],
  ],
  writes: false,
  local: true,
  run: async (call) => (await import("./top-loop.ts")).runTop(call),
};
