/** Added to the third octet of a neighbour's address: this node's address towards it. */
export const OURS = 128;

/** Of one of many sessions between the node that is measured and another host. */
export interface Ends {
  readonly number: number;
  readonly ours: string;
  readonly theirs: string;
}

/**
 * In a /16 ("10.1"), with an address for each session also at our end: BIRD tells BFD sessions apart by
 * the neighbour's alone.
 */
export function endsIn(network: string, sessions: number): Ends[] {
  return Array.from({ length: sessions }, (_, number) => {
    const [high, low] = [(number + 1) >> 8, (number + 1) & 255];
    return {
      ...{ number, ours: `${network}.${high + OURS}.${low}` },
      theirs: `${network}.${high}.${low}`,
    };
  });
}
