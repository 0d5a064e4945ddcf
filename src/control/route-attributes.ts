import { type Handling, formatQuad, formatWords } from "../route/index.ts";
import type { AsPathSegmentView, NextHopView, RouteAttributesView } from "./bgp-views.ts";
import type { RouteView } from "./views.ts";

/** Characters of a list in one line; the protocol's lines end at 512 bytes. */
const LIST_WIDTH = 400;

const ORIGINS = ["IGP", "EGP", "Incomplete"] as const;

/** The attributes as BIRD lists them: with the LOCAL_PREF that the route counts with (RFC 4271 §5.1.5). */
export function listedAttributes(
  route: Pick<RouteView, "attributes" | "impliedLocalPref">,
): RouteAttributesView | undefined {
  const { attributes, impliedLocalPref } = route;
  return attributes && { ...attributes, localPref: attributes.localPref ?? impliedLocalPref };
}

/** `\tBGP.NAME: VALUE` lines in BIRD's order; long lists go on in lines that begin with two tabs. */
export function* attributeLines(attributes: RouteAttributesView): Generator<string> {
  yield `\tBGP.origin: ${ORIGINS[attributes.origin]}`;
  yield* list("as_path", asPathWords(attributes.asPath), true);
  if (attributes.nextHop !== undefined) {
    yield `\tBGP.next_hop: ${nextHopWords(attributes.nextHop).join(" ")}`;
  }
  if (attributes.med !== undefined) yield `\tBGP.med: ${attributes.med}`;
  if (attributes.localPref !== undefined) yield `\tBGP.local_pref: ${attributes.localPref}`;
  if (attributes.atomicAggregate) yield "\tBGP.atomic_aggr: ";
  if (attributes.aggregator !== undefined) {
    const { address, asn } = attributes.aggregator;
    yield `\tBGP.aggregator: ${formatQuad(address)} AS${asn}`;
  }
  yield* list("community", (attributes.communities ?? []).map(communityText));
  if (attributes.originatorId !== undefined) {
    yield `\tBGP.originator_id: ${formatQuad(attributes.originatorId)}`;
  }
  yield* list("cluster_list", (attributes.clusterList ?? []).map(formatQuad));
  yield* list("ext_community", (attributes.extendedCommunities ?? []).map(extendedCommunityText));
  if (attributes.aigp !== undefined) yield `\tBGP.aigp: ${attributes.aigp}`;
  yield* list("large_community", (attributes.largeCommunities ?? []).map(largeCommunityText));
  if (attributes.onlyToCustomer !== undefined) yield `\tBGP.otc: ${attributes.onlyToCustomer}`;
  for (const { type, value } of attributes.unknown) {
    yield* list(
      hex(type, 2),
      Array.from(value, (byte) => hex(byte, 2)),
      true,
    );
  }
}

/**
 * What this node does with the route and tells nobody; attributes of our own, under a name that no
 * reader of BIRD's takes for one of those.
 */
export function* handlingLines(handling: Handling): Generator<string> {
  const { weight, kernelMetric, kernelTable, blackhole } = handling;
  if (weight !== undefined) yield `\tunderlay.weight: ${weight}`;
  if (kernelMetric !== undefined) yield `\tunderlay.kernel_metric: ${kernelMetric}`;
  if (kernelTable !== undefined) yield `\tunderlay.kernel_table: ${kernelTable}`;
  if (blackhole) yield "\tunderlay.blackhole: packets end here";
}

/** Words after the name, broken into lines; nothing at all for an empty list, unless `always`. */
function* list(name: string, words: readonly string[], always = false): Generator<string> {
  if (words.length === 0 && !always) return;
  let line = `\tBGP.${name}:`;
  for (const word of words) {
    if (line.length + 1 + word.length > LIST_WIDTH) {
      yield line;
      line = "\t\t";
    }
    line += line === "\t\t" ? word : ` ${word}`;
  }
  yield words.length === 0 ? `${line} ` : line;
}

/** `65001 65002`, sets in braces, confederations (RFC 5065) in parentheses. */
export function asPathWords(path: readonly AsPathSegmentView[]): string[] {
  return path.flatMap(({ type, asns }) => {
    const words = asns.map(String);
    if (type === 2) return words;
    const [open, close] = type === 1 ? ["{", "}"] : type === 3 ? ["(", ")"] : ["({", "})"];
    const end = words.length - 1;
    return words.map((word, at) => `${at === 0 ? open : ""}${word}${at === end ? close : ""}`);
  });
}

/** The global address, and the link-local one where there are two (RFC 2545 §3). */
export function nextHopWords(nextHop: NextHopView): string[] {
  const { family, w0, w1, w2, w3, linkLocal } = nextHop;
  const words = [formatWords(family, w0, w1, w2, w3)];
  if (linkLocal !== undefined) words.push(formatWords(1, ...linkLocal));
  return words;
}

/** `(65001,100)` (RFC 1997). */
export function communityText(community: number): string {
  return `(${community >>> 16},${community & 0xffff})`;
}

/** `(65001, 1, 2)` (RFC 8092). */
export function largeCommunityText(parts: readonly [number, number, number]): string {
  return `(${parts.join(", ")})`;
}

const SUBTYPES: Readonly<Record<number, string>> = { 2: "rt", 3: "ro" };

/** `(rt, 65001, 7)`, `(ro, 192.0.2.1, 7)`; others as two numbers (RFC 4360 §3). */
export function extendedCommunityText([high, low]: readonly [number, number]): string {
  const subtype = SUBTYPES[(high >>> 16) & 0xff];
  // The top bit says who assigns the type, the next one whether it is transitive (§2).
  const type = high >>> 24;
  if (subtype !== undefined) {
    if (type === 0) return `(${subtype}, ${high & 0xffff}, ${low})`;
    const wide = (((high & 0xffff) << 16) | (low >>> 16)) >>> 0;
    if (type === 1) return `(${subtype}, ${formatQuad(wide)}, ${low & 0xffff})`;
    if (type === 2) return `(${subtype}, ${wide}, ${low & 0xffff})`;
  }
  return `(generic, 0x${hex(high, 0)}, 0x${hex(low, 0)})`;
}

function hex(value: number, width: number): string {
  return value.toString(16).padStart(width, "0");
}
