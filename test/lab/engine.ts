import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Net } from "../support/net.ts";
import { missing, which } from "../support/packages.ts";
import { must, run, runNow, type Answer, type Running } from "../support/process.ts";
import { until } from "../support/wait.ts";

/**
 * A Docker engine of its own, in a network namespace of its own: the machine's Docker, interfaces and
 * packet filters are not touched. Its images are made on this machine, from Debian's packages and the
 * packed programs, without any registry.
 */

const TOP = join(import.meta.dirname, "../..");
const ROLES = ["host", "node", "bird", "frr"];
/** What Debian's root has in it, for all images. */
const DEBIAN = [
  ...["iproute2", "iputils-ping", "procps", "tcpdump", "frr", "bird2"],
  ...["libatomic1", "libstdc++6", "libcap2-bin"],
];
/** Capabilities that a privileged container is given, all of them (linux/capability.h). */
const ALL_CAPABILITIES = 0x1ffffffffffn;

/** How every reason begins why something real cannot be deployed on this machine. */
export const NO_ENGINE = "no Docker or containerlab on this machine:";

/** Thrown where this machine, and nothing of ours, is in the way; the last line says what it is. */
export class NoEngine extends Error {}

/** mmdebstrap's words where apt cannot get at a mirror. */
const NO_MIRROR = /^E: apt-get update .*failed$/m;

/** Why no Docker engine can be had here; undefined: nothing is known to be in the way. */
export function engineProblem(): string | undefined {
  const absent = missing(["docker.io", "mmdebstrap"]);
  return absent.length > 0 ? `${NO_ENGINE} needs ${absent.join(", ")}` : undefined;
}

/** Why containerlab cannot deploy with it; undefined: nothing is known to be in the way. */
export function containerlabProblem(): string | undefined {
  if (which("containerlab") === undefined) return `${NO_ENGINE} there is no containerlab`;
  if (!existsSync("/proc/modules")) {
    return `${NO_ENGINE} containerlab wants a kernel with modules (/proc/modules)`;
  }
  const bounds = /^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  if ((BigInt(`0x${bounds ?? "0"}`) & ALL_CAPABILITIES) !== ALL_CAPABILITIES) {
    return `${NO_ENGINE} its containers are privileged, and even root has not all capabilities here`;
  }
  return undefined;
}

export class Engine {
  readonly net = new Net();
  readonly #socket = join(this.net.folder, "docker.sock");
  #namespace = "";
  #dockerd: Running | undefined;

  static async start(say: (step: string) => void): Promise<Engine> {
    const engine = new Engine();
    try {
      await engine.#start(say);
      return engine;
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  async #start(say: (step: string) => void): Promise<void> {
    say("dockerd, in a network namespace of its own");
    const host = await this.net.host("docker");
    this.#namespace = host.namespace;
    const folder = (name: string): string => join(this.net.folder, name);
    // Before others end it the hard way.
    process.prependListener("exit", this.#takeDown);
    // Not `ip netns exec`: its own /sys has no cgroups.
    const dockerd = this.net.startOutside(
      this.#inside(
        ...["dockerd", "--host", `unix://${this.#socket}`, "--pidfile", folder("docker.pid")],
        ...["--data-root", folder("images"), "--exec-root", folder("run")],
        ...["--iptables=false", "--bridge=none"],
      ),
    );
    this.#dockerd = dockerd;
    await until(
      "dockerd answers",
      async () => {
        if (dockerd.ended) return true;
        return (await this.docker("version")).code === 0;
      },
      { detail: () => dockerd.output },
    );
    if (dockerd.ended) throw new NoEngine(`dockerd ended:\n${dockerd.output}`);
    say(`Debian, with ${DEBIAN.join(", ")} (a minute)`);
    const root = folder("root.tar");
    const include = `--include=${DEBIAN.join(",")}`;
    // Ended by whatever, it takes its processes and mounts along, and its files lie in our folder.
    const alone = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
    const words = ["mmdebstrap", "--quiet", "--variant=minbase", include, "bookworm", root];
    const env = { ...process.env, TMPDIR: this.net.folder };
    await must([...alone, ...words], { env }).catch((error: Error) => {
      if (!NO_MIRROR.test(error.message)) throw error;
      throw new NoEngine(
        `${error.message}\nDebian's packages cannot be had: apt-get update failed`,
      );
    });
    await this.mustDocker("import", root, "underlay-lab/root");
    say("underlay and Node.js, packed");
    const context = folder("context");
    mkdirSync(context);
    await must([process.execPath, join(TOP, ".config/image.js"), "--folder", context]);
    for (const role of ROLES) {
      say(`the image underlay-lab/${role}`);
      const words = ["--target", role, "-t", `underlay-lab/${role}`];
      await this.#build(...words, "-f", join(import.meta.dirname, "Dockerfile"), context);
    }
    say("the image underlay");
    const arg = ["--build-arg", "ROOT=underlay-lab/root"];
    await this.#build(...arg, "-t", "underlay", "-f", join(TOP, "docker/Dockerfile"), context);
  }

  async #build(...words: string[]): Promise<void> {
    await this.mustDocker("build", "-q", "--network", "none", ...words);
  }

  /** The words that run a command in the engine's network namespace. */
  #inside(...words: string[]): string[] {
    return ["nsenter", `--net=/run/netns/${this.#namespace}`, ...words];
  }

  /** `docker WORDS`, ready to be run. */
  words(...words: string[]): string[] {
    return ["docker", "--host", `unix://${this.#socket}`, ...words];
  }

  docker(...words: string[]): Promise<Answer> {
    return run(this.words(...words));
  }

  mustDocker(...words: string[]): Promise<string> {
    return must(this.words(...words));
  }

  /**
   * `containerlab WORDS`. It writes a lab's folder, /etc/hosts and a file for ssh: the first goes into
   * the engine's folder, the others into copies that only it sees.
   */
  containerlab(...words: string[]): Promise<string> {
    const script = [
      'cp /etc/hosts "$1/hosts" && mount --bind "$1/hosts" /etc/hosts',
      'mkdir -p "$1/ssh" && if [ -d /etc/ssh ]; then mount --bind "$1/ssh" /etc/ssh; fi',
      'shift && exec containerlab "$@"',
    ].join(" && ");
    const env = {
      ...process.env,
      CLAB_LABDIR_BASE: this.net.folder,
      DOCKER_HOST: `unix://${this.#socket}`,
    };
    const alone = ["unshare", "--mount", "sh", "-c", script, "sh", this.net.folder];
    return must(this.#inside(...alone, ...words), { env });
  }

  async close(): Promise<void> {
    this.#takeDown();
    await this.net.close();
  }

  /**
   * Ends dockerd in peace, so that it takes its containers and mounts down; at once, for it is also done
   * when this process exits.
   */
  readonly #takeDown = (): void => {
    process.off("exit", this.#takeDown);
    if (this.#dockerd === undefined || this.#dockerd.ended) return;
    const listed = runNow(this.words("ps", "--all", "--format", "{{.Names}}")).stdout;
    const containers = listed.split("\n").filter(Boolean);
    if (containers.length > 0) runNow(this.words("rm", "--force", ...containers));
    // containerlab names the containers' namespaces for ip(8), and takes that back in destroy alone.
    for (const name of containers) rmSync(`/run/netns/${name}`, { force: true });
    // It stays a zombie for as long as this process does nothing else.
    const script =
      'kill "$1" && while grep -q "^State:.[^Z]" "/proc/$1/status"; do sleep 0.1; done';
    runNow(["timeout", "60", "sh", "-c", script, "sh", String(this.#dockerd.pid)]);
  };
}
