import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parse, parseAllDocuments } from "yaml";
import { parseConfig } from "../../src/config/index.ts";
import { formatAddress } from "../../src/route/index.ts";
import { type Container, containersOf, DAEMON_SET } from "../support/daemon-set.ts";
import { missing } from "../support/packages.ts";
import { must, run, type Answer } from "../support/process.ts";
import { underlayd } from "../support/underlay.ts";
import { rowsUnder, TOP, wordsOf } from "./pages.ts";

/** docker/kubernetes: the manifest says what image and daemon say, and its template becomes a configuration. */

const FOLDER = join(TOP, "docker/kubernetes");
const textOf = (file: string): string => readFileSync(join(TOP, file), "utf8");
const IMAGE = textOf("docker/Dockerfile");
const UNIT = textOf("docker/systemd/underlayd.service");

const NODE = {
  metadata: {
    name: "node1.example.net",
    labels: { "example.net/asn": "64513", odd: "a: b", empty: "" },
    annotations: { "underlay/tor": "192.168.1.1", evil: "192.168.1.1\n    passive: true" },
  },
  spec: { podCIDRs: ["172.16.1.0/24", "fd10:0:0:1::/64"] },
  status: {
    addresses: [
      { type: "Hostname", address: "node1" },
      { type: "InternalIP", address: "192.168.1.101" },
      { type: "InternalIP", address: "fd00:1::101" },
    ],
  },
};

/** What the API server has, by the Node's name. */
const NODES: Readonly<Record<string, string>> = {
  [NODE.metadata.name]: JSON.stringify(NODE),
  // It has joined just now, and the controller manager has given it no pod CIDRs yet.
  new: JSON.stringify({ ...NODE, metadata: { ...NODE.metadata, name: "new" }, spec: {} }),
  broken: "<html>",
};

/** The API server as far as Nodes go, with a certificate of its own. */
class ApiServer {
  readonly folder = mkdtempSync(join(tmpdir(), "underlay-kubernetes-"));
  /** What a pod finds as its service account. */
  readonly account = join(this.folder, "account");
  #server!: ReturnType<typeof createServer>;

  async open(): Promise<void> {
    mkdirSync(this.account);
    const [key, certificate] = [join(this.folder, "key.pem"), join(this.account, "ca.crt")];
    const subject = ["-subj", "/CN=kubernetes", "-addext", "subjectAltName=IP:127.0.0.1"];
    const words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
    await must(["openssl", ...words, "-nodes", "-keyout", key, "-out", certificate, ...subject]);
    writeFileSync(join(this.account, "token"), "secret-token\n");
    const options = { key: readFileSync(key), cert: readFileSync(certificate) };
    this.#server = createServer(options, (asked, reply) => {
      const isKnown = asked.headers.authorization === "Bearer secret-token";
      const [, name] = /^\/api\/v1\/nodes\/(.*)$/.exec(asked.url ?? "") ?? [];
      const node = name !== undefined && name in NODES ? NODES[name] : undefined;
      reply.statusCode = !isKnown ? 403 : node === undefined ? 404 : 200;
      reply.end(isKnown && node !== undefined ? node : `{"message":"it is not for you"}`);
    });
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
  }

  close(): void {
    this.#server.close();
    rmSync(this.folder, { recursive: true });
  }

  /** prepare.mjs, as the init container runs it. */
  async prepare(template: string, name: string, account = this.account): Promise<Answer> {
    const file = join(this.folder, "node.yaml");
    writeFileSync(file, template);
    const { port } = this.#server.address() as AddressInfo;
    const there = { KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: String(port) };
    const env = { ...process.env, ...there, NODE_NAME: name };
    const words = [join(FOLDER, "prepare.mjs"), file, this.output, account];
    return run([process.execPath, ...words], { env });
  }

  readonly output = join(this.folder, "underlay.yaml");
}

const absent = missing(["openssl"]);
const SKIP = absent.length > 0 && `needs ${absent.join(" ")}`;

describe("the template of Kubernetes", { skip: SKIP }, () => {
  const api = new ApiServer();
  before(() => api.open());
  after(() => api.close());
  const template = textOf("docker/kubernetes/node.yaml");
  /** For a cluster of both families. */
  const dual = template
    .replace("pool: [172.16.0.0/12]", 'pool: [172.16.0.0/12, "fd10::/16"]')
    .replace("le 32, 0.0.0.0/0]", 'le 32, 0.0.0.0/0, "fd10::/16 le 128", "::/0"]');

  it("becomes a configuration that the daemon takes", async () => {
    const { code, stdout, stderr } = await api.prepare(dual, NODE.metadata.name);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^wrote .* for node1\.example\.net\n$/);
    assert.deepEqual(await underlayd("--check", "--config", api.output), {
      code: 0,
      stdout: `${api.output}: configuration OK\n`,
      stderr: "",
    });
    const made = parse(readFileSync(api.output, "utf8")) as Record<string, object>;
    assert.deepEqual(made["node"], {
      name: "node1.example.net",
      asn: 64512,
      routerId: "192.168.1.101",
    });
    assert.deepEqual(Reflect.get(made["pods"], "blocks"), NODE.spec.podCIDRs);
    assert.match(JSON.stringify(made["filters"]), /"fd10::\/16 le 128","::\/0"/);
  });

  it("takes labels, also as a number", async () => {
    assert.equal((await api.prepare("asn: ${label example.net/asn}", NODE.metadata.name)).code, 0);
    assert.equal(readFileSync(api.output, "utf8"), "asn: 64513");
  });

  it("is refused where the node lacks something, or has what would become more than a value", async () => {
    const cases: [string, RegExp][] = [
      ["${annotation none}", /^\$\{annotation none\}: node node1\.example\.net has none\n$/],
      ["${label empty}", /^\$\{label empty\}: node node1\.example\.net has none\n$/],
      ["${annotation evil}", /^\$\{annotation evil\}: no such value: "192\.168\.1\.1\\n/],
      ["${label odd}", /^\$\{label odd\}: no such value: "a: b"\n$/],
      [
        "${podCIDR}",
        /^\$\{podCIDR\} is none of name, address, podCIDRs, label KEY, annotation KEY/,
      ],
    ];
    for (const [text, expected] of cases) {
      rmSync(api.output, { force: true });
      const { code, stderr } = await api.prepare(`asn: ${text}`, NODE.metadata.name);
      assert.equal(code, 1, text);
      assert.match(stderr, expected);
      assert.throws(() => readFileSync(api.output), /ENOENT/);
    }
  });

  it("is refused as long as a node has no pod CIDRs", async () => {
    const { code, stderr } = await api.prepare(template, "new");
    assert.deepEqual([code, stderr], [1, "${podCIDRs}: node new has none\n"]);
  });

  it("is refused where the API server does not answer so, in words that name it", async () => {
    const of = /^API server 127\.0\.0\.1 port \d+, node other: status 404: /;
    assert.match((await api.prepare(template, "other")).stderr, of);
    const broken = await api.prepare(template, "broken");
    assert.match(broken.stderr, /^API server .*, node broken: .*"<html>" is not valid JSON\n$/);
    assert.equal(broken.code, 1);
    const stranger = join(api.folder, "stranger");
    mkdirSync(stranger);
    writeFileSync(join(stranger, "ca.crt"), readFileSync(join(api.account, "ca.crt")));
    writeFileSync(join(stranger, "token"), "another");
    const refused = await api.prepare(template, "node1", stranger);
    assert.match(refused.stderr, /: status 403: \{"message":"it is not for you"\}\n$/);
    assert.equal(refused.code, 1);
    const nobody = await api.prepare(template, "node1", join(api.folder, "none"));
    assert.deepEqual([nobody.code, /ENOENT.*token/.test(nobody.stderr)], [1, true]);
  });
});

describe("the manifest of Kubernetes", () => {
  const documents = parseAllDocuments(textOf("docker/kubernetes/underlay.yaml"));
  const resources = documents.map((each) => each.toJS() as { kind: string; metadata: object });
  const { template } = DAEMON_SET.spec;
  const configuration = (() => {
    const places: [RegExp, string][] = [
      [/\$\{podCIDRs\}/g, "[172.16.1.0/24]"],
      [/\$\{address\}/g, "192.168.1.101"],
      [/\$\{[^}.]+\}/g, "192.168.1.1"],
    ];
    const text = places.reduce(
      (made, [place, value]) => made.replaceAll(place, value),
      textOf("docker/kubernetes/node.yaml"),
    );
    const result = parseConfig(text, { file: "node.yaml", hostname: "node1" });
    assert.ok(result.ok);
    return result.config;
  })();
  const mountsOf = ({ volumeMounts }: Container): Map<string, string> =>
    new Map(volumeMounts.map(({ mountPath, name }) => [mountPath, name]));
  const [daemon] = template.spec.containers;

  it("is good YAML, and what it names is there", () => {
    assert.deepEqual(
      documents.flatMap(({ errors }) => errors),
      [],
    );
    const kinds = ["Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "DaemonSet"];
    assert.deepEqual(
      resources.map(({ kind }) => kind),
      kinds,
    );
    const { spec } = DAEMON_SET;
    assert.deepEqual(spec.selector.matchLabels, template.metadata.labels);
    const volumes = template.spec.volumes.map(({ name }) => name);
    const used = containersOf(DAEMON_SET).flatMap(({ volumeMounts }) => volumeMounts);
    assert.deepEqual([...new Set(used.map(({ name }) => name))].sort(), volumes.sort());
  });

  it("gives each container what the systemd unit gives, and no container more but to hand over a folder", () => {
    const names = /^AmbientCapabilities=(.*)$/m.exec(UNIT)?.[1].split(" ") ?? [];
    const three = names.map((name) => name.slice("CAP_".length));
    for (const { name, securityContext } of containersOf(DAEMON_SET)) {
      const { capabilities, readOnlyRootFilesystem, privileged } = securityContext;
      assert.deepEqual(capabilities.drop, ["ALL"]);
      assert.deepEqual(capabilities.add, name === "cni" ? [...three, "CHOWN"] : three);
      assert.equal(readOnlyRootFilesystem, true);
      assert.equal(privileged, undefined);
      assert.equal("allowPrivilegeEscalation" in securityContext, false);
    }
    const setcap = /setcap (\S+)=ep/.exec(IMAGE)?.[1].split(",") ?? [];
    assert.deepEqual(
      setcap.map((name) => name.toUpperCase()),
      names,
    );
  });

  it("runs as the image's user, and as root only what hands a folder to that user", () => {
    const uid = Number(/underlay:x:(\d+):/.exec(IMAGE)?.[1]);
    const { runAsUser, runAsGroup, fsGroup, runAsNonRoot } = template.spec.securityContext;
    assert.deepEqual([runAsUser, runAsGroup, fsGroup, runAsNonRoot], [uid, uid, uid, true]);
    const root = containersOf(DAEMON_SET).filter(
      ({ securityContext }) => securityContext.runAsUser !== undefined,
    );
    assert.deepEqual(
      root.map(({ name, command }) => [name, command?.at(-1)]),
      [["cni", `require("node:fs").chownSync("/etc/cni/net.d", ${uid}, ${uid})`]],
    );
  });

  it("mounts what image, template and daemon write to and read", () => {
    const mounts = mountsOf(daemon);
    const [, file] = JSON.parse(/^CMD (.*)$/m.exec(IMAGE)?.[1] ?? "[]") as string[];
    assert.equal(mounts.get(dirname(file)), "configuration");
    assert.equal(mounts.get(dirname(configuration.control.socket)), "run");
    assert.equal(mounts.get(dirname(configuration.cni?.conflist ?? "")), "cni");
    const second = /SECOND_FOLDER = "(.*)"/.exec(textOf("src/kernel/sysctl.ts"))?.[1];
    assert.equal(mounts.get(`${second}/net`), "sysctls");
    const [first, ...rest] = template.spec.initContainers;
    assert.deepEqual(rest.length, 1);
    assert.equal(first.command?.[3], file);
    assert.equal(mountsOf(first).get(dirname(file)), "configuration");
    assert.equal(mountsOf(first).get(dirname(first.command?.[1] ?? "")), "template");
    assert.equal(mountsOf(first).get(first.command?.[4] ?? ""), "account");
    assert.equal(mounts.has(first.command?.[4] ?? ""), false, "the daemon has no token");
  });

  it("asks for health and readiness where the template has them answered", () => {
    const listen = configuration.metrics?.listen;
    assert.ok(listen !== undefined);
    const [host, port] = [formatAddress(listen.address), listen.port];
    const { startupProbe, livenessProbe, readinessProbe } = daemon;
    for (const [probe, path] of [
      [startupProbe, "/healthz"],
      [livenessProbe, "/healthz"],
      [readinessProbe, "/readyz"],
    ] as const) {
      assert.deepEqual(probe?.httpGet, { host, port, path });
      assert.ok(textOf("src/observe/metrics-server.ts").includes(`case "${path}":`));
    }
  });

  it("is put together by a kustomization that names the files, the image and its version", () => {
    const { version } = JSON.parse(textOf("package.json")) as { version: string };
    const made = parse(textOf("docker/kubernetes/kustomization.yaml")) as {
      resources: string[];
      configMapGenerator: { name: string; files: string[] }[];
      images: { name: string; newTag: string }[];
    };
    const [{ name, files }] = made.configMapGenerator;
    for (const file of [...made.resources, ...files])
      assert.ok(textOf(`docker/kubernetes/${file}`));
    const [map] = template.spec.volumes.filter(({ configMap }) => configMap !== undefined);
    assert.deepEqual([map.name, map.configMap?.name], ["template", name]);
    const [{ name: image, newTag }] = made.images;
    assert.equal(newTag, version);
    for (const container of containersOf(DAEMON_SET)) assert.equal(container.image, image);
  });

  it("lets the one init container read the Node, and nobody else anything", () => {
    const [role] = resources.filter(({ kind }) => kind === "ClusterRole") as unknown as {
      rules: object[];
    }[];
    assert.deepEqual(role.rules, [{ apiGroups: [""], resources: ["nodes"], verbs: ["get"] }]);
    assert.equal(template.spec.automountServiceAccountToken, false);
  });
});

it("the page explains lines that are there, and says of others that they are not", () => {
  const text = textOf("docker/kubernetes/underlay.yaml");
  const cells = rowsUnder("config/kubernetes.md", "## Why each line is there").map(
    ([cell]) => cell,
  );
  assert.ok(cells.length > 15);
  for (const cell of cells) {
    const isAbsent = cell.startsWith("no ");
    for (const word of wordsOf(cell)) assert.equal(text.includes(word), !isAbsent, word);
  }
});
