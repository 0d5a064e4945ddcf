import { parseArgs } from "node:util";
import { narrate } from "./narrated.ts";
import { runTopologies } from "./run.ts";
import { about, topologies } from "./topology.ts";
import type { TorKind } from "./tor.ts";

/** `npm run lab`: the main job told step by step, or topologies brought up and checked. */

const HELP = `npm run lab [-- OPTIONS]
npm run lab -- TOPOLOGY ... [--docker] [--keep]

Without a topology: builds a ToR router and two nodes in network namespaces, runs underlayd in each,
wires pods with the CNI plugins, and shows sessions, routes, packets and a pod that moves.

  --mode l3|l2            only this mode (default: both, one after the other)
  --tor underlay|frr|bird who plays the ToR router (default: underlay)

With topologies: each is brought up from its file in test/lab/topologies/ (containerlab's format), and
what must be true of it is checked, links and routers that die included.

  ${topologies().join(", ")}; all: one after the other

  --docker                deploy it with containerlab and Docker, not in network namespaces
  --about                 only say what a topology is

Both:

  --keep                  leave the last one up, say how to enter it, end with Ctrl-C
  --help                  this text

Nothing outside the namespaces is touched; all is taken down at the end.
`;

type Task =
  | {
      readonly kind: "narrate";
      readonly modes: readonly ("l3" | "l2")[];
      readonly tor: TorKind;
      readonly keep: boolean;
    }
  | {
      readonly kind: "topologies";
      readonly names: readonly string[];
      readonly docker: boolean;
      readonly about: boolean;
      readonly keep: boolean;
    };

function task(): Task {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        mode: { type: "string" },
        tor: { type: "string" },
        docker: { type: "boolean", default: false },
        about: { type: "boolean", default: false },
        keep: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    const { mode, tor = "underlay", docker, about, keep } = values;
    if (positionals.length > 0) {
      if (mode !== undefined || values.tor !== undefined) {
        throw new Error("--mode and --tor are for the lab without a topology");
      }
      return { kind: "topologies", names: named(positionals), docker, about, keep };
    }
    if (docker || about) throw new Error("--docker and --about need a topology");
    if (mode !== undefined && mode !== "l3" && mode !== "l2") {
      throw new Error(`--mode ${mode}: expected l3 or l2`);
    }
    if (tor !== "underlay" && tor !== "frr" && tor !== "bird") {
      throw new Error(`--tor ${tor}: expected underlay, frr or bird`);
    }
    return { kind: "narrate", modes: mode === undefined ? ["l3", "l2"] : [mode], tor, keep };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${HELP}`);
    process.exit(2);
  }
}

function named(words: readonly string[]): readonly string[] {
  const known = topologies();
  const wrong = words.find((word) => word !== "all" && !known.includes(word));
  if (wrong !== undefined) throw new Error(`${wrong}: expected one of ${known.join(", ")}, or all`);
  return words.includes("all") ? known : words;
}

const wanted = task();
if (wanted.kind === "narrate") {
  process.exit(await narrate(wanted.modes, wanted.tor, wanted.keep));
} else if (wanted.about) {
  process.stdout.write(wanted.names.map((name) => `${name}\n\n${about(name)}\n`).join("\n"));
} else {
  process.exit(await runTopologies(wanted.names, wanted));
}
