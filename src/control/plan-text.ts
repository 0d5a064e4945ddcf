import { countsText } from "./plan-verdict.ts";
import type { PlanChange, PlanItem, PlannedPeer, PlanView } from "./plan-views.ts";

// A plan as people read it.

const MARKS: Readonly<Record<PlanChange, string>> = { appear: "+", vanish: "-", change: "~" };

/** A prefix, its mark before it and what decides behind. */
export function itemLine({ change, prefix, rule, leak }: PlanItem): string {
  const warning = leak === undefined ? "" : `LEAK (${leak}): `;
  return `${MARKS[change]} ${prefix}  ${warning}${rule}`;
}

/** The same where nothing above it says what it is about. */
export function wholeItemLine(item: PlanItem): string {
  const { what, peer } = item;
  const about =
    peer === undefined ? what : `${what} ${what === "announced" ? "to" : "from"} ${peer}`;
  return `${about}: ${itemLine(item)}`;
}

/** What is known at once. */
export function* planHead({ file, notes }: PlanView): Generator<string> {
  yield `Plan of ${file}: nothing is applied`;
  for (const note of notes) yield `  ${note}`;
}

function* sessionLines(peers: readonly PlannedPeer[]): Generator<string> {
  const concerned = peers.filter(({ kind, obstacle }) => kind !== "kept" || obstacle !== undefined);
  const kept = peers.length - concerned.length;
  yield `Sessions: ${kept} stay as they are`;
  for (const peer of concerned) yield `  ${peer.name}: ${fateText(peer)}`;
}

function fateText({ kind, what, loses, obstacle }: PlannedPeer): string {
  const why = what === "" ? "" : ` (${what})`;
  const then = obstacle === undefined || obstacle === what ? "" : `; then no session: ${obstacle}`;
  switch (kind) {
    case "reset":
      return `session resets${why}${then}`;
    case "ended":
      return `session ends${why}`;
    case "removed":
      return `${loses ? "session ends, and it is" : "is"} removed${why}`;
    case "added":
      return `is new${why}; what it will send is not known${then}`;
    default:
      return `changes without a reset${why}`;
  }
}

/** What came out; `items`: those that were not shown before. */
export function* planBody(
  { peers, kernel, total }: PlanView,
  items: readonly PlanItem[],
): Generator<string> {
  yield* sessionLines(peers);
  yield `Routes: ${total} prefixes, as they would be with all sessions up`;
  const byKey = Map.groupBy(items, ({ what, peer = "" }) => `${what} ${peer}`);
  for (const peer of peers) {
    const { name, announced, accepted, leaks } = peer;
    for (const [what, counts] of [
      ["announced", announced] as const,
      ["accepted", accepted] as const,
    ]) {
      const text = countsText(counts);
      if (text === "") continue;
      const leaked = what === "announced" && leaks > 0 ? `, ${leaks} of them LEAKS` : "";
      yield `${what === "announced" ? "Announced to" : "Accepted from"} ${name}: ${text}${leaked}`;
      yield* listed(byKey.get(`${what} ${name}`) ?? [], counts);
    }
  }
  const { routes, blackholes, settings, install } = kernel;
  if (!install) {
    yield "Kernel: kernel.install is off, no route is installed";
  } else {
    const text = countsText(routes);
    yield `Kernel routes: ${text === "" ? "none changes" : text}`;
    yield* listed(byKey.get("kernel ") ?? [], routes);
  }
  for (const prefix of blackholes.added) yield `  + blackhole ${prefix}`;
  for (const prefix of blackholes.removed) yield `  - blackhole ${prefix}`;
  for (const line of settings) yield `  ~ ${line}`;
}

function* listed(
  items: readonly PlanItem[],
  counts: Readonly<Record<PlanChange, number>>,
): Generator<string> {
  for (const change of ["appear", "vanish", "change"] as const) {
    const some = items.filter((item) => item.change === change);
    for (const item of some) yield `  ${itemLine(item)}`;
    const left = counts[change] - some.length;
    if (some.length > 0 && left > 0) yield `  ${MARKS[change]} ... and ${left} more`;
  }
}

/** What makes the answer less than certain. */
export function* planDoubts({ changes, disturbed }: PlanView): Generator<string> {
  if (changes > 0) yield `Meanwhile ${changes} best paths have changed: ask again for their sake`;
  if (disturbed.length > 0) {
    yield `Meanwhile sessions came, went or changed, of which nothing is said: ${disturbed.join(", ")}`;
  }
}
