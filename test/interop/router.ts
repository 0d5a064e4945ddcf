/** A real router as the tests need it, whoever plays it: the ToR that underlayd peers with. */
export interface Router {
  readonly kind: RouterKind;
  readonly spec: RouterSpec;
  /** Waits until the session with a neighbour is Established. */
  established(neighbour: string): Promise<void>;
  isEstablished(neighbour: string): Promise<boolean>;
  /** The best path to exactly this prefix that it has learnt by BGP. */
  path(prefix: string): Promise<LearntPath | undefined>;
  announce(prefix: string): Promise<void>;
  withdraw(prefix: string): Promise<void>;
  /** Ends a session by the operator's word, with a text for the neighbour (RFC 9003). */
  endSession(neighbour: string, text: string): Promise<void>;
  /** After endSession(). */
  resumeSession(neighbour: string): Promise<void>;
  /** What it has logged since it was started. */
  log(): string;
  /** All its programs stand still, as on a router whose control plane hangs. */
  pause(): void;
  resume(): void;
  /** Where a router rests long after sessions that ended: it is to begin the next one now. */
  forgive?(): Promise<void>;
  end(signal: NodeJS.Signals): Promise<unknown>;
  /** What it says about its sessions, for a failing test's message. */
  detail(): Promise<string>;
}

/** Attributes as the router shows them, each in one spelling for all kinds. */
export interface LearntPath {
  /** AS numbers with blanks between; empty for a path of its own AS. */
  readonly asPath: string;
  readonly originator: string | undefined;
  readonly clusters: readonly string[];
}

export type RouterKind = "frr" | "bird" | "gobgp" | "openbgpd";

export interface RouterSpec {
  readonly asn: number;
  readonly routerId: string;
  readonly neighbours: readonly NeighbourSpec[];
  /** Prefixes that it announces from the start. */
  readonly networks: readonly string[];
}

export interface NeighbourSpec {
  readonly address: string;
  readonly asn: number;
  readonly password?: string;
  /** GTSM for a directly connected neighbour. */
  readonly gtsm?: boolean;
  /** The router waits to be connected to. */
  readonly passive?: boolean;
  /** Announces graceful restart and keeps routes for others; FRR and BIRD do without being told. */
  readonly gracefulRestart?: boolean;
  /** No capability for AS numbers of four octets. GoBGP cannot do without. */
  readonly twoOctet?: boolean;
}

export const isIpv6 = (text: string): boolean => text.includes(":");

export const familyWord = (prefix: string): "ipv4" | "ipv6" => (isIpv6(prefix) ? "ipv6" : "ipv4");
