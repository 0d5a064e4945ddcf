import assert from "node:assert/strict";
import { Capture } from "../support/capture.ts";
import type { Pod } from "../support/cluster.ts";
import type { Host } from "../support/net.ts";
import { until } from "../support/wait.ts";

/** Waits until `from` gets an answer from `address`. */
export async function reaches(from: Host, address: string): Promise<void> {
  await until(`${from.name} reaches ${address}`, () => from.pings(address), {
    interval: 50,
    detail: async () =>
      [
        await from.ip("route"),
        await from.ip("-6", "route"),
        await from.ip("neigh"),
        (await from.run("ping", "-n", "-c1", "-W1", address)).stdout,
      ].join("\n"),
  });
}

/**
 * Sends a full packet (1500 bytes, not to be fragmented) from pod to pod and looks at it on a wire
 * between the nodes: the pods' own addresses outside, ICMP right behind, whole, `hops` routers old.
 * Likewise at the answer: no address was changed on the way there, or it would not come from `to`.
 */
export async function crossesPlainly(
  on: Host,
  interfaceName: string,
  from: Pod,
  to: Pod,
  index: number,
  hops: number,
): Promise<void> {
  const [source, destination] = [from.addresses[index], to.addresses[index]];
  const six = destination.includes(":");
  await reaches(from.host, destination);
  const capture = await Capture.start(on, interfaceName, six ? "icmp6" : "icmp");
  // 8 bytes of ICMP header and 20 or 40 of IP make 1500. Until the capture has begun in earnest.
  const size = String(1500 - 8 - (six ? 40 : 20));
  const [request, answer] = await until(`full packets of ${source} on the wire`, async () => {
    await from.host.must("ping", "-n", "-c1", "-W30", "-M", "do", "-s", size, destination);
    const seen = capture.packets();
    const request = seen.find((p) => p.source === source && p.destination === destination);
    const answer = seen.find((p) => p.source === destination && p.destination === source);
    return request !== undefined && answer !== undefined && ([request, answer] as const);
  });
  await capture.close();
  for (const packet of [request, answer]) {
    assert.match(packet.protocols, six ? /^eth:ethertype:ipv6:icmpv6/ : /^eth:ethertype:ip:icmp/);
    assert.equal(packet.length, 1500, "bytes of the packet on the wire");
  }
  assert.equal(request.ttl, 64 - hops, "routers passed so far");
  assert.equal(answer.ttl, 63, "the pod's own node alone");
}
