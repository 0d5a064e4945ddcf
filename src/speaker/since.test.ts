import assert from "node:assert/strict";
import { test } from "node:test";
import { address, Network } from "./simulation.test.ts";

test("a pod's route is as old as the pod, though the speaker heard of nothing for a long time", () => {
  const network = new Network();
  const [a, b] = ["192.0.2.1", "192.0.2.2"];
  const left = network.node(a, {
    asn: 65001,
    routerId: 1,
    neighbours: [{ name: "b", address: address(b), asn: 65002 }],
  });
  const right = network.node(b, {
    asn: 65002,
    routerId: 2,
    neighbours: [{ name: "a", address: address(a), asn: 65001 }],
  });
  network.run(20_777);
  // The last thing that it heard of is a keepalive, some seconds ago.
  left.originate("172.16.1.1/32");
  const born = network.now;
  network.run(3000);
  const [own] = left.speaker.survey.paths(0, left.id("172.16.1.1/32"));
  const [learnt] = right.speaker.survey.paths(0, right.id("172.16.1.1/32"));
  assert.ok(Math.abs(own.receivedAt - born) <= 5, `${own.receivedAt} for ${born}`);
  assert.ok(learnt.receivedAt >= own.receivedAt && learnt.receivedAt <= born + 20);
});
