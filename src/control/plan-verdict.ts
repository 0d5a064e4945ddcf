import type { PlanCounts, PlannedPeer, PlanView } from "./plan-views.ts";

/** What a plan comes to: the last line, and whether somebody should look before it is applied. */
export interface PlanVerdict {
  readonly outcome: "nothing" | "safe" | "look" | "leak";
  readonly summary: string;
}

export function planVerdict(plan: PlanView): PlanVerdict {
  const { peers, disturbed } = plan;
  const leaks = peers.reduce((sum, peer) => sum + peer.leaks, 0);
  const parts = [...sessionParts(peers), ...routeParts(plan)];
  if (leaks > 0) {
    const whom = peers.filter((peer) => peer.leaks > 0).map(({ name }) => name);
    const what = `${count(leaks, "prefix", "prefixes")} to ${whom.join(", ")}`;
    return { outcome: "leak", summary: `LEAK: ${what}; ${parts.join("; ")}` };
  }
  // Nothing was said of these, which is not that nothing would happen to them.
  if (disturbed.length > 0) {
    const rest = parts.length === 0 ? "nothing would change for the others" : parts.join("; ");
    return {
      outcome: "look",
      summary: `${rest}: ask again, sessions came, went or changed meanwhile`,
    };
  }
  if (parts.length === 0) {
    const only = plan.notes.length > 0 ? " for sessions and routes" : "";
    return { outcome: "nothing", summary: `nothing would change${only}` };
  }
  const looks = peers.some(needsLook) || plan.kernel.routes.vanish > 0;
  const advice = looks ? "look at it before you apply it" : "safe to apply";
  return { outcome: looks ? "look" : "safe", summary: `${parts.join("; ")}: ${advice}` };
}

/** Sessions or routes are lost, if only for a while. */
function needsLook({ loses, obstacle, announced, accepted }: PlannedPeer): boolean {
  return loses || obstacle !== undefined || announced.vanish > 0 || accepted.vanish > 0;
}

function sessionParts(peers: readonly PlannedPeer[]): string[] {
  const of = (kind: PlannedPeer["kind"]) => peers.filter((peer) => peer.kind === kind).length;
  const sessions: readonly (readonly [number, string])[] = [
    [of("reset"), "reset"],
    [of("ended"), "ended"],
    [of("removed"), "removed"],
    [of("added"), "added"],
  ];
  const [first, ...others] = sessions.filter(([number]) => number > 0);
  if (first === undefined) return [];
  const words = [`${count(first[0], "session", "sessions")} ${first[1]}`];
  return [[...words, ...others.map(([number, word]) => `${number} ${word}`)].join(", ")];
}

function routeParts({ peers, kernel }: PlanView): string[] {
  const { blackholes, settings } = kernel;
  const parts: string[] = [];
  const add = (name: string, counts: PlanCounts): void => {
    const text = countsText(counts);
    if (text !== "") parts.push(`${name} ${text}`);
  };
  add("announced prefixes:", sum(peers.map(({ announced }) => announced)));
  add("accepted paths:", sum(peers.map(({ accepted }) => accepted)));
  add("kernel routes:", kernel.routes);
  const holes = blackholes.added.length + blackholes.removed.length;
  if (holes > 0) parts.push(count(holes, "blackhole route", "blackhole routes"));
  if (settings.length > 0) parts.push(count(settings.length, "kernel setting", "kernel settings"));
  return parts;
}

function sum(all: readonly PlanCounts[]): PlanCounts {
  const total = { appear: 0, vanish: 0, change: 0 };
  for (const { appear, vanish, change } of all) {
    total.appear += appear;
    total.vanish += vanish;
    total.change += change;
  }
  return total;
}

/** "2 appear, 1 vanishes"; "": none does anything. */
export function countsText({ appear, vanish, change }: PlanCounts): string {
  const words: readonly (readonly [number, string])[] = [
    [appear, appear === 1 ? "appears" : "appear"],
    [vanish, vanish === 1 ? "vanishes" : "vanish"],
    [change, change === 1 ? "changes" : "change"],
  ];
  return words
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${number} ${word}`)
    .join(", ");
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
