import type { FamilyRib } from "./family-rib.ts";
import { FLAG } from "./path-store.ts";
import type { SourceState } from "./sources.ts";

// How many paths there are, and of how many prefixes: those that the import policy accepted, or the others.

/** Prefixes between two pauses: some hundred microseconds. */
const SLICE = 8192;

export interface Census {
  readonly routes: number;
  readonly networks: number;
}

/** What happens between two pauses is in it or not. `rejected`: of the paths that were not accepted. */
export function* census(
  rib: FamilyRib,
  { received, accepted }: SourceState,
  rejected: boolean,
): Generator<undefined, Census, undefined> {
  const [all, good] = [sum(received), sum(accepted)];
  if (all === good) return rejected ? NONE : { routes: good, networks: rib.networks };
  let networks = 0;
  for (let from = 0; from < rib.prefixes.limit; from += SLICE) {
    if (from > 0) yield undefined;
    networks += count(rib, from, Math.min(from + SLICE, rib.prefixes.limit), rejected);
  }
  return { routes: rejected ? all - good : good, networks };
}

/** Prefixes of these ids that have such a path. */
function count(rib: FamilyRib, from: number, to: number, rejected: boolean): number {
  const { flags, next, accepted } = rib.paths;
  let networks = 0;
  for (let prefix = from; prefix < to; prefix++) {
    for (let path = rib.first(prefix); path !== 0; path = next[path]) {
      if ((flags[path] & FLAG.DEAD) !== 0 || (accepted[path] === 0) !== rejected) continue;
      networks++;
      break;
    }
  }
  return networks;
}

const NONE: Census = { routes: 0, networks: 0 };

function sum(counts: Uint32Array): number {
  return counts.reduce((total, count) => total + count, 0);
}
