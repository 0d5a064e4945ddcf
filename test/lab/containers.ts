import { cpSync } from "node:fs";
import { basename, join } from "node:path";
import { run, Running, type Answer } from "../support/process.ts";
import { mustIn, type Deployment } from "./deployment.ts";
import type { Engine } from "./engine.ts";
import { TOPOLOGIES, type Topology } from "./topology.ts";

/** A topology deployed by containerlab itself, each node a container. */
export class Containers implements Deployment {
  readonly #engine: Engine;
  readonly #topology: Topology;
  readonly #file: string;

  private constructor(engine: Engine, topology: Topology) {
    this.#engine = engine;
    this.#topology = topology;
    // containerlab writes beside a topology's file.
    const folder = join(engine.net.folder, "topologies");
    cpSync(TOPOLOGIES, folder, { recursive: true });
    this.#file = join(folder, basename(topology.file));
  }

  static async deploy(engine: Engine, topology: Topology): Promise<Containers> {
    const lab = new Containers(engine, topology);
    try {
      await engine.containerlab("deploy", "--topo", lab.#file);
      return lab;
    } catch (error) {
      // What cannot be taken down now goes with the engine.
      await lab.close().catch(() => undefined);
      throw error;
    }
  }

  #container(node: string): string {
    return `clab-${this.#topology.name}-${node}`;
  }

  readonly run = (node: string, ...words: string[]): Promise<Answer> =>
    run(this.#engine.words("exec", this.#container(node), ...words));

  start(node: string, ...words: string[]): Running {
    return this.#engine.net.keep(
      new Running(this.#engine.words("exec", this.#container(node), ...words)),
    );
  }

  ask(node: string, question: string): Promise<string> {
    return mustIn(this, node, "underlayctl", ...question.split(" "));
  }

  async freeze(node: string): Promise<void> {
    await this.#engine.mustDocker("pause", this.#container(node));
  }

  async thaw(node: string): Promise<void> {
    await this.#engine.mustDocker("unpause", this.#container(node));
  }

  async logs(): Promise<string> {
    const logs = this.#topology.nodes.map(async ({ name }) => {
      const { stdout, stderr } = await this.#engine.docker(
        ...["logs", "--tail", "20", this.#container(name)],
      );
      return `${name}:\n${stdout}${stderr}`;
    });
    return (await Promise.all(logs)).join("\n");
  }

  shell(node: string): string {
    return this.#engine.words("exec", "-it", this.#container(node), "bash").join(" ");
  }

  ctl(node: string): string {
    return this.#engine.words("exec", this.#container(node), "underlayctl").join(" ");
  }

  async close(): Promise<void> {
    await this.#engine.containerlab("destroy", "--cleanup", "--topo", this.#file);
  }
}
