import { askToEnd } from "./client.ts";
import { printReply } from "./print.ts";
import type { Verb } from "./verbs.ts";

const sayPatience = (): void => {
  process.stderr.write("underlayctl: still removing routes ...\n");
};

/** `down`: whoever ends the daemon waits for its end. */
export const down: Verb = {
  name: "down",
  full: true,
  words: [],
  help: [
    {
      usage: "down",
      text: "take all routes away and end the daemon; comes back when that is done, with status 1 if anything is left in the kernel",
    },
  ],
  options: [],
  writes: true,
  run: (call) => printReply(call, (line) => askToEnd(call.socket, line, sayPatience)),
};
