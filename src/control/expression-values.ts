import {
  type Address,
  type Prefix,
  bitsOf,
  formatAddress,
  formatPrefix,
  hostPrefix,
  prefixContains,
  prefixContainsAddress,
} from "../route/index.ts";
import type { AsPathSegmentView } from "./bgp-views.ts";
import { globMatcher } from "./pattern.ts";
import { communityText, extendedCommunityText, largeCommunityText } from "./route-attributes.ts";
import type { RouteView } from "./views.ts";

// What BIRD's filter language calculates with, as far as it is known here.

export type Large = readonly [number, number, number];
/** High and low half (RFC 4360 §2). */
export type Extended = readonly [number, number];

/** The kinds of values, and what each is in memory. */
export interface Values {
  readonly number: number;
  readonly bool: boolean;
  readonly text: string;
  readonly address: Address;
  readonly network: Prefix;
  /** A community: two numbers of 16 bits in one of 32. */
  readonly pair: number;
  readonly large: Large;
  readonly extended: Extended;
  readonly path: readonly AsPathSegmentView[];
  readonly pairs: readonly number[];
  readonly larges: readonly Large[];
  readonly extendeds: readonly Extended[];
  /** Addresses of IPv4 as numbers: a CLUSTER_LIST. */
  readonly quads: readonly number[];
  readonly set: ValueSet;
  readonly mask: PathMask;
  /** Words of BIRD's with a kind of their own: NET_IP4, RTS_BGP and so on. */
  readonly networkType: string;
  readonly source: string;
  readonly destination: string;
  readonly scope: string;
  readonly origin: string;
}

export type Kind = keyof Values;

/** `[ 1, 5..9 ]`: `has` is asked about values of this kind only. */
export interface ValueSet {
  readonly element: Kind;
  has(value: unknown): boolean;
  readonly words: string;
}

/** `[= 65001 * ? =]`: one AS, any one, any number of any. */
export type PathMask = readonly ("*" | "?" | { readonly least: number; readonly most: number })[];

/** Something of a known kind; `of` says what it is for a route. Undefined: it has none, or cannot have. */
export type Expression = {
  [K in Kind]: {
    readonly kind: K;
    readonly of: (route: RouteView | undefined) => Values[K] | undefined;
  };
}[Kind];

export function constant<K extends Kind>(kind: K, value: Values[K]) {
  return { kind, of: () => value };
}

type Test = (left: unknown, right: unknown) => boolean;

/** `left SIGN right` with a `=`, `<` or `~` in it; undefined: these two cannot be compared so. */
export function comparison(
  left: Expression,
  sign: string,
  right: Expression,
): Expression | undefined {
  const isMatch = sign.endsWith("~");
  const test = isMatch ? matchTest(left, right) : ORDER[sign] && orderTest(left, right, sign);
  if (test === undefined) return undefined;
  const negated = sign.startsWith("!");
  return {
    kind: "bool",
    of: (route) => {
      const [a, b] = [left.of(route), right.of(route)];
      return (a !== undefined && b !== undefined && test(a, b)) !== negated;
    },
  };
}

/** By how the left one compares to the right one. */
const ORDER: Readonly<Partial<Record<string, (order: number) => boolean>>> = {
  "=": (order) => order === 0,
  "!=": (order) => order === 0,
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

/** Only numbers and addresses have an order; `!=` is `=` negated. */
function orderTest(left: Expression, right: Expression, sign: string): Test | undefined {
  const isEquality = sign === "=" || sign === "!=";
  const hold = ORDER[sign];
  const isOrdered = left.kind === "number" || left.kind === "address";
  const isAlike = left.kind === right.kind || (left.kind === "network" && right.kind === "address");
  if (hold === undefined || !isAlike || !(isEquality || isOrdered)) return undefined;
  return (a, b) => hold(orderOf(a, b));
}

/** 0: the same. Parts of objects are compared from left to right. */
function orderOf(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a !== "object" || typeof b !== "object") return a === b ? 0 : 1;
  if (a === null || b === null) return 1;
  const [left, right] = [partsOf(a), partsOf(b)];
  if (left.length !== right.length) return left.length - right.length;
  for (let at = 0; at < left.length; at++) {
    const order = orderOf(left[at], right[at]);
    if (order !== 0) return order;
  }
  return 0;
}

function partsOf(value: object): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (!isAddressLike(value)) return Object.values(value);
  const { family, w0, w1, w2, w3 } = value;
  return [family, w0, w1, w2, w3, "length" in value ? value.length : bitsOf(family)];
}

function isAddressLike(value: object): value is Address | Prefix {
  return "w0" in value && "family" in value;
}

const MATCHES: Readonly<Partial<Record<`${Kind} ${Kind}`, Test>>> = {
  "address network": (a, net) => prefixContainsAddress(net as Prefix, a as Address),
  "network network": (a, net) => prefixContains(net as Prefix, a as Prefix),
  "network address": (a, b) => orderOf(a, hostPrefix(b as Address)) === 0,
  "text text": (a, pattern) => globMatcher(pattern as string)(a as string),
  "number path": (a, path) =>
    (path as Values["path"]).some(({ asns }) => asns.includes(a as number)),
  "path mask": (path, mask) => isLike(placesOf(path as Values["path"]), mask as PathMask),
  "pair pairs": among,
  "large larges": among,
  "extended extendeds": among,
  "address quads": (a, list) => (a as Address).family === 0 && among((a as Address).w0, list),
};

/** Lists match a set that has one of their values. */
const ELEMENTS: Readonly<Partial<Record<Kind, Kind>>> = {
  pairs: "pair",
  larges: "large",
  extendeds: "extended",
};

/** What a route may have thousands of. */
const LISTS: readonly Kind[] = ["path", "pairs", "larges", "extendeds", "quads"];

/** Whether a `~` between them looks at each member of a list. */
export function isScan(left: Expression, right: Expression): boolean {
  return LISTS.includes(left.kind) || LISTS.includes(right.kind);
}

function matchTest(left: Expression, right: Expression): Test | undefined {
  if (right.kind !== "set") return MATCHES[`${left.kind} ${right.kind}`];
  // A set is written down: what is in it is known now.
  const element = right.of(undefined)?.element;
  if (element === left.kind || (left.kind === "network" && element === "address")) {
    return (a, set) => (set as ValueSet).has(a);
  }
  if (left.kind === "path" && element === "number") {
    return (path, set) =>
      (path as Values["path"]).some(({ asns }) => asns.some((asn) => (set as ValueSet).has(asn)));
  }
  if (element === undefined || ELEMENTS[left.kind] !== element) return undefined;
  return (list, set) => (list as readonly unknown[]).some((one) => (set as ValueSet).has(one));
}

function among(value: unknown, list: unknown): boolean {
  return (list as readonly unknown[]).some((one) => orderOf(one, value) === 0);
}

/** What stands at a place of a path: one AS of a sequence, all of a set (RFC 4271 §4.3). */
type Place = number | readonly number[];

function placesOf(path: readonly AsPathSegmentView[]): Place[] {
  return path.flatMap<Place>(({ type, asns }) => (type === 2 || type === 3 ? asns : [asns]));
}

/**
 * Whether the mask covers the whole path. As with texts (globMatcher), the last `*` takes as few places as
 * do: those before it need no second look.
 */
function isLike(path: readonly Place[], mask: PathMask): boolean {
  let [at, part] = [0, 0];
  let [star, mark] = [-1, 0];
  while (at < path.length) {
    if (mask.at(part) === "*") {
      star = part++;
      mark = at;
    } else if (part < mask.length && isAt(path[at], mask[part])) {
      part++;
      at++;
    } else if (star >= 0) {
      part = star + 1;
      at = ++mark;
    } else {
      return false;
    }
  }
  return mask.slice(part).every((rest) => rest === "*");
}

function isAt(place: Place, part: PathMask[number]): boolean {
  if (typeof part === "string") return true;
  const isIt = (asn: number): boolean => asn >= part.least && asn <= part.most;
  return typeof place === "number" ? isIt(place) : place.some(isIt);
}

const TEXTS: { readonly [K in Kind]?: (value: Values[K]) => string } = {
  bool: (value) => (value ? "TRUE" : "FALSE"),
  address: formatAddress,
  network: formatPrefix,
  pair: communityText,
  large: largeCommunityText,
  extended: extendedCommunityText,
  set: ({ words }) => words,
  mask: (parts) =>
    `[= ${parts.map((part) => (typeof part === "string" ? part : rangeText(part))).join(" ")} =]`,
};

/** As `eval` prints it. */
export function textOf<K extends Kind>(kind: K, value: Values[K]): string {
  const text = TEXTS[kind];
  if (text !== undefined) return text(value);
  return typeof value === "object" ? JSON.stringify(value) : value.toString();
}

/** `7`, `7..9`. */
export function rangeText({ least, most }: { least: number; most: number }): string {
  return least === most ? String(least) : `${least}..${most}`;
}
