import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parse } from "yaml";
import { lacking } from "./support/needs.ts";
import { Net, type Host } from "./support/net.ts";
import { Notified } from "./support/notified.ts";
import { run } from "./support/process.ts";
import { Underlay, underlayd } from "./support/underlay.ts";
import { until } from "./support/wait.ts";

const TOP = join(import.meta.dirname, "..");
const UNIT = readFileSync(join(TOP, "docker/systemd/underlayd.service"), "utf8");
const NOBODY = 65534;

/** Its value in the unit, in words. */
function unit(key: string): string[] {
  const value = new RegExp(`^${key}=(.*)$`, "m").exec(UNIT)?.[1];
  assert.ok(value !== undefined, key);
  return value.split(" ");
}

/** underlayd as systemd runs it: as nobody in particular, with the unit's capabilities, and watched. */
describe("underlayd as a service", { skip: lacking("systemd") }, () => {
  const net = new Net();
  let host: Host;
  let notified: Notified;
  let underlay: Underlay;
  const config =
    "node: { asn: 64512, routerId: 192.0.2.1 }\npods: { pool: [172.16.0.0/12], blocks: [172.16.1.0/24] }";

  before(async () => {
    host = await net.host("node");
    notified = new Notified(join(net.folder, "notify"));
    for (const file of [net.folder, join(net.folder, "notify")]) chownSync(file, NOBODY, NOBODY);
    const capabilities = unit("AmbientCapabilities").map(
      (name) => `+${name.slice(4).toLowerCase()}`,
    );
    const set = ["-all", ...capabilities].join();
    // The checkout may be in a folder that only root may enter.
    const script = 'mount --bind "$1" /mnt && shift && exec "$@"';
    const inside = (path: string): string =>
      path.startsWith(`${TOP}/`) ? `/mnt${path.slice(TOP.length)}` : path;
    underlay = Underlay.at(host, [
      ...["sh", "-c", script, "sh", TOP],
      ...["env", `NOTIFY_SOCKET=${join(net.folder, "notify")}`, "WATCHDOG_USEC=200000"],
      ...["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", "--no-new-privs"],
      ...[`--bounding-set=${set}`, `--inh-caps=${set}`, `--ambient-caps=${set}`],
      ...[inside(process.execPath), "/mnt/src/daemon/main.ts"],
      ...["--config", join(net.folder, "node.yaml")],
    ]);
    underlay.write(config);
    chmodSync(underlay.file, 0o644);
    await underlay.launch();
  });
  after(async () => {
    await net.close();
    notified.close();
  });

  it("says that it is ready when it is, and what it is", async () => {
    await underlay.logged("started");
    await notified.next(/^READY=1\nSTATUS=underlayd .* runs: AS 64512, /);
  });

  it("does its job with these capabilities alone", async () => {
    await until("the block's route", async () =>
      (await host.ip("route", "show", "172.16.1.0/24")).startsWith("blackhole"),
    );
    assert.equal(await host.readSysctl("net.ipv4.ip_forward"), "1");
    assert.deepEqual(
      underlay.log().filter(({ level }) => level !== "info"),
      [],
    );
  });

  it("says twice in the time allowed that it lives", async () => {
    let seen = 0;
    for (let signs = 0; signs < 3; signs++) seen = (await notified.next(/^WATCHDOG=1$/, seen)) + 1;
  });

  it("says when it reloads and what has come of it", async () => {
    const from = notified.messages().length;
    underlay.write(`${config}\nnonsense: true`);
    underlay.program.child.kill("SIGHUP");
    const begun = await notified.next(/^RELOADING=1\nMONOTONIC_USEC=\d+$/, from);
    const refused = await notified.next(/^READY=1\nSTATUS=configuration refused, /, begun);
    underlay.write(config.replace("64512", "64513"));
    underlay.program.child.kill("SIGHUP");
    const again = await notified.next(/^RELOADING=1\n/, refused);
    await notified.next(/^READY=1\nSTATUS=.* AS 64513, /, again);
    assert.equal((await underlay.ctl("configure", "check")).code, 0);
  });

  it("says that it stops", async () => {
    const from = notified.messages().length;
    assert.equal(await underlay.end(), 0);
    await notified.next(/^STOPPING=1$/, from);
    assert.ok(
      !notified
        .messages()
        .slice(from)
        .some((text) => text.startsWith("RELOADING")),
    );
  });
});

describe("the compose file", () => {
  const { services } = parse(readFileSync(join(TOP, "docker/compose.yaml"), "utf8"), {
    merge: true,
  }) as {
    services: Record<string, { cap_add: string[]; ulimits: { rtprio: number }; volumes: string[] }>;
  };

  it("gives each container a configuration that underlayd takes", async () => {
    assert.deepEqual(Object.keys(services).sort(), ["node1", "node2", "tor"]);
    for (const { volumes } of Object.values(services)) {
      const file = join(TOP, "docker", volumes[0].split(":")[0]);
      assert.equal((await underlayd("--check", "--config", file)).code, 0, file);
    }
  });

  it("gives it what the systemd unit gives", () => {
    const names = unit("AmbientCapabilities").map((name) => name.slice("CAP_".length));
    const rtprio = Number(unit("LimitRTPRIO"));
    for (const { cap_add, ulimits } of Object.values(services)) {
      assert.deepEqual(cap_add, names);
      assert.equal(ulimits.rtprio, rtprio);
    }
  });
});

describe("the systemd unit", { skip: lacking("systemd") }, () => {
  const folder = mkdtempSync(join(tmpdir(), "underlay-unit-"));
  const file = join(folder, "underlayd.service");
  before(() => {
    // The program need not be installed here.
    writeFileSync(file, UNIT.replaceAll(/^(Exec\w+)=underlayd/gm, "$1=true"));
  });
  after(() => rmSync(folder, { recursive: true }));

  it("is one that systemd understands", async () => {
    // Its pages are not installed here either.
    const answer = await run(["systemd-analyze", "verify", "--man=no", file]);
    assert.deepEqual([answer.code, answer.stderr], [0, ""]);
  });

  it("gives away little: systemd's own measure says OK", async () => {
    const words = ["security", "--offline=true", "--threshold=30", "--no-pager", file];
    const { code, stdout } = await run(["systemd-analyze", ...words]);
    assert.equal(code, 0, stdout);
  });

  it("has the bounds that it needs, and no more", () => {
    assert.deepEqual(unit("CapabilityBoundingSet"), unit("AmbientCapabilities"));
    assert.deepEqual(unit("Type"), ["notify"]);
  });
});
