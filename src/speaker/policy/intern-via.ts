import type { PathAttributes } from "bgp-ts";
import {
  type Address,
  type AttributeTable,
  type Handling,
  NO_ATTRIBUTES,
  PLAIN,
} from "../../route/index.ts";

/** The id of a set by way of `via`, where a filter says so, else by way of the next hop `otherwise`. */
export function internVia(
  table: AttributeTable,
  attributes: PathAttributes,
  via: Address | undefined,
  otherwise: number,
  handling: Handling = PLAIN,
): number {
  if (via === undefined) return table.internWith(attributes, otherwise, undefined, handling);
  const { family, w0, w1, w2, w3 } = via;
  const nextHop = table.nextHops.intern({ family, w0, w1, w2, w3 }, 0);
  const id = table.internWith(attributes, nextHop, undefined, handling);
  if (id === NO_ATTRIBUTES) table.nextHops.release(nextHop, 0);
  return id;
}
