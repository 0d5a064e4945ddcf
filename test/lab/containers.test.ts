import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { parse } from "yaml";
import { type Container, DAEMON_SET } from "../support/daemon-set.ts";
import { lacking } from "../support/needs.ts";
import type { Answer } from "../support/process.ts";
import { until } from "../support/wait.ts";
import { describe as words, perform, readChecks } from "./checks.ts";
import { Containers } from "./containers.ts";
import { containerlabProblem, Engine, engineProblem, NO_ENGINE, NoEngine } from "./engine.ts";
import { readTopology } from "./topology.ts";

const COMPOSE = join(import.meta.dirname, "../../docker/compose.yaml");

interface Service {
  readonly cap_drop: string[];
  readonly cap_add: string[];
  readonly tmpfs: string[];
  readonly volumes: string[];
  readonly networks: Record<string, { readonly ipv4_address: string }>;
}

interface Compose {
  readonly "x-underlay": Service;
  readonly "x-sysctls": string;
  readonly services: Record<string, Service>;
  readonly networks: Record<
    string,
    { readonly ipam: { readonly config: { readonly subnet: string; readonly gateway: string }[] } }
  >;
}

function readCompose(): Compose {
  return parse(readFileSync(COMPOSE, "utf8"), { merge: true }) as Compose;
}

/** What the DaemonSet says for a container, as words of `docker run`; of its volumes those that have a source. */
function rightsOf(
  { securityContext: own, volumeMounts }: Container,
  sources: Readonly<Record<string, string>>,
): string[] {
  const { runAsUser, runAsGroup } = DAEMON_SET.spec.template.spec.securityContext;
  return [
    ...["--network", "none", "--read-only"],
    ...["--user", `${own.runAsUser ?? runAsUser}:${runAsGroup}`],
    ...own.capabilities.drop.flatMap((name) => ["--cap-drop", name]),
    ...own.capabilities.add.flatMap((name) => ["--cap-add", name]),
    ...volumeMounts
      .filter(({ name }) => name in sources)
      .map(({ name, mountPath, readOnly }) => {
        const flags = readOnly === true ? ":ro" : "";
        return `--volume=${sources[name]}:${mountPath}${flags}`;
      }),
  ];
}

/** What the compose file says for a service, as words of `docker run`. */
function optionsOf(service: Service): string[] {
  return [
    ...service.cap_drop.flatMap((name) => ["--cap-drop", name]),
    ...service.cap_add.flatMap((name) => ["--cap-add", name]),
    ...service.tmpfs.flatMap((mount) => ["--tmpfs", mount]),
    "--read-only",
  ];
}

/** The images made and run by a real Docker engine, and topologies deployed by containerlab. */
describe("containers", { skip: lacking() || (engineProblem() ?? false) }, () => {
  let engine: Engine;
  /** Why the engine, although it is installed, does not run here, or has nothing to make images of. */
  let refused: NoEngine | undefined;
  before(async () => {
    await Engine.start(() => undefined).then(
      (started) => (engine = started),
      (error: Error) => {
        // Only that: what else goes wrong with the images is a failure.
        if (!(error instanceof NoEngine)) throw error;
        refused = error;
      },
    );
  });
  after(() => engine?.close());

  const isThere = (test: TestContext): boolean => {
    const why = refused?.message.trimEnd().split("\n").at(-1);
    if (why !== undefined) test.skip(`${NO_ENGINE} ${why}`);
    return refused === undefined;
  };

  it("the image runs as the compose file has it: no root, three capabilities, read-only, healthy", async (test) => {
    if (!isThere(test)) return;
    const file = join(engine.net.folder, "underlay.yaml");
    const pods = "pods: { pool: [172.16.0.0/12], blocks: [172.16.1.0/24] }";
    writeFileSync(file, `node: { asn: 64512, routerId: 192.0.2.1 }\n${pods}\n`);
    const bind = [`${file}:/etc/underlay/underlay.yaml:ro`, readCompose()["x-sysctls"]].flatMap(
      (each) => ["-v", each],
    );
    const health = ["--health-interval", "1s"];
    await engine.mustDocker(
      ...["run", "-d", "--name", "one", "--network", "none"],
      ...[...optionsOf(readCompose()["x-underlay"]), ...bind, ...health, "underlay"],
    );
    const inspect = async (what: string): Promise<string> =>
      (await engine.mustDocker("inspect", "-f", `{{${what}}}`, "one")).trim();
    await until(
      "it is healthy",
      async () => (await inspect(".State.Health.Status")) === "healthy",
      {
        detail: () => engine.mustDocker("logs", "one"),
      },
    );
    const status = await engine.mustDocker("exec", "one", "underlayctl", "show", "status");
    assert.match(status, /Kernel routes: 1 installed, 0 pending, 0 unresolved, 0 failed/);
    assert.match(status, /Kernel settings: \d+ right, \d+ set, 0 wrong/);
    const who = readFileSync(`/proc/${await inspect(".State.Pid")}/status`, "utf8");
    assert.match(who, /^Uid:\t10179\t10179\t/m);
    assert.match(who, /^CapEff:\t0*3400$/m); // bits 10, 12 and 13
    await engine.mustDocker("stop", "one");
    assert.equal(await inspect(".State.ExitCode"), "0");
  });

  it("the image runs as the DaemonSet of Kubernetes has it", async (test) => {
    if (!isThere(test)) return;
    const [lists, runtime, etc, account] = ["net.d", "run.d", "etc.d", "account.d"].map((name) => {
      const folder = join(engine.net.folder, name);
      mkdirSync(folder);
      return folder;
    });
    // As the kubelet makes an emptyDir.
    for (const folder of [runtime, etc]) chmodSync(folder, 0o777);
    const pods = "pods: { pool: [172.16.0.0/12], blocks: [172.16.1.0/24] }";
    const conflist = "cni: { conflist: /etc/cni/net.d/10-underlay.conflist, plugin: ptp }";
    const config = `node: { asn: 64512, routerId: 192.0.2.1 }\n${pods}\n${conflist}\n`;
    writeFileSync(join(etc, "underlay.yaml"), config);
    for (const name of ["token", "ca.crt"]) writeFileSync(join(account, name), "");
    const { initContainers, containers, volumes } = DAEMON_SET.spec.template.spec;
    const sysctls = volumes.find(({ name }) => name === "sysctls")?.hostPath?.path ?? "";
    // What is the node's own, or made by the kubelet.
    const sources = {
      ...{ cni: lists, run: runtime, sysctls, configuration: etc, account },
      template: resolve(dirname(COMPOSE), "kubernetes"),
    };
    const runFirst = (wanted: string, ...environment: string[]): Promise<Answer> => {
      const container = initContainers.find(({ name }) => name === wanted)!;
      const [program, ...rest] = container.command ?? [];
      const own = [...environment.map((each) => `--env=${each}`), ...rightsOf(container, sources)];
      return engine.docker("run", "--rm", "--entrypoint", program, ...own, "underlay", ...rest);
    };
    // There is no API server here.
    const api = ["KUBERNETES_SERVICE_HOST=127.0.0.1", "KUBERNETES_SERVICE_PORT=1"];
    assert.deepEqual(await runFirst("configuration", "NODE_NAME=node1", ...api), {
      code: 1,
      stdout: "",
      stderr: "API server 127.0.0.1 port 1, node node1: connect ECONNREFUSED 127.0.0.1:1\n",
    });
    assert.deepEqual(await runFirst("cni"), { code: 0, stdout: "", stderr: "" });
    await engine.mustDocker(
      ...["run", "-d", "--name", "daemon-set", ...rightsOf(containers[0], sources), "underlay"],
    );
    const show = ["exec", "daemon-set", "underlayctl", "show", "status"];
    const detail = (): Promise<string> => engine.mustDocker("logs", "daemon-set");
    await until(
      "the kernel's settings are right",
      async () =>
        /Kernel settings: \d+ right, [1-9]\d* set, 0 wrong/.test(
          (await engine.docker(...show)).stdout,
        ),
      { detail },
    );
    const list = join(lists, "10-underlay.conflist");
    await until("the CNI list is written", () => existsSync(list), { detail });
    await engine.mustDocker("rm", "--force", "daemon-set");
  });

  it("the compose file: two nodes and a ToR, and each node has the other's block", async (test) => {
    if (!isThere(test)) return;
    const { networks, services } = readCompose();
    for (const [name, { ipam }] of Object.entries(networks)) {
      const [{ subnet, gateway }] = ipam.config;
      await engine.mustDocker(
        ...["network", "create", "--subnet", subnet, "--gateway", gateway, name],
      );
    }
    for (const [name, service] of Object.entries(services)) {
      const [first, ...others] = Object.entries(service.networks);
      // A path in the file is one from the file on.
      const binds = service.volumes.flatMap((bind) => ["-v", resolve(dirname(COMPOSE), bind)]);
      const network = ["--network", first[0], "--ip", first[1].ipv4_address];
      const words = [...optionsOf(service), ...binds, ...network];
      await engine.mustDocker("create", "--name", name, ...words, "underlay");
      for (const [other, { ipv4_address: address }] of others) {
        await engine.mustDocker("network", "connect", "--ip", address, other, name);
      }
      await engine.mustDocker("start", name);
    }
    const blocks = { node1: "172.16.2.0/24", node2: "172.16.1.0/24" };
    for (const [node, block] of Object.entries(blocks)) {
      const show = ["exec", node, "underlayctl", "show", "route", "primary", block];
      await until(`${node} has ${block}`, async () => (await engine.docker(...show)).code === 0, {
        detail: () => engine.mustDocker("logs", node),
      });
    }
  });

  it("the image holds nothing that is not needed", async (test) => {
    if (!isThere(test)) return;
    const size = Number(await engine.mustDocker("inspect", "-f", "{{.Size}}", "underlay"));
    const readme = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8");
    const said = Number(/three capabilities, (\d+) MB\)/.exec(readme)?.[1]);
    // Node.js has 150 of them.
    assert.ok(Math.abs(size / 1e6 - said) <= 5, `${size} bytes, and the README says ${said} MB`);
    const shell = ["run", "--rm", "--network", "none", "--entrypoint", "/bin/sh", "underlay"];
    assert.notEqual((await engine.docker(...shell)).code, 0, "there is no shell");
  });

  for (const name of ["l3-tor", "dual-tor"]) {
    it(`${name}, by containerlab`, { skip: containerlabProblem() ?? false }, async (test) => {
      if (!isThere(test)) return;
      const topology = readTopology(name);
      const lab = await Containers.deploy(engine, topology);
      try {
        for (const check of readChecks(topology)) {
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
