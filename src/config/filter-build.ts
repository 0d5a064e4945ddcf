import type { LooseChange, LooseFilters, LooseMatch, LooseRule } from "./filter-schema.ts";
import type { FilterChange, FilterMatch, FilterRule } from "../route/index.ts";
import type { FilterConfig } from "./types.ts";
import { present, required } from "./present.ts";

export function buildFilters(filters: LooseFilters = {}): FilterConfig[] {
  return Object.entries(filters).map(([name, filter]) => {
    if (Array.isArray(filter))
      return { name, rules: present(filter).map(buildRule), file: undefined };
    return { name, rules: [], file: required(filter?.file) };
  });
}

function buildRule({ name, match, then, goto, set }: LooseRule): FilterRule {
  return {
    name,
    match: match === undefined ? {} : buildMatch(match),
    then: goto === undefined ? required(then) : { goto },
    set: set && buildChange(set),
  };
}

function buildMatch(match: LooseMatch): FilterMatch {
  const { asPath } = match;
  return {
    prefix: match.prefix && present(match.prefix),
    notPrefix: match.notPrefix && present(match.notPrefix),
    length: match.length,
    family: match.family && present(match.family),
    source: match.source && present(match.source),
    nextHop: match.nextHop && present(match.nextHop),
    asPath: asPath && {
      regex: asPath.regex,
      contains: asPath.contains && present(asPath.contains),
      startsWith: asPath.startsWith && present(asPath.startsWith),
      endsWith: asPath.endsWith && present(asPath.endsWith),
      length: asPath.length,
    },
    communities: match.communities && present(match.communities),
    extendedCommunities: match.extendedCommunities && present(match.extendedCommunities),
    largeCommunities: match.largeCommunities && present(match.largeCommunities),
    origin: match.origin && present(match.origin),
    med: match.med,
    localPref: match.localPref,
    neighbour: match.neighbour && present(match.neighbour),
    group: match.group && present(match.group),
    fromNeighbour: match.fromNeighbour && present(match.fromNeighbour),
    fromGroup: match.fromGroup && present(match.fromGroup),
    peerType: match.peerType,
  };
}

function buildChange(set: LooseChange): FilterChange {
  return {
    localPref: set.localPref,
    med: set.med,
    origin: set.origin,
    nextHop: set.nextHop,
    addCommunities: set.addCommunities && present(set.addCommunities),
    removeCommunities: set.removeCommunities && present(set.removeCommunities),
    setCommunities: set.setCommunities && present(set.setCommunities),
    addExtendedCommunities: set.addExtendedCommunities && present(set.addExtendedCommunities),
    removeExtendedCommunities:
      set.removeExtendedCommunities && present(set.removeExtendedCommunities),
    setExtendedCommunities: set.setExtendedCommunities && present(set.setExtendedCommunities),
    addLargeCommunities: set.addLargeCommunities && present(set.addLargeCommunities),
    removeLargeCommunities: set.removeLargeCommunities && present(set.removeLargeCommunities),
    setLargeCommunities: set.setLargeCommunities && present(set.setLargeCommunities),
    prepend: set.prepend,
    prependAsn: set.prependAsn && present(set.prependAsn),
    gracefulShutdown: set.gracefulShutdown,
    weight: set.weight,
    kernelMetric: set.kernelMetric,
    kernelTable: set.kernelTable,
    blackhole: set.blackhole,
  };
}
