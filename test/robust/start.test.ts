import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { ourRoutes } from "../support/kernel.ts";
import { Net, type Host } from "../support/net.ts";
import type { Answer } from "../support/process.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";
import { SKIP } from "./scene.ts";

const DAEMON = join(import.meta.dirname, "../../src/daemon/main.ts");
const NODE = "node: { asn: 64512, routerId: 192.0.2.1 }";
const NOTHING = "kernel: { install: false, manageSysctls: false }\nlisten: { port: 1179 }";

/** underlayd's words, under setpriv with these capabilities only. */
function limited(capabilities: readonly string[], file: string): string[] {
  const kept = ["-all", ...capabilities.map((name) => `+${name}`)].join();
  const bounds = [`--bounding-set=${kept}`, `--inh-caps=${kept}`];
  return ["setpriv", ...bounds, process.execPath, DAEMON, "--config", file];
}

async function startOn(
  host: Host,
  capabilities: readonly string[],
  config: string,
): Promise<Answer> {
  const file = join(host.net.folder, `${host.name}.yaml`);
  writeFileSync(file, `${NODE}\ncontrol: { socket: ${file}.ctl }\n${config}\n`);
  return host.run(...limited(capabilities, file));
}

describe("what a start needs", { skip: SKIP }, () => {
  const net = new Net();
  after(() => net.close());

  it("without the capabilities that its settings need it does not start, and says how", async () => {
    const host = await net.host("bare");
    for (const [capabilities, config, said] of [
      [[], "", /CAP_NET_ADMIN \(needed by kernel\.install: true, .*CAP_NET_BIND_SERVICE/],
      [["net_bind_service"], "", /^underlayd: missing CAP_NET_ADMIN \(/],
      [["net_admin"], "", /missing CAP_NET_BIND_SERVICE \(needed by listen\.port: 179\)/],
      [
        ["net_admin"],
        "mode: l2\npods: { pool: [10.1.0.0/16], uplink: eth0 }\nlisten: { port: 1179 }",
        /CAP_NET_RAW/,
      ],
      [[], "kernel: { install: false }\nlisten: { port: 1179 }", /kernel\.manageSysctls: true/],
    ] as const) {
      const { code, stderr, stdout } = await startOn(host, capabilities, config);
      assert.equal(code, 1, stderr);
      assert.match(stderr, said);
      assert.match(stderr, /AmbientCapabilities=CAP_NET_.*--cap-add NET_/);
      assert.match(stdout, /"event":"start-failed"/);
    }
    assert.equal(existsSync(join(net.folder, "bare.yaml.ctl")), false);
  });

  it("what needs nothing runs without any; a reload that needs more is refused", async () => {
    const host = await net.host("reflector");
    const file = join(net.folder, "reflector.yaml");
    const underlay = Underlay.at(host, limited([], file));
    underlay.write(`${NODE}\n${NOTHING}`);
    await underlay.launch();
    await underlay.logged("started");
    underlay.write(`${NODE}\n${NOTHING.replace("1179", "179")}`);
    const answer = await underlay.ctl("configure");
    assert.match(answer.stdout + answer.stderr, /missing CAP_NET_BIND_SERVICE/);
    assert.equal(await underlay.end(), 0);
  });

  it("a second daemon of the same kernel.protocol is refused, whatever else differs", async () => {
    const host = await net.host("shared");
    const first = await Underlay.start(
      host,
      `${NODE}\npods: { pool: [10.1.0.0/16], blocks: [10.1.1.0/24] }`,
    );
    await until("its block is there", async () => (await ourRoutes(host)).size === 1);
    for (const config of [
      "listen: { addresses: [] }",
      "listen: { addresses: [] }\nkernel: { table: 100 }",
      "listen: { port: 1179 }\nkernel: { install: false, manageSysctls: false }",
    ]) {
      const file = join(net.folder, "second.yaml");
      writeFileSync(file, `${NODE}\ncontrol: { socket: ${file}.ctl }\n${config}\n`);
      const { code, stderr } = await host.run(process.execPath, DAEMON, "--config", file);
      assert.equal(code, 1, stderr);
      assert.ok(
        stderr.includes(
          `kernel.protocol 186 is taken in this network namespace by underlayd (process ` +
            `${first.program.pid}, control socket ${first.socket})`,
        ),
        stderr,
      );
      assert.equal(existsSync(`${file}.ctl`), false, "its socket is gone");
    }
    assert.equal((await ourRoutes(host)).size, 1);

    // One with a number of its own, beside it; and after a kill the number is free.
    const other = Underlay.at(host, undefined, "beside");
    other.write(`${NODE}\nlisten: { port: 1179 }\nkernel: { install: false, protocol: 187 }`);
    await other.launch();
    await other.logged("started");
    await first.end("SIGKILL");
    await first.launch();
    await first.logged("started");
    assert.equal(await other.end(), 0);
    assert.equal(await first.end(), 0);
  });
});
