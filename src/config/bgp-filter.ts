// Calico's BGPFilter resources (projectcalico.org/v3, or crd.projectcalico.org/v1) as rules of a filter.
//
// A file has one resource or several, documents behind each other or a List; their rules are asked in
// order. Calico's meaning is kept: the first rule that matches decides; what none matches is accepted on
// import and goes by the built-in rules on export. What stands for a property of Calico's own dataplane
// (interface, priority, setPriority) has no counterpart here and is refused: a condition that is not
// asked would make a rule match too much.

import {
  type Family,
  type FilterChange,
  type FilterMatch,
  type FilterRule,
  type Prefix,
  bitsOf,
  parseLargeCommunity,
  parsePrefix,
} from "../route/index.ts";
import { MOST_RULES_IN_FILE } from "./filter-check.ts";
import { type Path, alternatives, listProblems, quote, suggestion } from "./problem.ts";
import { readAsn, readCommunity, readWhole } from "./read.ts";
import { type Plain, Source, describePlain, readDocuments } from "./source.ts";
import type { Problem } from "./types.ts";

type Map_ = Readonly<Record<string, Plain>>;

const LISTS = [
  { key: "importV4", direction: "import", family: 0 },
  { key: "importV6", direction: "import", family: 1 },
  { key: "exportV4", direction: "export", family: 0 },
  { key: "exportV6", direction: "export", family: 1 },
] as const;

/** The rules, or everything that is wrong. `file`: for messages only. */
export function parseBgpFilter(text: string, file: string): FilterRule[] | Problem[] {
  const rules: FilterRule[] = [];
  const problems: Problem[] = [];
  for (const source of readDocuments(text, file, MOST_RULES_IN_FILE)) {
    if (!(source instanceof Source)) problems.push(...source);
    else if (source.value !== null) new Reader(source, rules, problems).resource(source.value, []);
  }
  if (rules.length === 0 && problems.length === 0) {
    const message = "found no BGPFilter with rules, expected one";
    problems.push({ file, line: 1, column: 1, path: "", message });
  }
  if (rules.length >= MOST_RULES_IN_FILE) {
    const message = `found ${rules.length} rules, expected less than ${MOST_RULES_IN_FILE}`;
    problems.push({ file, line: 1, column: 1, path: "", message });
  }
  if (problems.length > 0) return listProblems(problems);
  return [...rules, { name: "no match", match: {}, then: "default", set: undefined }];
}

class Reader {
  readonly #source: Source;
  readonly #rules: FilterRule[];
  readonly #problems: Problem[];

  constructor(source: Source, rules: FilterRule[], problems: Problem[]) {
    this.#source = source;
    this.#rules = rules;
    this.#problems = problems;
  }

  resource(value: Plain, path: Path): void {
    const resource = this.#map(value, path);
    if (resource === undefined) return;
    const { kind, items } = resource;
    if (kind === "List" || kind === "BGPFilterList") {
      this.#list(items, [...path, "items"]).forEach((item, index) =>
        this.resource(item, [...path, "items", index]),
      );
    } else if (kind !== "BGPFilter") {
      const found = describePlain(kind);
      this.#complain([...path, "kind"], `found kind ${found}, expected BGPFilter`);
    } else this.#filter(resource, path);
  }

  #filter({ metadata, spec }: Map_, path: Path): void {
    const name = isMap(metadata) && typeof metadata.name === "string" ? metadata.name : "unnamed";
    const at: Path = [...path, "spec"];
    const lists = this.#map(spec ?? {}, at);
    if (lists === undefined) return;
    this.#known(
      lists,
      at,
      LISTS.map(({ key }) => key),
    );
    for (const { key, direction, family } of LISTS) {
      this.#list(lists[key] ?? [], [...at, key]).forEach((value, index) => {
        const rule = this.#rule(value, [...at, key, index], family);
        if (rule === undefined) return;
        const match = { ...rule.match, direction, family: [family] };
        this.#rules.push({ ...rule, name: `${name} ${key} ${index + 1}`, match });
      });
    }
  }

  #rule(value: Plain, path: Path, family: Family): Omit<FilterRule, "name"> | undefined {
    const rule = this.#map(value, path);
    if (rule === undefined) return undefined;
    for (const key of ["interface", "priority"]) {
      if (rule[key] === undefined) continue;
      const why = "it is about Calico's own routes in the kernel, and has no meaning here";
      this.#complain([...path, key], `found ${key}, expected a rule without it: ${why}`);
    }
    const keys = ["cidr", "matchOperator", "prefixLength", "source", "peerType", "communities"];
    this.#known(rule, path, [
      ...keys,
      "asPathPrefix",
      "action",
      "operations",
      "interface",
      "priority",
    ]);
    const action = this.#word(rule.action, [...path, "action"], "Accept", "Reject");
    const set = this.#operations(rule.operations, [...path, "operations"]);
    if (set !== undefined && action === "Reject") {
      this.#complain(
        [...path, "operations"],
        "found operations with action Reject, expected Accept",
      );
    }
    const match: FilterMatch = {
      ...this.#cidr(rule, path, family),
      length: this.#lengths(rule.prefixLength, [...path, "prefixLength"], family),
      source: this.#origin(rule, path),
      peerType: this.#peerType(rule, path),
      ...this.#communities(rule.communities, [...path, "communities"]),
      asPath: this.#asPath(rule, path),
    };
    return { match, then: action === "Accept" ? "accept" : "reject", set };
  }

  #cidr(rule: Map_, path: Path, family: Family): Pick<FilterMatch, "prefix" | "notPrefix"> {
    const { cidr, matchOperator } = rule;
    if (cidr === undefined && matchOperator === undefined) return {};
    if (cidr === undefined || matchOperator === undefined) {
      const key = cidr === undefined ? "matchOperator" : "cidr";
      this.#complain([...path, key], `found ${key} alone, expected cidr and matchOperator`);
      return {};
    }
    const operators = ["Equal", "NotEqual", "In", "NotIn"] as const;
    const operator = this.#word(matchOperator, [...path, "matchOperator"], ...operators);
    const prefix = typeof cidr === "string" ? parsePrefix(cidr) : undefined;
    if (prefix?.family !== family) {
      const expected = `expected a prefix of ${family === 0 ? "IPv4" : "IPv6"}`;
      this.#complain([...path, "cidr"], `found ${describePlain(cidr)}, ${expected}`);
      return {};
    }
    const range = [rangeOf(prefix, operator === "In" || operator === "NotIn")];
    return operator === "In" || operator === "Equal" ? { prefix: range } : { notPrefix: range };
  }

  #lengths(value: Plain | undefined, path: Path, family: Family): FilterMatch["length"] {
    if (value === undefined) return undefined;
    const lengths = this.#map(value, path);
    if (lengths === undefined) return undefined;
    this.#known(lengths, path, ["min", "max"]);
    const minimum = this.#number(lengths.min ?? "0", [...path, "min"], bitsOf(family));
    const maximum = this.#number(
      lengths.max ?? String(bitsOf(family)),
      [...path, "max"],
      bitsOf(family),
    );
    return { minimum, maximum };
  }

  #origin({ source }: Map_, path: Path): FilterMatch["source"] {
    if (source === undefined) return undefined;
    this.#word(source, [...path, "source"], "RemotePeers");
    return ["ebgp", "ibgp"];
  }

  #peerType({ peerType }: Map_, path: Path): FilterMatch["peerType"] {
    if (peerType === undefined) return undefined;
    return this.#word(peerType, [...path, "peerType"], "eBGP", "iBGP") === "iBGP" ? "ibgp" : "ebgp";
  }

  #communities(
    value: Plain | undefined,
    path: Path,
  ): Pick<FilterMatch, "communities" | "largeCommunities"> {
    if (value === undefined) return {};
    const communities = this.#map(value, path);
    if (communities === undefined) return {};
    this.#known(communities, path, ["values"]);
    const values = this.#list(communities.values, [...path, "values"]);
    if (values.length !== 1) {
      this.#complain([...path, "values"], `found ${values.length} communities, expected one`);
      return {};
    }
    const words = this.#community(values[0], [...path, "values", 0]);
    const pattern = [{ mask: words.map(() => 0xffffffff), value: words }];
    return words.length === 1 ? { communities: pattern } : { largeCommunities: pattern };
  }

  #asPath({ asPathPrefix }: Map_, path: Path): FilterMatch["asPath"] {
    if (asPathPrefix === undefined) return undefined;
    return { startsWith: this.#asns(asPathPrefix, [...path, "asPathPrefix"]) };
  }

  #operations(value: Plain | undefined, path: Path): FilterChange | undefined {
    if (value === undefined) return undefined;
    const changes = this.#list(value, path).map((operation, index) =>
      this.#operation(operation, [...path, index]),
    );
    return {
      addCommunities: changes.flatMap((change) => change.addCommunities ?? []),
      addLargeCommunities: changes.flatMap((change) => change.addLargeCommunities ?? []),
      // What is put in front last comes first.
      prependAsn: changes.toReversed().flatMap((change) => change.prependAsn ?? []),
    };
  }

  #operation(value: Plain, path: Path): FilterChange {
    const operation = this.#map(value, path) ?? {};
    this.#known(operation, path, ["addCommunity", "prependASPath", "setPriority"]);
    if (operation.setPriority !== undefined) {
      const why = "it is about the metric of Calico's routes, and has no meaning here";
      this.#complain([...path, "setPriority"], `found setPriority, expected none: ${why}`);
    }
    const { addCommunity, prependASPath } = operation;
    if (prependASPath !== undefined) {
      const at: Path = [...path, "prependASPath"];
      const { prefix } = this.#map(prependASPath, at) ?? {};
      return { prependAsn: this.#asns(prefix, [...at, "prefix"]) };
    }
    if (addCommunity === undefined) return {};
    const at: Path = [...path, "addCommunity"];
    const words = this.#community((this.#map(addCommunity, at) ?? {}).value, [...at, "value"]);
    if (words.length === 1) return { addCommunities: words };
    return { addLargeCommunities: [[words[0], words[1], words[2]]] };
  }

  /** One word: a standard community; three: a large one. */
  #community(value: Plain | undefined, path: Path): readonly number[] {
    const text = typeof value === "string" ? value : "";
    const standard = readCommunity(text);
    const words = standard === undefined ? parseLargeCommunity(text) : [standard];
    if (words !== undefined) return words;
    const expected = "expected a community as 64512:100 or 64512:1:2";
    this.#complain(path, `found ${describePlain(value)}, ${expected}`);
    return [0];
  }

  #asns(value: Plain | undefined, path: Path): number[] {
    const asns = this.#list(value, path).map((each, index) => {
      const asn = typeof each === "string" ? readAsn(each) : undefined;
      if (asn !== undefined) return asn;
      this.#complain([...path, index], `found ${describePlain(each)}, expected an AS number`);
      return 0;
    });
    if (asns.length === 0) this.#complain(path, "found no AS numbers, expected some");
    return asns;
  }

  #number(value: Plain, path: Path, maximum: number): number {
    const number = typeof value === "string" ? readWhole(value, 0, maximum) : undefined;
    if (number !== undefined) return number;
    const expected = `expected a whole number from 0 to ${maximum}`;
    this.#complain(path, `found ${describePlain(value)}, ${expected}`);
    return 0;
  }

  #word<T extends string>(value: Plain | undefined, path: Path, ...words: T[]): T | undefined {
    const word = words.find((each) => each === value);
    if (word === undefined) {
      this.#complain(path, `found ${describePlain(value)}, expected ${alternatives(words)}`);
    }
    return word;
  }

  #map(value: Plain | undefined, path: Path): Map_ | undefined {
    if (isMap(value)) return value;
    this.#complain(path, `found ${describePlain(value)}, expected keys and values`);
    return undefined;
  }

  #list(value: Plain | undefined, path: Path): readonly Plain[] {
    if (Array.isArray(value)) return value;
    this.#complain(path, `found ${describePlain(value)}, expected a list`);
    return [];
  }

  #known(map: Map_, path: Path, keys: readonly string[]): void {
    for (const key of Object.keys(map)) {
      if (keys.includes(key)) continue;
      const problem = `found the unknown key ${quote(key)}, ${suggestion(key, keys)}`;
      this.#problems.push(this.#source.keyProblem([...path, key], problem));
    }
  }

  #complain(path: Path, message: string): void {
    this.#problems.push(this.#source.problem(path, message));
  }
}

function isMap(value: Plain | undefined): value is { [key: string]: Plain } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function rangeOf(prefix: Prefix, inside: boolean) {
  return {
    prefix,
    minimum: prefix.length,
    maximum: inside ? bitsOf(prefix.family) : prefix.length,
  };
}
