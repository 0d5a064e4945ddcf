import { ClientError } from "./client.ts";
import { printReply } from "./print.ts";
import { FIRST_ERROR } from "./reply-reader.ts";
import type { Call, Verb } from "./verbs.ts";

/** Seconds in a unit. */
const UNITS: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600 };

/** `drain`: with --wait each step is shown as it begins. */
export const drain: Verb = {
  name: "drain",
  full: true,
  words: ["status"],
  help: [
    {
      usage: "drain [NAME] [--wait] [--timeout TIME]",
      text: "take this node out of service without losing a packet: graceful shutdown (RFC 8326) to all neighbours, then no route any more; sessions stay up. With NAME, a neighbour or a range, only that one. --wait comes back when no traffic comes any more, with status 1 if that is not so within TIME (90s, 5m) or it was taken back; what was begun goes on",
    },
    { usage: "drain status", text: "how far that is" },
  ],
  options: [
    ["--wait", "drain: come back when it is done"],
    ["--timeout <time>", "drain --wait: how long at most, as 90s or 5m"],
  ],
  writes: true,
  looks: ["status"],
  run: (call) => (call.flags["wait"] === true ? drainAndWait(call) : drainOnly(call)),
};

/** `undrain`. */
export const undrain: Verb = {
  name: "undrain",
  full: true,
  words: [],
  help: [{ usage: "undrain [NAME]", text: "back into service: all routes are announced again" }],
  options: [],
  writes: true,
  run: (call) => printReply(call),
};

function drainOnly(call: Call): Promise<number> {
  if (call.flags["timeout"] !== undefined) throw new ClientError("--timeout goes with --wait");
  return printReply(call);
}

async function drainAndWait(call: Call): Promise<number> {
  const { timeout } = call.flags;
  const limit = timeout === undefined ? "" : ` timeout ${secondsOf(String(timeout))}`;
  const line = `${call.line} wait${limit}`;
  if (call.json) return printReply({ ...call, line });
  return printSteps({ ...call, line });
}

/** Line by line: whoever waits wants to see what for. */
async function printSteps(call: Call): Promise<number> {
  const { line, output } = call;
  for await (const { code, text, last } of call.ask(line)) {
    if (code >= FIRST_ERROR) await output.complain(`${text}\n`);
    else await output.write(`${text}\n`);
    await output.flush();
    if (last) return code >= FIRST_ERROR ? 1 : 0;
  }
  return 1;
}

function secondsOf(text: string): number {
  const [, number, unit] = /^([0-9]{1,5})(s|m|h)?$/.exec(text) ?? [];
  if (number === undefined)
    throw new ClientError(`--timeout ${text}: a time is wanted, as 90s or 5m`);
  return Number(number) * UNITS[(unit as string | undefined) ?? ""];
}
