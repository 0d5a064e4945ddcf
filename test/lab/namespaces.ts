import { readFileSync } from "node:fs";
import { Bird } from "../support/bird.ts";
import { Frr } from "../support/frr.ts";
import { Net, type Host } from "../support/net.ts";
import type { Answer, Running } from "../support/process.ts";
import { CLI, Underlay } from "../support/underlay.ts";
import { mustIn, type Deployment } from "./deployment.ts";
import type { Topology, TopologyNode } from "./topology.ts";

/**
 * A topology without Docker: each node a network namespace, its image played by the machine's own
 * programs. In containerlab's order: the programs first, then the links, then what `exec` says.
 */
export class Namespaces implements Deployment {
  readonly net = new Net();
  readonly #daemons = new Map<string, Underlay>();
  readonly #routers = new Map<string, Frr | Bird>();

  /** `say`: told of each step. */
  static async deploy(topology: Topology, say: (step: string) => void): Promise<Namespaces> {
    const lab = new Namespaces();
    try {
      await lab.#deploy(topology, say);
      return lab;
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  async #deploy({ nodes, links }: Topology, say: (step: string) => void): Promise<void> {
    for (const node of nodes) {
      say(`${node.name}: ${node.role}`);
      const host = await this.net.host(node.name);
      for (const [name, value] of Object.entries(node.sysctls)) await host.sysctl(name, value);
      await this.#start(host, node);
    }
    say(`${links.length} links`);
    for (const { ends, mtu } of links) {
      const [one, two] = ends.map((end) => [this.#host(end.node), end.interface] as [Host, string]);
      await this.net.wire(one, two, { mtu });
    }
    say("addresses and routes");
    for (const { name, exec } of nodes) {
      for (const words of exec) await mustIn(this, name, ...words);
    }
  }

  async #start(host: Host, { name, role, binds }: TopologyNode): Promise<void> {
    const bound = (target: string): string => {
      const bind = binds.find((each) => each.target === target);
      if (bind === undefined) throw new Error(`${name}: nothing is bound to ${target}`);
      return readFileSync(bind.file, "utf8");
    };
    switch (role) {
      case "node":
        this.#daemons.set(name, await Underlay.start(host, bound("/etc/underlay/underlay.yaml")));
        return;
      case "frr": {
        const config = bound("/etc/frr/frr.conf");
        const bfd = / bfd$/m.test(config) ? "" : undefined;
        this.#routers.set(name, await Frr.start(host, config, bfd));
        return;
      }
      case "bird":
        this.#routers.set(name, await Bird.start(host, bound("/etc/bird/bird.conf")));
        return;
      case "host":
    }
  }

  #host(name: string): Host {
    const host = this.net.hosts().find((each) => each.name === name);
    if (host === undefined) throw new Error(`no node ${name}`);
    return host;
  }

  #daemon(name: string): Underlay {
    const daemon = this.#daemons.get(name);
    if (daemon === undefined) throw new Error(`${name} runs no underlayd`);
    return daemon;
  }

  readonly run = (node: string, ...words: string[]): Promise<Answer> =>
    words[0] === "underlayctl"
      ? this.#daemon(node).ctl(...words.slice(1))
      : this.#host(node).run(...words);

  start(node: string, ...words: string[]): Running {
    return this.#host(node).start(words);
  }

  ask(node: string, question: string): Promise<string> {
    return this.#daemon(node).ask(question);
  }

  freeze(node: string): Promise<void> {
    return this.#signal(node, "SIGSTOP");
  }

  thaw(node: string): Promise<void> {
    return this.#signal(node, "SIGCONT");
  }

  async #signal(node: string, signal: NodeJS.Signals): Promise<void> {
    for (const pid of this.#pids(node)) process.kill(pid, signal);
  }

  #pids(node: string): number[] {
    const router = this.#routers.get(node);
    if (router === undefined) return [this.#daemon(node).program.pid];
    return router instanceof Frr ? router.pids : [router.program.pid];
  }

  async logs(): Promise<string> {
    const programs = [...this.#daemons, ...this.#routers].map(([name, program]) => {
      const text = program instanceof Frr ? program.output() : program.program.output;
      return `${name}:\n${text.slice(-3000)}`;
    });
    return programs.join("\n");
  }

  shell(node: string): string {
    return `ip netns exec ${this.#host(node).namespace} bash`;
  }

  ctl(node: string): string {
    return `${process.execPath} ${CLI} --socket ${this.#daemon(node).socket}`;
  }

  close(): Promise<void> {
    return this.net.close();
  }
}
