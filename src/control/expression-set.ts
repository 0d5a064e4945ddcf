import {
  type Address,
  type Prefix,
  bitsOf,
  formatAddress,
  formatPrefix,
  hostPrefix,
  parseAddress,
  parsePrefix,
  prefixContains,
} from "../route/index.ts";
import type { Symbols } from "./expression-lexer.ts";
import {
  type Extended,
  type Kind,
  type Large,
  type PathMask,
  type ValueSet,
  constant,
  rangeText,
} from "./expression-values.ts";
import type { SyntaxProblem } from "./lexer.ts";

// `[ ... ]`: sets of numbers, words, addresses, networks and communities, and masks of AS paths.

interface Member {
  readonly element: Kind;
  /** The one value that it has, as keyOf() has it; undefined: a range of them. */
  readonly key?: Key | undefined;
  has(value: unknown): boolean;
  readonly words: string;
}

type Key = number | string;

interface Range {
  readonly least: number;
  readonly most: number;
}

const ANY: Range = { least: 0, most: 0xffffffff };

/** The bracket is read. `words`: the constants by name. */
export function readSet(
  symbols: Symbols,
  words: ReadonlyMap<string, { readonly kind: Kind }>,
): ReturnType<typeof constant<"set">> | SyntaxProblem {
  const members: Member[] = [];
  do {
    const unexpected = symbols.unexpected();
    const member = readMember(symbols, words);
    if (member === undefined || "kind" in member) return member ?? unexpected;
    if (members.length > 0 && members[0].element !== member.element) return unexpected;
    members.push(member);
    // Of single values there may be any number.
    const isScan = member.key === undefined && LISTED.includes(member.element);
    const problem = isScan ? symbols.takeScan() : undefined;
    if (problem !== undefined) return problem;
  } while (symbols.accept(","));
  const unexpected = symbols.unexpected();
  if (!symbols.accept("]")) return unexpected;
  const set: ValueSet = {
    element: members[0].element,
    has: hasOf(members),
    words: `[${members.map((member) => member.words).join(", ")}]`,
  };
  return constant("set", set);
}

/** What there may be many of in a route. */
const LISTED: readonly Kind[] = ["number", "pair", "large", "extended"];

/** Whether a value is in the set: single ones are looked up, however many they are. */
function hasOf(members: readonly Member[]): ValueSet["has"] {
  const single = new Set(members.flatMap(({ key }) => key ?? []));
  const others = members.filter(({ key }) => key === undefined);
  return (value) =>
    (single.size > 0 && single.has(keyOf(value))) || others.some((member) => member.has(value));
}

/** Lists of numbers are not the same by being equal. */
function keyOf(value: unknown): Key {
  return Array.isArray(value) ? largeKey(value as readonly number[]) : (value as Key);
}

/** A fourth of join()'s time (measured). */
function largeKey([first, second, third]: readonly number[]): string {
  return `${first},${second},${third}`;
}

/** Of ranges that are all of one value. */
function singleOf(ranges: readonly Range[]): readonly number[] | undefined {
  return ranges.every(({ least, most }) => least === most)
    ? ranges.map(({ least }) => least)
    : undefined;
}

/** undefined: what comes next is no member of a set. */
function readMember(
  symbols: Symbols,
  words: ReadonlyMap<string, { readonly kind: Kind }>,
): Member | SyntaxProblem | undefined {
  if (symbols.accept("(")) return readCommunities(symbols);
  const { next } = symbols;
  if (next?.kind === "address") return readNetworks(symbols);
  if (next?.kind === "number") {
    const range = readRange(symbols);
    if ("kind" in range) return range;
    const key = singleOf([range])?.[0];
    return { element: "number", key, has: (value) => isIn(range, value), words: rangeText(range) };
  }
  const word = next?.kind === "name" ? words.get(next.text) : undefined;
  if (next === undefined || word === undefined) return undefined;
  symbols.take();
  return { element: word.kind, has: (value) => value === next.text, words: next.text };
}

function isIn({ least, most }: Range, value: unknown): boolean {
  return typeof value === "number" && value >= least && value <= most;
}

/** `7`, `7..9`, `*`. */
function readRange(symbols: Symbols): Range | SyntaxProblem {
  if (symbols.accept("*")) return ANY;
  const least = readNumber(symbols);
  if (typeof least !== "number") return least;
  const most = symbols.accept("..") ? readNumber(symbols) : least;
  return typeof most === "number" ? { least, most } : most;
}

/** A number of 32 bits. */
export function readNumber(symbols: Symbols): number | SyntaxProblem {
  const unexpected = symbols.unexpected();
  const symbol = symbols.take();
  const value = symbol?.kind === "number" ? Number(symbol.text) : NaN;
  return value <= 0xffffffff ? value : unexpected;
}

/** An address alone, or a network: `10.0.0.0/8`, with all inside (`+`), around (`-`), or of lengths `{16,24}`. */
function readNetworks(symbols: Symbols): Member | SyntaxProblem {
  const unexpected = symbols.unexpected();
  const text = symbols.take()?.text ?? "";
  const address = parseAddress(text);
  const network = address === undefined ? parsePrefix(text) : hostPrefix(address);
  if (network === undefined) return unexpected;
  const bits = bitsOf(network.family);
  if (symbols.accept("+")) return networks(network, network.length, bits, "+");
  if (symbols.accept("-")) return networks(network, 0, network.length, "-");
  if (symbols.accept("{")) return readLengths(symbols, network);
  if (address === undefined) return networks(network, network.length, network.length, "");
  const isIt = (value: Address | Prefix): boolean =>
    (!("length" in value) || value.length === bits) && prefixContains(network, hostPrefix(value));
  return {
    element: "address",
    has: (value) => isIt(value as Address | Prefix),
    words: formatAddress(address),
  };
}

function readLengths(symbols: Symbols, network: Prefix): Member | SyntaxProblem {
  const least = readNumber(symbols);
  if (typeof least !== "number") return least;
  const comma = symbols.unexpected();
  if (!symbols.accept(",")) return comma;
  const most = readNumber(symbols);
  if (typeof most !== "number") return most;
  const end = symbols.unexpected();
  if (!symbols.accept("}")) return end;
  return networks(network, least, most, `{${least},${most}}`);
}

/** Networks of such a length inside this one, or around it. */
function networks(network: Prefix, least: number, most: number, suffix: string): Member {
  const has = (value: Prefix): boolean => {
    if (value.length < least || value.length > most) return false;
    const isAround = value.length < network.length;
    return isAround ? prefixContains(value, network) : prefixContains(network, value);
  };
  return {
    element: "network",
    has: (value) => has(value as Prefix),
    words: formatPrefix(network) + suffix,
  };
}

/** `(65001, *)`, `(65001, 1..9, *)`, `(rt, 65001, *)`; the parenthesis is read. */
function readCommunities(symbols: Symbols): Member | SyntaxProblem {
  const type = symbols.next?.kind === "name" ? symbols.take()?.text : undefined;
  const subtype = type === undefined ? undefined : SUBTYPES.get(type);
  const parts: Range[] = [];
  const beginning = symbols.unexpected();
  if (type !== undefined && (subtype === undefined || !symbols.accept(","))) return beginning;
  do {
    const part = readRange(symbols);
    if ("kind" in part) return part;
    parts.push(part);
  } while (symbols.accept(","));
  const unexpected = symbols.unexpected();
  if (!symbols.accept(")")) return unexpected;
  const texts = parts.map((part) => (part === ANY ? "*" : rangeText(part)));
  const words = (separator: string): string =>
    `(${[...(type === undefined ? [] : [type]), ...texts].join(separator)})`;
  const all = (values: readonly number[]): boolean =>
    values.every((value, at) => isIn(parts[at], value));
  if (subtype !== undefined && parts.length === 2) {
    const has = (value: Extended): boolean => {
      const found = targetOf(value);
      return found?.subtype === subtype && all([found.administrator, found.number]);
    };
    return { element: "extended", has: (value) => has(value as Extended), words: words(", ") };
  }
  const single = singleOf(parts);
  if (subtype === undefined && parts.length === 2) {
    const isPair = single?.every((part) => part <= 0xffff) === true;
    const key = isPair ? ((single[0] << 16) | single[1]) >>> 0 : undefined;
    const [high, low] = parts;
    const has = (value: number): boolean => isIn(high, value >>> 16) && isIn(low, value & 0xffff);
    return { element: "pair", key, has: (value) => has(value as number), words: words(",") };
  }
  if (subtype === undefined && parts.length === 3) {
    return {
      element: "large",
      key: single && largeKey(single),
      has: (value) => all(value as Large),
      words: words(", "),
    };
  }
  return unexpected;
}

/** Of extended communities: route target and route origin (RFC 4360 §4, §5). */
export const SUBTYPES: ReadonlyMap<string, number> = new Map([
  ["rt", 2],
  ["ro", 3],
]);

/** Two-octet AS, IPv4 address, four-octet AS (RFC 4360 §3, RFC 5668); undefined: none of them. */
function targetOf([high, low]: Extended) {
  const [type, subtype] = [high >>> 24, (high >>> 16) & 0xff];
  if (type === 0) return { subtype, administrator: high & 0xffff, number: low };
  if (type !== 1 && type !== 2) return undefined;
  const administrator = (((high & 0xffff) << 16) | (low >>> 16)) >>> 0;
  return { subtype, administrator, number: low & 0xffff };
}

/** `[= 65001 * ? =]`; `[=` is read. */
export function readMask(symbols: Symbols): ReturnType<typeof constant<"mask">> | SyntaxProblem {
  const parts: PathMask[number][] = [];
  while (!symbols.accept("=")) {
    const problem = symbols.takeScan();
    if (problem !== undefined) return problem;
    if (symbols.accept("*")) parts.push("*");
    else if (symbols.accept("?")) parts.push("?");
    else {
      const range = readRange(symbols);
      if ("kind" in range) return range;
      parts.push(range);
    }
  }
  const unexpected = symbols.unexpected();
  return symbols.accept("]") ? constant("mask", parts) : unexpected;
}
