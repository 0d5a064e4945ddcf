// What the tests of this room share: tables with a few values in them.

import assert from "node:assert/strict";
import { type PathAttributes, pathAttributes } from "bgp-ts";
import {
  type Address,
  AttributeTable,
  type CommunityPattern,
  NextHopTable,
  type Prefix,
  type PrefixRange,
  PrefixTable,
  parseAddress,
  parsePrefix,
  parsePrefixRange,
} from "../../route/index.ts";
import { OwnNetwork } from "./own-network.ts";

export function address(text: string): Address {
  const value = parseAddress(text);
  assert.ok(value, text);
  return value;
}

export function prefix(text: string): Prefix {
  const value = parsePrefix(text);
  assert.ok(value, text);
  return value;
}

export function range(text: string): PrefixRange {
  const value = parsePrefixRange(text);
  assert.ok(value, text);
  return value;
}

export class World {
  readonly nextHops = new NextHopTable();
  readonly attributes = new AttributeTable(this.nextHops);
  readonly prefixes: [PrefixTable, PrefixTable] = [new PrefixTable(0), new PrefixTable(1)];
  readonly own = new OwnNetwork();

  /** The id of a set by way of 192.168.1.1, unless the fields say otherwise. */
  set(fields: Partial<PathAttributes>): number {
    const { family, w0, w1, w2, w3 } = address("192.168.1.1");
    const id = this.attributes.intern(
      pathAttributes({ nextHop: { family, w0, w1, w2, w3 }, ...fields }),
    );
    this.attributes.hold(id);
    return id;
  }

  /** Family and id of a prefix, in the order in which policies take them. */
  route(text: string): [0 | 1, number] {
    const value = prefix(text);
    return [value.family, this.prefixes[value.family].internPrefix(value)];
  }
}

/** An AS_SEQUENCE. */
export function path(...asns: number[]): PathAttributes["asPath"] {
  return asns.length === 0 ? [] : [{ type: 2, asns }];
}

/** The pattern that one community fits. */
export function only(...words: number[]): CommunityPattern {
  return { mask: words.map(() => 0xffffffff), value: words };
}
