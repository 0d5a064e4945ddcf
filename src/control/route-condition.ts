import {
  type Family,
  type Prefix,
  IPV4,
  IPV6,
  addressesEqual,
  bitsOf,
  hostPrefix,
  parseAddress,
  parsePrefix,
  prefixContains,
} from "../route/index.ts";
import { type Arguments, type SyntaxProblem, syntax } from "./lexer.ts";
import type { RouteView } from "./views.ts";

// `show route where ...`: what looking glasses and people ask in BIRD's filter language, which is far
// larger. A term is `net ~ SET`, `net.len >= 24`, `from = ADDRESS`, `proto = "NAME"`, `bgp_path.last = N`,
// `(65001, 100) ~ bgp_community` and the like; they are joined by &&, ||, ! and parentheses.

export type Condition = (route: RouteView) => boolean;

/** Terms one inside the other, at most. */
const DEPTH = 32;

export function readCondition(args: Arguments, depth = 0): Condition | SyntaxProblem {
  let left = readConjunction(args, depth);
  while (typeof left === "function" && args.keyword("||")) {
    const [one, other] = [left, readConjunction(args, depth)];
    left = typeof other === "function" ? (route) => one(route) || other(route) : other;
  }
  return left;
}

function readConjunction(args: Arguments, depth: number): Condition | SyntaxProblem {
  let left = readFactor(args, depth);
  while (typeof left === "function" && args.keyword("&&")) {
    const [one, other] = [left, readFactor(args, depth)];
    left = typeof other === "function" ? (route) => one(route) && other(route) : other;
  }
  return left;
}

function readFactor(args: Arguments, depth: number): Condition | SyntaxProblem {
  if (depth > DEPTH) return syntax("too many parentheses");
  if (args.keyword("!")) {
    const inner = readFactor(args, depth + 1);
    return typeof inner === "function" ? (route) => !inner(route) : inner;
  }
  if (args.keyword("true")) return () => true;
  if (args.keyword("false")) return () => false;
  const unexpected = args.unexpected();
  if (args.keyword("(")) {
    return args.peek(1) === "," ? readCommunity(args) : readInside(args, depth);
  }
  const name = args.next()?.text ?? "";
  const read = Object.hasOwn(TERMS, name) ? TERMS[name] : undefined;
  return read === undefined ? unexpected : read(args);
}

function readInside(args: Arguments, depth: number): Condition | SyntaxProblem {
  const inner = readCondition(args, depth + 1);
  if (typeof inner !== "function") return inner;
  const unexpected = args.unexpected();
  return args.keyword(")") ? inner : unexpected;
}

/** `(65001, 100) ~ bgp_community`; three numbers are a large one. The parenthesis is read. */
function readCommunity(args: Arguments): Condition | SyntaxProblem {
  const parts: number[] = [];
  do {
    const part = readNumber(args);
    if (typeof part !== "number") return part;
    parts.push(part);
  } while (args.keyword(","));
  for (const word of [")", "~"]) {
    const unexpected = args.unexpected();
    if (!args.keyword(word)) return unexpected;
  }
  const unexpected = args.unexpected();
  if (parts.length === 2 && args.keyword("bgp_community")) {
    const [high, low] = parts;
    const wanted = ((high << 16) | (low & 0xffff)) >>> 0;
    return ({ attributes }) => attributes?.communities?.includes(wanted) === true;
  }
  if (parts.length === 3 && args.keyword("bgp_large_community")) {
    return ({ attributes }) =>
      attributes?.largeCommunities?.some((one) => one.every((each, at) => each === parts[at])) ===
      true;
  }
  return unexpected;
}

type Term = (args: Arguments) => Condition | SyntaxProblem;

const TERMS: Readonly<Record<string, Term>> = {
  net: readNet,
  "net.type": choice({ NET_IP4: IPV4, NET_IP6: IPV6 }, ({ network }): Family => network.family),
  "net.len": number(({ network }) => network.length),
  from: address(({ from, attributes, nextHops }) => {
    if (attributes === undefined) return [];
    return from === undefined ? nextHops.map(({ gateway }) => gateway) : [from];
  }),
  gw: address(({ nextHops }) => nextHops.map(({ gateway }) => gateway)),
  proto: text(({ protocol }) => [protocol]),
  ifname: text(({ nextHops }) => nextHops.map((hop) => hop.interface ?? "")),
  preference: number(({ preference }) => preference),
  source: choice(
    { RTS_BGP: "BGP", RTS_STATIC: "static", RTS_DEVICE: "device" },
    (route): string => route.source,
  ),
  dest: choice(
    { RTD_UNICAST: "unicast", RTD_BLACKHOLE: "blackhole", RTD_UNREACHABLE: "unreachable" },
    (route): string => route.type,
  ),
  "bgp_path.len": number(({ attributes }) =>
    attributes?.asPath.reduce((sum, { type, asns }) => sum + lengthOf(type, asns.length), 0),
  ),
  "bgp_path.first": number(({ attributes }) => attributes?.asPath.at(0)?.asns.at(0)),
  "bgp_path.last": number(({ attributes }) => attributes?.asPath.at(-1)?.asns.at(-1)),
  bgp_med: number(({ attributes }) => attributes?.med),
  bgp_local_pref: number(({ attributes }) => attributes?.localPref),
};

/** RFC 4271 §9.1.2.2 a, RFC 5065 §5.3: a set counts once, confederations not at all. */
function lengthOf(type: number, count: number): number {
  if (type === 2) return count;
  return type === 1 ? 1 : 0;
}

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "=": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

function readComparison(args: Arguments): ((a: number, b: number) => boolean) | SyntaxProblem {
  const unexpected = args.unexpected();
  const sign = args.next()?.text ?? "";
  return Object.hasOwn(COMPARISONS, sign) ? COMPARISONS[sign] : unexpected;
}

function readNumber(args: Arguments): number | SyntaxProblem {
  const unexpected = args.unexpected();
  const text = args.next()?.text ?? "";
  return /^[0-9]{1,10}$/.test(text) ? Number(text) : unexpected;
}

/** What a route does not have is equal to nothing, and to no number less or more. */
function number(of: (route: RouteView) => number | undefined): Term {
  return (args) => {
    const compare = readComparison(args);
    if (typeof compare !== "function") return compare;
    const wanted = readNumber(args);
    if (typeof wanted !== "number") return wanted;
    return (route) => {
      const value = of(route);
      return value !== undefined && compare(value, wanted);
    };
  };
}

/** `=` or `!=`; true: the latter. */
function readEquality(args: Arguments): boolean | SyntaxProblem {
  const unexpected = args.unexpected();
  if (args.keyword("=")) return false;
  return args.keyword("!=") ? true : unexpected;
}

function choice<Value>(
  names: Readonly<Record<string, Value>>,
  of: (route: RouteView) => Value,
): Term {
  return (args) => {
    const negated = readEquality(args);
    if (typeof negated !== "boolean") return negated;
    const unexpected = args.unexpected();
    const name = args.next()?.text ?? "";
    if (!Object.hasOwn(names, name)) return unexpected;
    return (route) => (of(route) === names[name]) !== negated;
  };
}

function address(of: (route: RouteView) => readonly RouteView["from"][]): Term {
  return (args) => {
    const negated = readEquality(args);
    if (typeof negated !== "boolean") return negated;
    const unexpected = args.unexpected();
    const wanted = parseAddress(args.next()?.text ?? "");
    if (wanted === undefined) return unexpected;
    return (route) =>
      of(route).some((each) => each !== undefined && addressesEqual(each, wanted)) !== negated;
  };
}

/** A name, in quotes as BIRD wants it or without. */
function text(of: (route: RouteView) => readonly string[]): Term {
  return (args) => {
    const negated = readEquality(args);
    if (typeof negated !== "boolean") return negated;
    const unexpected = args.unexpected();
    const wanted = args.next()?.text;
    if (wanted === undefined) return unexpected;
    return (route) => of(route).includes(wanted) !== negated;
  };
}

/** `net = NETWORK`, `net ~ NETWORK` (it, and what is inside), `net ~ [ SET ]`. */
function readNet(args: Arguments): Condition | SyntaxProblem {
  const isIn = args.keyword("~");
  if (isIn && args.keyword("[")) return readSet(args);
  const negated = isIn ? false : readEquality(args);
  if (typeof negated !== "boolean") return negated;
  const unexpected = args.unexpected();
  const wanted = readPrefix(args.next()?.text ?? "");
  if (wanted === undefined) return unexpected;
  const least = isIn ? wanted.length : undefined;
  return ({ network }) => isInside(network, wanted, least ?? wanted.length, isIn) !== negated;
}

function isInside(network: Prefix, wanted: Prefix, least: number, longer: boolean): boolean {
  const most = longer ? bitsOf(wanted.family) : wanted.length;
  return isWithin(network, wanted, least, most);
}

function isWithin(network: Prefix, wanted: Prefix, least: number, most: number): boolean {
  const { length } = network;
  if (length < least || length > most) return false;
  return length < wanted.length ? prefixContains(network, wanted) : prefixContains(wanted, network);
}

/** `[ 10.0.0.0/8, 10.0.0.0/8+, 10.1.0.0/16-, 10.0.0.0/8{16,24} ]`; the bracket is read. */
function readSet(args: Arguments): Condition | SyntaxProblem {
  const parts: Condition[] = [];
  do {
    const part = readSetItem(args);
    if (typeof part !== "function") return part;
    parts.push(part);
  } while (args.keyword(","));
  const unexpected = args.unexpected();
  if (!args.keyword("]")) return unexpected;
  return (route) => parts.some((part) => part(route));
}

function readSetItem(args: Arguments): Condition | SyntaxProblem {
  const unexpected = args.unexpected();
  const word = args.next()?.text ?? "";
  const shorter = word.endsWith("-");
  const wanted = readPrefix(shorter ? word.slice(0, -1) : word);
  if (wanted === undefined) return unexpected;
  let [least, most] = [shorter ? 0 : wanted.length, wanted.length];
  if (args.keyword("+")) {
    most = bitsOf(wanted.family);
  } else if (args.keyword("{")) {
    const from = readNumber(args);
    const comma = args.unexpected();
    if (typeof from !== "number") return from;
    if (!args.keyword(",")) return comma;
    const to = readNumber(args);
    const end = args.unexpected();
    if (typeof to !== "number") return to;
    if (!args.keyword("}")) return end;
    [least, most] = [from, to];
  }
  return ({ network }) => isWithin(network, wanted, least, most);
}

/** An address stands for itself alone. */
function readPrefix(text: string): Prefix | undefined {
  const single = parseAddress(text);
  return single === undefined ? parsePrefix(text) : hostPrefix(single);
}
