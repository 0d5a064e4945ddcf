import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Config, parseConfig } from "../config/index.ts";
import { prepareReload } from "./reload.ts";
import { wholeConfig } from "./whole-config.ts";

const folder = mkdtempSync(join(tmpdir(), "underlay-reload-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, "underlay.yaml");

const BASE = `
node: { asn: 64512, routerId: 192.168.1.101 }
pods: { pool: [172.16.0.0/12], blocks: [172.16.1.0/24] }
peers:
  - { name: tor, address: 192.168.1.1, asn: 64600 }
`;

function parsed(text: string): Config {
  const result = parseConfig(text, { file: "running.yaml", hostname: "node1" });
  assert(result.ok);
  return result.config;
}

const running = {
  whole: wholeConfig(parsed(BASE), 0),
  kernel: { nexthopObjects: true, resilientGroups: true },
  privileges: { has: () => true, openPort: 1024, noNew: false },
};

function prepare(text: string): ReturnType<typeof prepareReload> {
  writeFileSync(file, text);
  return prepareReload(file, "node1", running);
}

test("the same text changes nothing", () => {
  const prepared = prepare(BASE);
  assert.equal(prepared.kind, "prepared");
  assert.deepEqual(prepared.kind === "prepared" && prepared.notes, []);
});

test("what changes is said by section, name and key", () => {
  const prepared = prepare(`${BASE}  - { name: tor-b, address: 192.168.1.2, asn: 64600 }\n`);
  assert(prepared.kind === "prepared");
  assert.deepEqual(prepared.notes, ["peers tor-b: added"]);
  assert.equal(prepared.whole.speaker.neighbours.length, 2);
});

test("a mistake is told with its place", () => {
  const prepared = prepare(BASE.replace("asn: 64600", "asn: 64600, holdTme: 9"));
  assert(prepared.kind === "refused");
  assert.match(prepared.problems.join("\n"), /underlay\.yaml:5:\d+: .*holdTme.*holdTime/);
});

test("what cannot change under way is refused, all of it by name", () => {
  const prepared = prepare(
    `${BASE}kernel: { table: 100, metric: 7, protocol: 99, multipath: 2, nexthopObjects: off }
control: { socket: /tmp/other.ctl }
log: { file: /tmp/other.log }
`,
  );
  assert(prepared.kind === "refused");
  const names = prepared.problems.map((problem) => problem.split(" ")[0]).sort();
  assert.deepEqual(names, [
    "control.socket",
    "kernel.metric",
    "kernel.nexthopObjects",
    "kernel.protocol",
    "kernel.table",
    "log.file",
  ]);
});

test("the number of equal paths can change under way", () => {
  const prepared = prepare(`${BASE}kernel: { multipath: 2 }\n`);
  assert(prepared.kind === "prepared");
  assert.deepEqual(prepared.notes, ["kernel: multipath changed"]);
});

test("what changed in the files that it names is said, and no word of what stands in them", () => {
  const key = join(folder, "tor.key");
  const other = join(folder, "bfd.key");
  const filter = join(folder, "filter.yaml");
  const text = `${BASE.replace(
    "asn: 64600",
    `asn: 64600, import: calico, password: { file: ${key} }, bfd: { auth: { type: sha1, keyId: 1, file: ${other} } }`,
  )}filters: { calico: { file: ${filter} } }\n`;
  const write = (secret: string, action: string): void => {
    for (const file of [key, other]) writeFileSync(file, `${secret}\n`, { mode: 0o600 });
    writeFileSync(
      filter,
      `apiVersion: projectcalico.org/v3
kind: BGPFilter
metadata: { name: calico }
spec: { importV4: [{ action: ${action}, matchOperator: In, cidr: 10.0.0.0/8 }] }
`,
    );
  };
  write("before", "Accept");
  writeFileSync(file, text);
  const before = prepareReload(file, "node1", running);
  assert(before.kind === "prepared", JSON.stringify(before));
  write("afterwards", "Reject");
  const after = prepareReload(file, "node1", { ...running, whole: before.whole });
  assert(after.kind === "prepared");
  assert.deepEqual(after.notes, [
    "peers tor: password: its file changed",
    "peers tor: bfd.auth: its file changed",
    "filters calico: its file changed",
  ]);
  const again = prepareReload(file, "node1", { ...running, whole: after.whole });
  assert.deepEqual(again.kind === "prepared" && again.notes, []);
});

test("a password file that is not there, and a file that is not there", () => {
  const prepared = prepare(
    BASE.replace("asn: 64600", `asn: 64600, password: { file: ${folder}/no.key }`),
  );
  assert(prepared.kind === "refused");
  assert.match(prepared.problems.join(), /peer tor: .*no\.key: No such file or directory/);
  const absent = prepareReload(join(folder, "no.yaml"), "node1", running);
  assert(absent.kind === "refused");
  assert.match(absent.problems.join(), /no\.yaml: No such file or directory/);
});

test("what the process may not do is refused as a whole", () => {
  const privileges = {
    has: (capability: string) => capability !== "CAP_NET_RAW",
    openPort: 1024,
    noNew: false,
  };
  const text = BASE.replace("pods: {", "mode: l2\npods: { uplink: eth0,");
  writeFileSync(file, text);
  const prepared = prepareReload(file, "node1", { ...running, privileges });
  assert(prepared.kind === "refused");
  assert.match(prepared.problems.join(), /^missing CAP_NET_RAW \(needed by mode: l2\)/);
});
