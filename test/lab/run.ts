import { which, type PackageName } from "../support/packages.ts";
import { prepare } from "../support/root.ts";
import { describe, perform, readChecks } from "./checks.ts";
import { Containers } from "./containers.ts";
import type { Deployment } from "./deployment.ts";
import { Engine } from "./engine.ts";
import { Namespaces } from "./namespaces.ts";
import { Report } from "./report.ts";
import { readTopology, type Topology } from "./topology.ts";

/** `npm run lab -- TOPOLOGY`: brings it up, checks it, takes it down. */

export const NEEDED = ["iproute2", "procps", "iputils-ping", "tcpdump", "frr", "bird2"] as const;

interface Options {
  readonly docker: boolean;
  readonly keep: boolean;
}

/** Answers the exit status. */
export async function runTopologies(
  names: readonly string[],
  { docker, keep }: Options,
): Promise<number> {
  // Before anything is installed or built: a mistake in one of them is found at once.
  const read = names.map(readTopology).map((topology) => [topology, readChecks(topology)] as const);
  const needed: readonly PackageName[] = docker ? ["iproute2", "docker.io", "mmdebstrap"] : NEEDED;
  await prepare("The lab", needed);
  if (docker && which("containerlab") === undefined) {
    console.error("Missing on this machine: containerlab. See https://containerlab.dev/install/");
    return 1;
  }
  const report = new Report();
  const say = (step: string): void => report.say(step);
  let engine: Engine | undefined;
  if (docker) {
    report.title("Docker, and the images");
    try {
      engine = await Engine.start(say);
    } catch (error) {
      report.check("this step", false, (error as Error).message);
      return 1;
    }
  }
  const deploy = (topology: Topology): Promise<Deployment> =>
    engine === undefined ? Namespaces.deploy(topology, say) : Containers.deploy(engine, topology);
  for (const [topology, checks] of read) {
    report.title(`${topology.name}, ${docker ? "by containerlab" : "in network namespaces"}`);
    let lab: Deployment | undefined;
    try {
      report.step("up");
      lab = await deploy(topology);
      report.step("what must be true of it");
      for (const check of checks) {
        await report.during(describe(check), () => perform(lab as Deployment, check));
      }
      if (keep && topology === read.at(-1)?.[0]) await hold(report, topology, lab);
    } catch (error) {
      report.check("this step", false, (error as Error).message);
      if (lab !== undefined) report.output("the daemons' logs", await lab.logs());
    } finally {
      await lab?.close();
    }
  }
  await engine?.close();
  report.end();
  return report.failures === 0 ? 0 : 1;
}

async function hold(report: Report, { nodes }: Topology, lab: Deployment): Promise<void> {
  report.title("It stays up until you press Ctrl-C");
  const sudo = process.env["SUDO_USER"] === undefined ? "" : "sudo ";
  for (const { name } of nodes) report.say(`${name.padEnd(10)} ${sudo}${lab.shell(name)}`);
  report.say("");
  for (const { name, role } of nodes) {
    if (role === "node") report.say(`${name.padEnd(10)} ${sudo}${lab.ctl(name)} show route`);
  }
  await new Promise<never>(() => setInterval(() => undefined, 1 << 30));
}
