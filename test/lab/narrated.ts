import { join } from "node:path";
import { Net } from "../support/net.ts";
import type { PackageName } from "../support/packages.ts";
import { prepare } from "../support/root.ts";
import { l2 } from "./l2.ts";
import { l3 } from "./l3.ts";
import { Report } from "./report.ts";
import type { TorKind } from "./tor.ts";

/** The main job shown on one machine, step by step; answers the exit status. */
export async function narrate(
  modes: readonly ("l3" | "l2")[],
  tor: TorKind,
  keep: boolean,
): Promise<number> {
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
      if (keep && mode === modes.at(-1)) await hold(net, report);
    } catch (error) {
      report.check("this step", false, (error as Error).message);
    } finally {
      await net.close();
    }
  }
  report.end();
  return report.failures === 0 ? 0 : 1;
}

async function hold(net: Net, report: Report): Promise<void> {
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
