import type { HelpEntry } from "./help.ts";
import type { Output } from "./output.ts";
import type { ReplyRow } from "./reply-reader.ts";
import { apply } from "./apply.ts";
import { down } from "./down.ts";
import { plan } from "./plan.ts";
import { top } from "./top.ts";
import { drain, undrain } from "./drain.ts";

// Verbs for which underlayctl does more than to send a line and print the reply. Each has a file of its
// own; what only such a verb needs is loaded by its run(), so that the others start no later for it.

/** A verb of underlayctl's own. */
export interface Verb {
  /** The first word. It is written out in full where `full` says so, and may be shortened else. */
  readonly name: string;
  readonly full?: true;
  /** Words that may follow it, as shells and the prompt complete them. */
  readonly words: readonly string[];
  readonly help: readonly HelpEntry[];
  /** Options that only it has, as commander writes them: `--wait`, `--confirm-within <time>`. */
  readonly options: readonly (readonly [flags: string, text: string])[];
  /** It changes something: there is no watching it. */
  readonly writes: boolean;
  /** Second words with which it only looks. */
  readonly looks?: readonly string[];
  /** The daemon knows no such command. */
  readonly local?: true;
  /** Gives the exit status. A ClientError's message is printed, and the status is 1 then. */
  run(call: Call): Promise<number>;
}

/** What a verb is called with. */
export interface Call {
  /** Path of the control socket. */
  readonly socket: string;
  readonly json: boolean;
  /** The command's words, the verb first; those that may be shortened are written out. */
  readonly words: readonly string[];
  /** The same as a line for the socket. */
  readonly line: string;
  /** Its own options by their long names in camel case (`confirmWithin`). */
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  readonly output: Output;
  /**
   * The daemon's rows to a line, over the conversation that is under way where there is one. Throws
   * ClientError.
   */
  ask(line: string): AsyncIterable<ReplyRow>;
}

export const VERBS: readonly Verb[] = [plan, apply, top, down, drain, undrain];

export function findVerb(name: string): Verb | undefined {
  return VERBS.find((verb) => verb.name === name);
}
