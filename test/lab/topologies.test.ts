import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { lacking } from "../support/needs.ts";
import { run, Running } from "../support/process.ts";
import { underlayd } from "../support/underlay.ts";
import { until } from "../support/wait.ts";
import { describe as words, perform, readChecks } from "./checks.ts";
import { Namespaces } from "./namespaces.ts";
import { NEEDED } from "./run.ts";
import { parseTopology, readTopology, topologies } from "./topology.ts";

const LAB = join(import.meta.dirname, "main.ts");

/** Each topology, up without Docker, with its checks: what `npm run lab -- TOPOLOGY` does. */
describe("topologies", { concurrency: 2, skip: lacking(...NEEDED) }, () => {
  for (const name of topologies()) {
    it(name, async () => {
      const topology = readTopology(name);
      const checks = readChecks(topology);
      const lab = await Namespaces.deploy(topology, () => undefined);
      try {
        for (const check of checks) {
          await perform(lab, check).catch(async (error: Error) => {
            throw new Error(`${words(check)}: ${error.message}\n${await lab.logs()}`);
          });
        }
      } finally {
        await lab.close();
      }
    });
  }
});

describe("npm run lab -- TOPOLOGY", { skip: lacking(...NEEDED) }, () => {
  it("says what it does, stays up with --keep, and Ctrl-C takes it down", async () => {
    const program = new Running([process.execPath, LAB, "l3-tor", "--keep"]);
    try {
      const detail = (): string => program.output;
      await until("it stays up", () => /node2 .* show route$/m.test(program.output), { detail });
      assert.match(program.output, /ok {2}node1: sessions with tor/);
      const [, namespace] = /ip netns exec (\S+-node1) bash/.exec(program.output) ?? [];
      const [, command] = /^ +node1 +(.* show route)$/m.exec(program.output) ?? [];
      assert.match((await run(["sh", "-c", command])).stdout, /^172\.16\.2\.0\/24 /m);
      assert.equal(await program.end("SIGINT"), 130);
      assert.ok(!(await run(["ip", "netns", "list"])).stdout.includes(namespace));
    } finally {
      await program.end();
    }
  });
});

describe("a topology's files", () => {
  it("each has checks, and each kind of check is made somewhere", () => {
    const kinds = topologies().flatMap((name) => {
      const checks = readChecks(readTopology(name));
      assert.ok(checks.length > 0, name);
      return checks.map(({ kind }) => kind);
    });
    const all = ["arp", "bfd", "freeze", "link", "ping", "route", "run", "session", "thaw"];
    assert.deepEqual([...new Set(kinds)].sort(), all);
  });

  it("bind files that are there, and underlayd accepts its own", async () => {
    for (const { file, target } of topologies().flatMap((name) =>
      readTopology(name).nodes.flatMap(({ binds }) => binds),
    )) {
      assert.ok(existsSync(file), file);
      if (!target.endsWith("underlay.yaml")) continue;
      assert.equal((await underlayd("--check", "--config", file)).code, 0, file);
    }
  });

  it("with something that is not understood are refused", () => {
    const folder = mkdtempSync(join(tmpdir(), "underlay-topology-"));
    after(() => rmSync(folder, { recursive: true }));
    const good = readFileSync(readTopology("l3-tor").file, "utf8");
    for (const [from, to, why] of [
      ["kind: linux", "kind: nokia_srlinux", /defaults\.kind/],
      ["image: underlay-lab/frr", "image: underlay-lab/cisco", /nodes\.tor\.image/],
      ["sysctls:", "startup-delay:", /Unrecognized key: "startup-delay"/],
      ["ip address add 192.168.1.1/24 dev eth1", "ip address show | cat", /nodes\.tor\.exec/],
      ['"pod1:eth1"', '"pod9:eth1"', /a link's end at pod9: no such node/],
      ['"node2:eth1"', '"node1:eth1"', /two links end at node1:eth1/],
      ['"node2:eth1"', '"node2"', /"node2": expected NODE:INTERFACE/],
    ] as const) {
      assert.ok(good.includes(from), from);
      const file = join(folder, "bad.clab.yml");
      writeFileSync(file, good.replace(from, to));
      assert.throws(() => parseTopology(file), why);
    }
  });
});
