import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Bird } from "../support/bird.ts";
import { GoBgp } from "../support/gobgp.ts";
import { lacking } from "../support/needs.ts";
import { Net } from "../support/net.ts";
import { run } from "../support/process.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

/** A node beside BIRD writes what comes in and dumps what it has; bgpdump reads both, GoBGP the dump. */

const BIRD = `
router id 10.0.0.2;
log stderr all;
protocol device {}
protocol static four { ipv4; route 10.1.1.0/24 blackhole; route 10.1.2.0/25 blackhole; }
protocol static six { ipv6; route fd00:1::/64 blackhole; }
protocol bgp node {
  local 10.0.0.2 as 4200000002; neighbor 10.0.0.1 as 64512;
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 { import all; export where source = RTS_STATIC; add paths tx; };
  ipv6 { import all; export where source = RTS_STATIC; };
}
`;

const config = (mrt: string): string => `
node: { name: node, asn: 64512, routerId: 10.0.0.1 }
static: [{ prefix: 10.2.2.0/24 }]
peers:
  - { name: router, address: 10.0.0.2, asn: 4200000002, connectRetry: 1, addPath: { receive: true } }
${mrt}
`;

/** Lines of `bgpdump -m`: fields with | between. */
async function bgpdump(file: string): Promise<string[][]> {
  const { code, stdout, stderr } = await run(["bgpdump", "-m", file]);
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stderr, /error|warn|invalid|unknown/i, stderr);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("|"));
}

/** What was said of which route, without the time; "_AP" says that there are path identifiers. */
const without = (lines: string[][]): string[] =>
  lines.map(([type, , kind, peer, asn, ...rest]) => {
    const isAddPath = type.endsWith("_AP");
    const [prefix, path, origin, hop] = isAddPath ? [rest[0], ...rest.slice(2)] : rest;
    return [type, kind, peer, asn, prefix, path, origin, hop].filter(Boolean).join(" ");
  });

describe("MRT (RFC 6396, RFC 8050)", { skip: lacking("bird2", "bgpdump", "gobgpd") }, () => {
  it("a log of updates and table dumps, read by bgpdump; unwritable files cost nothing", async () => {
    const net = new Net();
    try {
      const [node, router] = [await net.host("node"), await net.host("router")];
      await net.wire([node, "eth0", "10.0.0.1/24"], [router, "eth0", "10.0.0.2/24"]);
      await node.run("ip", "addr", "add", "fd00::1/64", "dev", "eth0", "nodad");
      await router.run("ip", "addr", "add", "fd00::2/64", "dev", "eth0", "nodad");
      const updates = join(net.folder, "updates.mrt");
      const bird = await Bird.start(router, BIRD);
      const underlay = await Underlay.start(node, config(`mrt: { updates: { file: ${updates} } }`));
      await underlay.established("router");
      await until("routes are there", async () => {
        const all = await underlay.ask("show route");
        return ["10.1.1.0/24", "10.1.2.0/25", "fd00:1::/64"].every((route) => all.includes(route));
      });

      // The log of updates, as it comes, and again behind a flap.
      await bird.ask("disable four");
      await until("withdrawals are logged", async () => {
        const lines = without(await bgpdump(updates));
        return lines.some((line) =>
          line.startsWith("BGP4MP_ET_AP W 10.0.0.2 4200000002 10.1.1.0/24"),
        );
      });
      await bird.ask("restart node");
      await underlay.logged("session-down");
      await underlay.established("router");
      await bird.ask("enable four");
      const log = await until("both sessions are logged", async () => {
        const lines = await bgpdump(updates);
        const up = lines.filter(([, , kind, , , , to]) => kind === "STATE" && to === "6");
        return up.length > 1 ? lines : undefined;
      });
      const said = without(log).join("\n");
      assert.match(
        said,
        /BGP4MP_ET_AP A 10\.0\.0\.2 4200000002 10\.1\.1\.0\/24 4200000002 IGP 10\.0\.0\.2/,
      );
      assert.match(said, /BGP4MP_ET A 10\.0\.0\.2 4200000002 fd00:1::\/64 4200000002 IGP/);
      assert.match(said, /BGP4MP_ET STATE 10\.0\.0\.2 4200000002 [45] 6/);
      assert.match(said, /BGP4MP_ET STATE 10\.0\.0\.2 4200000002 6 1/);

      // SIGHUP: logrotate has moved it away.
      renameSync(updates, `${updates}.1`);
      process.kill(underlay.program.pid, "SIGHUP");
      await bird.ask("disable six");
      await until("a new file", () => existsSync(updates) && statSync(updates).size > 0);
      await bird.ask("enable six");
      await until("routes are back", async () => {
        const all = await underlay.ask("show route");
        return ["10.1.1.0/24", "10.1.2.0/25", "fd00:1::/64"].every((route) => all.includes(route));
      });

      // Dumps, on demand.
      const dump = join(net.folder, "rib.mrt");
      const answer = await underlay.ctl("mrt", "dump", "to", dump);
      assert.equal(answer.code, 0, answer.stdout + answer.stderr);
      const [first] = (await underlay.json<{ routes: number }[]>("mrt", "dump", "to", dump)) ?? [];
      assert.equal(first.routes, 4);
      const lines = without(await bgpdump(dump)).join("\n");
      assert.match(
        lines,
        /TABLE_DUMP2_AP B 10\.0\.0\.2 4200000002 10\.1\.1\.0\/24 4200000002 IGP 10\.0\.0\.2/,
      );
      assert.match(lines, /TABLE_DUMP2 B 10\.0\.0\.2 4200000002 fd00:1::\/64 4200000002 IGP/);
      assert.match(lines, /TABLE_DUMP2 B 10\.0\.0\.1 64512 10\.2\.2\.0\/24 IGP 0\.0\.0\.0/);
      // GoBGP 3.10 reads IPv4 alone: it does not know the short MP_REACH_NLRI of RFC 6396 §4.3.4.
      const gobgp = await GoBgp.start(
        router,
        '[global.config]\nas = 65099\nrouter-id = "10.0.0.99"\nport = -1\n',
      );
      const inject = ["gobgp", "--debug", "mrt", "inject", "global", dump];
      const records = await until("GoBGP has read the dump", async () => {
        const { code, stdout } = await gobgp.host.run("timeout", "20", ...inject);
        return code === 0 && stdout;
      });
      assert.match(
        records,
        /Prefix \[10\.1\.1\.0\/24.*PeerIndex \[1\].*4200000002 .*\{Nexthop: 10\.0\.0\.2\}/,
      );
      assert.match(records, /Prefix \[10\.2\.2\.0\/24\].*PeerIndex \[0\].*\{Nexthop: 0\.0\.0\.0\}/);
      const six = join(net.folder, "six.mrt");
      await underlay.ask(`mrt dump table "*6" to "${six}"`);
      assert.deepEqual(
        (await bgpdump(six)).map((fields) => fields[5]),
        ["fd00:1::/64"],
      );
      const failed = await underlay.ask(`mrt dump to "${net.folder}/none/rib.mrt"`);
      assert.match(failed, /Cannot dump: ENOENT/);

      // What cannot be written is said once, and routing goes on.
      underlay.write(config(`mrt: { updates: { file: ${net.folder}/none/updates.mrt } }`));
      await underlay.ask("configure");
      await bird.ask("disable six");
      await underlay.logged("mrt-failed");
      assert.match(await underlay.ask("show status"), /updates\.mrt: ENOENT/);
      await underlay.established("router");
      assert.ok(readFileSync(updates).length > 0);
      await bird.end("SIGTERM");
    } finally {
      await net.close();
    }
  });
});
