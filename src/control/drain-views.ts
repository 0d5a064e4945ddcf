// Taking the node, or neighbours, out of service, as the daemon shows it.

/**
 * "announcing": all routes carry GRACEFUL_SHUTDOWN (RFC 8326). "withdrawing": they are being withdrawn.
 * "emptying": traffic still comes, or may.
 */
export type DrainPhase = "in service" | "announcing" | "withdrawing" | "emptying" | "drained";

export interface DrainView {
  /** Of the neighbour or the range; undefined: the node. */
  readonly name: string | undefined;
  readonly phase: DrainPhase;
  /** When the phase began; wall-clock time, milliseconds since the epoch. */
  readonly since: number;
  /** Milliseconds until the phase ends by itself; undefined: it depends on others. */
  readonly remaining: number | undefined;
  /** The configuration says so (node.drained), and a command cannot take it back. */
  readonly configured: boolean;
  /** Emptying: where most goes to a pod, in packets a second; undefined: not known. */
  readonly busiest: { readonly interface: string; readonly rate: number } | undefined;
}

/** What came of `drain` and `undrain`; refused: a command cannot take back what is configured. */
export type DrainResult = "done" | "already" | "refused";
