import { join } from "node:path";
import { parseArgs } from "node:util";
import { Net } from "../support/net.ts";
import type { PackageName } from "../support/packages.ts";
import { prepare } from "../support/root.ts";
import { l2 } from "./l2.ts";
import { l3 } from "./l3.ts";
import { Report } from "./report.ts";
import type { TorKind } from "./tor.ts";

/** `npm run lab`: the main job shown on one machine, step by step, in both modes. */

const HELP = `npm run lab [-- OPTIONS]

Builds a ToR router and two nodes in network namespaces, runs underlayd in each, wires pods with the
CNI plugins, and shows sessions, routes, packets and a pod that moves. Nothing outside the
namespaces is touched; all is taken down at the end.

  --mode l3|l2            only this mode (default: both, one after the other)
  --tor underlay|frr|bird who plays the ToR router (default: underlay)
  --keep                  leave the last mode up, say how to enter it, end with Ctrl-C
  --help                  this text
`;

function options(): { modes: readonly ("l3" | "l2")[]; tor: TorKind; keep: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        mode: { type: "string" },
        tor: { type: "string", default: "underlay" },
        keep: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    const { mode, tor } = values;
    if (mode !== undefined && mode !== "l3" && mode !== "l2") {
      throw new Error(`--mode ${mode}: expected l3 or l2`);
    }
    if (tor !== "underlay" && tor !== "frr" && tor !== "bird") {
      throw new Error(`--tor ${tor}: expected underlay, frr or bird`);
    }
    return { modes: mode === undefined ? ["l3", "l2"] : [mode], tor, keep: values.keep };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${HELP}`);
    process.exit(2);
  }
}

const { modes, tor, keep } = options();

const needed: PackageName[] = [
  ...(["iproute2", "procps", "iputils-ping", "tcpdump", "containernetworking-plugins"] as const),
];
if (tor === "frr") needed.push("frr");
if (tor === "bird") needed.push("bird2");
await prepare("The lab", needed);

const report = new Report();
for (const mode of modes) {
  const net = new Net();
  try {
    await (mode === "l3" ? l3(net, report, tor) : l2(net, report, tor));
    if (keep && mode === modes.at(-1)) await hold(net);
  } catch (error) {
    report.check("this step", false, (error as Error).message);
  } finally {
    await net.close();
  }
}
report.title(
  report.failures === 0 ? "All checks passed." : `${report.failures} checks FAILED; see above.`,
);
process.exit(report.failures === 0 ? 0 : 1);

async function hold(net: Net): Promise<void> {
  report.title("The lab stays up until you press Ctrl-C");
  const sudo = process.env["SUDO_USER"] === undefined ? "" : "sudo ";
  for (const host of net.hosts()) {
    report.say(`${host.name.padEnd(8)} ${sudo}ip netns exec ${host.namespace} bash`);
  }
  const cli = `${sudo}${process.execPath} ${join(import.meta.dirname, "../../src/cli/main.ts")}`;
  report.say("");
  report.say(`configurations and control sockets: ${net.folder}`);
  report.say(`e.g.  ${cli} --socket ${net.folder}/node1.ctl show route all`);
  await new Promise<never>(() => setInterval(() => undefined, 1 << 30));
}
