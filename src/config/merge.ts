import type { Path } from "./problem.ts";
import type { Loose, LooseGroup, LoosePeer } from "./schema.ts";

/** A peer with its group's keys, and where each of them stands in the file. */
export interface MergedPeer {
  readonly peer: LoosePeer;
  /** The path of the peer itself. */
  readonly path: Path;
  /** The path of a key: in the peer, else in its group, else of the peer (the key is a default). */
  readonly at: (key: keyof LoosePeer) => Path;
  /** Whether the peer itself has the key. */
  readonly own: (key: keyof LoosePeer) => boolean;
}

/** The group of that name; undefined: there is none. */
export function groupOf(loose: Loose, name: string | undefined): LooseGroup | undefined {
  const groups = loose.groups;
  if (name === undefined || groups === undefined) return undefined;
  return Object.hasOwn(groups, name) ? groups[name] : undefined;
}

/** The peers that could be read, each with what its group adds. */
export function mergePeers(loose: Loose): MergedPeer[] {
  const merged: MergedPeer[] = [];
  (loose.peers ?? []).forEach((own, index) => {
    if (own === undefined) return;
    const path: Path = ["peers", index];
    const group = groupOf(loose, own.group) ?? {};
    merged.push({
      peer: { ...group, ...definedOnly(own) },
      path,
      own: (key) => own[key] !== undefined,
      at: (key) => {
        if (own[key] !== undefined) return [...path, key];
        const inGroup = (group as LoosePeer)[key] !== undefined && own.group !== undefined;
        return inGroup ? ["groups", own.group as string, key] : path;
      },
    });
  });
  return merged;
}

function definedOnly(peer: LoosePeer): LoosePeer {
  return Object.fromEntries(Object.entries(peer).filter(([, value]) => value !== undefined));
}
