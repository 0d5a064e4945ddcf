// A rule's conditions about all but the prefix. They are asked once for each set of attributes, kind of
// source and family, and the answer is remembered.

import type { AsPathSegment, PathAttributes } from "bgp-ts";
import {
  AsPathPattern,
  type AttributeTable,
  type CommunityPattern,
  type Family,
  NO_NEXT_HOP,
  type Prefix,
  matchesCommunity,
  prefixContainsAddress,
} from "../../route/index.ts";
import type { AsPathMatch, FilterMatch, FilterSource, NumberRange } from "./filter-spec.ts";
import { SOURCE, type Source, type Teacher } from "./source.ts";

const SOURCES: Readonly<Record<FilterSource, number>> = {
  "own-pods": 1 << SOURCE.OWN_POD,
  "own-blocks": 1 << SOURCE.OWN_BLOCK,
  static: 1 << SOURCE.OWN_STATIC,
  ebgp: 1 << SOURCE.EXTERNAL,
  ibgp: (1 << SOURCE.INTERNAL) | (1 << SOURCE.CLIENT),
};

export class AttributeMatch {
  readonly #match: FilterMatch;
  /** Bit `1 << source` for each source that the rule takes. */
  readonly #sources: number;
  readonly #pattern: AsPathPattern | undefined;
  /** Nothing but the source and the family is looked at. */
  readonly #plain: boolean;

  constructor(match: FilterMatch) {
    this.#match = match;
    this.#sources = match.source?.reduce((bits, name) => bits | SOURCES[name], 0) ?? 0xff;
    this.#pattern = patternOf(match.asPath?.regex);
    const { nextHop, asPath, communities, extendedCommunities, largeCommunities } = match;
    const { origin, med, localPref } = match;
    const asked = [nextHop, asPath, communities, extendedCommunities, largeCommunities];
    this.#plain = [...asked, origin, med, localPref].every((each) => each === undefined);
  }

  /** Whether it counts who the route was learnt from. */
  get asksTeacher(): boolean {
    return this.#match.fromNeighbour !== undefined || this.#match.fromGroup !== undefined;
  }

  /** `teacher`: who the route was learnt from, where that is known and asked for. */
  matches(
    table: AttributeTable,
    id: number,
    source: Source,
    family: Family,
    teacher: Teacher | undefined,
  ): boolean {
    if ((this.#sources & (1 << source)) === 0) return false;
    const { fromNeighbour, fromGroup } = this.#match;
    if (fromNeighbour !== undefined && !fromNeighbour.includes(teacher?.peer ?? "")) return false;
    if (fromGroup !== undefined && !fromGroup.includes(teacher?.group ?? "")) return false;
    if (this.#match.family?.includes(family) === false) return false;
    if (this.#plain) return true;
    const { nextHop, asPath } = this.#match;
    if (nextHop !== undefined && !isVia(nextHop, table, id)) return false;
    const attributes = table.get(id);
    if (!this.#fits(attributes)) return false;
    return asPath === undefined || this.#fitsPath(asPath, attributes, table.asPathLength(id));
  }

  #fits(attributes: PathAttributes): boolean {
    const { communities, extendedCommunities, largeCommunities, origin, med, localPref } =
      this.#match;
    return (
      origin?.includes(attributes.origin) !== false &&
      isInside(med, attributes.med) &&
      isInside(localPref, attributes.localPref) &&
      carries(
        communities,
        attributes.communities?.map((community) => [community]),
      ) &&
      carries(extendedCommunities, attributes.extendedCommunities) &&
      carries(largeCommunities, attributes.largeCommunities)
    );
  }

  #fitsPath(match: AsPathMatch, { asPath }: PathAttributes, length: number): boolean {
    const { contains, startsWith, endsWith } = match;
    if (!isInside(match.length, length)) return false;
    if (this.#pattern?.matches(asPath) === false) return false;
    if (contains === undefined && startsWith === undefined && endsWith === undefined) return true;
    const steps = stepsOf(asPath);
    if (startsWith !== undefined && !runsAt(startsWith, steps, 0)) return false;
    const last = steps.length - (endsWith?.length ?? 0);
    if (endsWith !== undefined && !runsAt(endsWith, steps, last)) return false;
    return contains === undefined || steps.some((_, at) => runsAt(contains, steps, at));
  }
}

function patternOf(text: string | undefined): AsPathPattern | undefined {
  if (text === undefined) return undefined;
  const read = AsPathPattern.parse(text);
  if (read.kind === "fault") throw new Error(`${text}: ${read.reason}`);
  return read;
}

function isVia(wanted: readonly Prefix[], table: AttributeTable, id: number): boolean {
  const nextHop = table.nextHop(id);
  if (nextHop === NO_NEXT_HOP) return false;
  const { address, linkLocal } = table.nextHops.get(nextHop);
  return wanted.some(
    (prefix) =>
      prefixContainsAddress(prefix, address) ||
      (linkLocal !== undefined && prefixContainsAddress(prefix, linkLocal)),
  );
}

function isInside(range: NumberRange | undefined, value: number | undefined): boolean {
  if (range === undefined) return true;
  return value !== undefined && value >= range.minimum && value <= range.maximum;
}

function carries(
  wanted: readonly CommunityPattern[] | undefined,
  present: readonly (readonly number[])[] | undefined,
): boolean {
  if (wanted === undefined) return true;
  return present?.some((words) => wanted.some((each) => matchesCommunity(each, words))) === true;
}

/** The path from AS to AS: of a set, any of its members. */
function stepsOf(path: readonly AsPathSegment[]): (readonly number[])[] {
  return path.flatMap(({ type, asns }) =>
    type === 1 || type === 4 ? [asns] : asns.map((asn) => [asn]),
  );
}

/** Linear in what is wanted, which the operator has written. */
function runsAt(
  wanted: readonly number[],
  steps: readonly (readonly number[])[],
  at: number,
): boolean {
  if (at < 0 || at + wanted.length > steps.length) return false;
  return wanted.every((asn, index) => steps[at + index].includes(asn));
}
