/**
 * Where a route comes from, as far as it matters to whom it may go: this node, another AS, or a
 * neighbour in our AS which is or is not a client of ours (RFC 4456 §6).
 */
export const SOURCE = { OWN_POD: 0, OWN_BLOCK: 1, EXTERNAL: 2, INTERNAL: 3, CLIENT: 4 } as const;

export type Source = (typeof SOURCE)[keyof typeof SOURCE];
