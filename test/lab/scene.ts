import { join } from "node:path";
import type { Node, Pod } from "../support/cluster.ts";
import type { Host } from "../support/net.ts";
import { until } from "../support/wait.ts";
import type { Report } from "./report.ts";

/** What both modes show. */

/** The sessions of every node, then the routes that each has learnt and holds in its kernel. */
export async function showNodes(report: Report, nodes: readonly Node[]): Promise<void> {
  for (const { host, daemon } of nodes) {
    report.say(`on ${host.name}:`);
    report.output("underlayctl show protocols", await daemon.show("protocols"));
    report.output("underlayctl show route", await daemon.show("route"));
    report.output("ip route", await host.ip("route"));
  }
}

/** Pings, and says by which hops the packets went (each found by a TTL that ends there). */
export async function pingAndPath(report: Report, from: Pod, to: string): Promise<void> {
  const ping = await from.host.run("ping", "-n", "-c3", "-i0.2", "-W10", to);
  report.output(`ping ${to}   (in ${from.host.name})`, ping.stdout, (line) =>
    /bytes from|packets/.test(line),
  );
  report.check(`${from.host.name} reaches ${to}`, ping.code === 0);
  const hops: string[] = [];
  for (let ttl = 1; ttl <= 8; ttl++) {
    const probe = await from.host.run("ping", "-n", "-c1", "-W10", "-t", String(ttl), to);
    const via = /From (\S+).*Time to live exceeded/i.exec(probe.stdout)?.[1];
    hops.push(via ?? to);
    if (via === undefined) break;
  }
  report.say(`the path: ${from.address} → ${hops.join(" → ")}`);
}

/** Sends 1500-byte packets that may not be fragmented and shows them as they cross a wire. */
export async function capture(
  report: Report,
  on: Host,
  interfaceName: string,
  from: Pod,
  to: Pod,
): Promise<void> {
  const words = ["-n", "-v", "-l", "-c2", "-i", interfaceName];
  const dump = on.start(["tcpdump", ...words, "icmp", "and", "host", to.address]);
  await until("tcpdump listens", () => dump.output.includes("listening on"));
  const ping = await from.host.run(
    "ping",
    "-n",
    "-c1",
    "-W10",
    "-M",
    "do",
    "-s",
    "1472",
    to.address,
  );
  report.check("a packet of 1500 bytes passes whole", ping.code === 0);
  await until("tcpdump has seen the packets", () => dump.ended, {
    detail: () => dump.output,
  });
  report.output(
    `tcpdump -n -v -i ${interfaceName} icmp   (on ${on.name})`,
    dump.output,
    (line) => /IP|>/.test(line) && !line.includes("listening"),
  );
  const plain = dump.output.includes(`${from.address} > ${to.address}: ICMP echo request`);
  report.check("pod address to pod address: no encapsulation, no NAT", plain);
  const whole = /length 1500/.test(dump.output);
  report.check("1500 bytes on the wire", whole);
}

/** A TCP transfer from pod to pod. */
export async function transfer(report: Report, from: Pod, to: Pod): Promise<void> {
  const script = join(import.meta.dirname, "transfer.ts");
  const bytes = 64 << 20;
  const server = to.host.start([process.execPath, script, "serve", to.address, "5000"]);
  await until("the receiver listens", () => server.output.includes("listening"));
  const sent = await from.host.run(
    ...[process.execPath, script, "send", to.address, "5000", String(bytes)],
  );
  await until("the receiver has counted", () => server.ended, { detail: () => server.output });
  const line = server.output.split("\n").find((text) => text.startsWith("{")) ?? "{}";
  const result = JSON.parse(line) as { bytes?: number; megabits?: number; from?: string };
  report.check(
    `TCP from ${from.host.name} to ${to.host.name}`,
    sent.code === 0 && result.bytes === bytes,
    `${(result.bytes ?? 0) >> 20} MiB at ${result.megabits ?? 0} Mbit/s, peer address ${result.from ?? "?"}`,
  );
  report.check("the receiver sees the sender's own address", result.from === from.address);
}
