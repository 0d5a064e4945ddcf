/**
 * Where a route comes from, as far as it matters to whom it may go: this node (a pod, a block, a route
 * of the configuration), another AS, or a neighbour in our AS which is or is not a client of ours
 * (RFC 4456 §6). This node's own are those below EXTERNAL.
 */
export const SOURCE = {
  OWN_POD: 0,
  OWN_BLOCK: 1,
  OWN_STATIC: 2,
  EXTERNAL: 3,
  INTERNAL: 4,
  CLIENT: 5,
} as const;

export type Source = (typeof SOURCE)[keyof typeof SOURCE];

/** Who a route was learnt from, as rules ask for it. */
export interface Teacher {
  /** The neighbour's name, or that of the range it is out of. */
  readonly peer: string;
  readonly group: string | undefined;
}
