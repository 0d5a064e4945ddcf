import { bitsOf, networkAddress, networkOf } from "../route/index.ts";
import type { AsPathSegmentView } from "./bgp-views.ts";
import { type Expression, type Kind, type Values } from "./expression-values.ts";

// `net.len`, `bgp_path.last`: what can be asked about a value with a dot behind it.

type Method = (of: Expression) => Expression | undefined;

/** An attribute of one kind, made of a value of another. */
function method<From extends Kind, To extends Kind>(
  from: From,
  to: To,
  calculate: (value: Values[From]) => Values[To] | undefined,
): Method {
  return (inner) => {
    if (inner.kind !== from) return undefined;
    // The kinds are compared a line above; the compiler does not carry that over to the value.
    const of = inner.of as (route: Parameters<Expression["of"]>[0]) => Values[From] | undefined;
    const made: unknown = {
      kind: to,
      of: (route: Parameters<Expression["of"]>[0]) => {
        const value = of(route);
        return value === undefined ? undefined : calculate(value);
      },
    };
    return made as Expression;
  };
}

const METHODS: Readonly<Partial<Record<string, readonly Method[]>>> = {
  len: [
    method("network", "number", ({ length }) => length),
    method("path", "number", lengthOf),
    ...(["pairs", "larges", "extendeds", "quads"] as const).map((list) =>
      method(list, "number", ({ length }) => length),
    ),
  ],
  type: [method("network", "networkType", ({ family }) => (family === 0 ? "NET_IP4" : "NET_IP6"))],
  ip: [method("network", "address", networkAddress)],
  first: [method("path", "number", (path) => path.find(isFilled)?.asns[0])],
  last: [method("path", "number", (path) => path.findLast(isFilled)?.asns.at(-1))],
  last_nonaggregated: [method("path", "number", (path) => sequenceEnd(path))],
};

/** `inner.NAME`; undefined: there is no such thing of it. */
export function methodOf(inner: Expression, name: string): Expression | undefined {
  const methods = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  for (const one of methods ?? []) {
    const made = one(inner);
    if (made !== undefined) return made;
  }
  return undefined;
}

/** `address.mask(LENGTH)`. */
export function masked(inner: Expression, length: Expression): Expression | undefined {
  if (inner.kind !== "address" || length.kind !== "number") return undefined;
  return {
    kind: "address",
    of: (route) => {
      const [address, bits] = [inner.of(route), length.of(route)];
      if (address === undefined || bits === undefined) return undefined;
      return bits > bitsOf(address.family) ? undefined : networkAddress(networkOf(address, bits));
    },
  };
}

function isFilled({ asns }: AsPathSegmentView): boolean {
  return asns.length > 0;
}

/** RFC 4271 §9.1.2.2 a, RFC 5065 §5.3: a set counts once, confederations not at all. */
function lengthOf(path: readonly AsPathSegmentView[]): number {
  return path.reduce((sum, { type, asns }) => sum + (type === 2 ? asns.length : +(type === 1)), 0);
}

/** The last AS before a set, 0 where there is none. */
function sequenceEnd(path: readonly AsPathSegmentView[]): number {
  const aggregated = path.findIndex(({ type }) => type !== 2);
  const sequences = aggregated < 0 ? path : path.slice(0, aggregated);
  return sequences.at(-1)?.asns.at(-1) ?? 0;
}
