// BFD as the speaker sees it: whom it wants watched, and what a loss does to a session.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { NeighbourConfig, SpeakerConfig } from "./config.ts";
import type { LivenessEffect, PathChange } from "./effects.ts";
import { address, Network } from "./simulation.test.ts";

const A = "192.0.2.1";
const B = "192.0.2.2";
const BFD = { interval: 100, multiplier: 3 };
const UP: PathChange = {
  isUp: true,
  diagnostic: "no diagnostic",
  remoteAdminDown: false,
  controlPlaneIndependent: false,
};
const LOST: PathChange = {
  isUp: false,
  diagnostic: "control detection time expired",
  remoteAdminDown: false,
  controlPlaneIndependent: false,
};

function pair(more: Partial<NeighbourConfig> = { bfd: BFD }) {
  const network = new Network();
  const b = { name: "b", address: address(B), asn: 65002, ...more };
  const config: SpeakerConfig = { asn: 65001, routerId: 1, neighbours: [b] };
  const left = network.node(A, config);
  const a = { name: "a", address: address(A), asn: 65001 };
  const right = network.node(B, { asn: 65002, routerId: 2, neighbours: [a] });
  network.run(500);
  assert.equal(left.state("b"), "Established");
  const asked = (): LivenessEffect[] => left.liveness.splice(0);
  const reload = (bfd: NeighbourConfig["bfd"]) => {
    left.change("b", { bfd });
    network.run(10);
  };
  const tell = (change: PathChange): void => {
    left.speaker.pathChanged("b", change, network.now);
    network.run(10);
  };
  return { network, left, right, asked, reload, tell };
}

test("a neighbour is watched from its first session on, by its addresses", () => {
  const { asked } = pair();
  const [watch, proof] = asked();
  assert.ok(watch.kind === "liveness" && watch.wanted !== undefined);
  assert.deepEqual(watch.wanted.local, address(A));
  assert.deepEqual(watch.wanted.remote, address(B));
  assert.equal(watch.wanted.bfd, BFD);
  assert.equal(proof.kind, "path-proved");
});

test("one that is lost after it was there ends the session with Cease/BFD Down (RFC 9384)", () => {
  const { left, right, tell, network } = pair();
  tell(UP);
  assert.ok(left.eventNames().includes("bfd-up"));
  tell(LOST);
  assert.ok(left.eventNames().includes("bfd-down"));
  const said = left.neighbour("b").lastError?.text ?? "";
  assert.match(said, /Cease\/BFD Down: control detection time expired/);
  assert.match(right.neighbour("a").lastError?.text ?? "", /Cease\/BFD Down/);
  network.run(60_000);
  assert.equal(left.state("b"), "Established", "it comes back by itself");
});

test("one that never was there, or whose operator ended BFD, keeps its session", () => {
  const { left, tell } = pair();
  tell(LOST);
  assert.equal(left.state("b"), "Established");
  tell(UP);
  tell({ ...LOST, remoteAdminDown: true });
  assert.equal(left.state("b"), "Established");
  assert.ok(left.eventNames().includes("bfd-down"));
});

test("the watch follows the configuration and the operator; the session does not mind", () => {
  const { network, left, asked, reload } = pair();
  asked();
  reload(undefined);
  assert.deepEqual(asked(), [{ kind: "liveness", neighbour: "b", wanted: undefined }]);
  reload({ ...BFD, interval: 50 });
  const [again] = asked();
  assert.ok(again.kind === "liveness" && again.wanted?.bfd.interval === 50);
  assert.equal(left.neighbour("b").traffic.established, 1);
  left.speaker.disable("b", network.now);
  network.run(10);
  const [ended] = asked();
  assert.ok(ended.kind === "liveness" && ended.wanted === undefined);
});

test("BFD switched on by a reload begins at once for a session that is up", () => {
  const { asked, reload } = pair({});
  assert.deepEqual(asked(), []);
  reload(BFD);
  const [watch] = asked();
  assert.ok(watch.kind === "liveness" && watch.wanted !== undefined);
});

test("a neighbour that is taken out of the configuration is watched no longer", () => {
  const { network, left, asked } = pair();
  asked();
  left.reconfigure({ neighbours: [] });
  network.run(10);
  const last = asked().at(-1);
  assert.ok(last?.kind === "liveness" && last.wanted === undefined);
});

test("another neighbour under the same name is not watched at the address of the one before", () => {
  const { network, left, asked, tell } = pair();
  asked();
  tell(UP);
  left.change("b", { address: address("192.0.2.9") });
  network.run(10);
  assert.deepEqual(asked(), [{ kind: "liveness", neighbour: "b", wanted: undefined }]);
  tell(LOST);
  assert.ok(!left.eventNames().includes("bfd-down"));
});
