import type { Verb } from "./verbs.ts";

/** `apply`: `configure` for whoever may cut himself off by it. */
export const apply: Verb = {
  name: "apply",
  words: [],
  help: [
    {
      usage: "apply [FILE] [--confirm-within TIME]",
      text: "check a configuration, show what it changes, and let it run; with a time (60s, 5m), what ran before comes back unless it is confirmed: here, on a terminal, or by configure confirm. FILE: another one than the daemon's own, which SIGHUP and the next start read all the same",
    },
  ],
  options: [["--confirm-within <time>", "go back in that time, unless it is confirmed"]],
  writes: true,
  run: async (call) => (await import("./applying.ts")).applyFile(call),
};
