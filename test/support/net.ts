import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must, run, runNow, Running, type Answer } from "./process.ts";

/**
 * Hosts and links for a test, as network namespaces and veth pairs.
 *
 * Every namespace is named `ul<pid>x<n>-NAME`, so that tests run side by side, and what a killed
 * test left behind is known by its dead process id and swept by the next one. close() undoes all;
 * it also runs when the process exits.
 */

const PREFIX = "ul";
const open = new Set<Net>();
let serial = 0;
let swept = false;

process.on("exit", () => {
  for (const net of open) net.closeNow();
});

export class Net {
  readonly id = `${PREFIX}${process.pid}x${++serial}`;
  /** A folder for the test's files, gone with it. */
  readonly folder = mkdtempSync(join(tmpdir(), `underlay-${this.id}-`));
  readonly #hosts = new Map<string, Host>();
  readonly #running: Running[] = [];
  readonly #endings: (() => Promise<void>)[] = [];
  #links = 0;

  constructor() {
    if (!swept) sweep();
    swept = true;
    open.add(this);
  }

  /** A host: a namespace with lo up, no duplicate address detection, and nothing else. */
  async host(name: string): Promise<Host> {
    const host = new Host(this, name);
    this.#hosts.set(name, host); // first, so that a Ctrl-C meanwhile takes it down
    await must(["ip", "netns", "add", host.namespace]);
    await host.ip("link", "set", "lo", "up");
    // Addresses must be usable at once: waiting a second for DAD on each would only slow the tests.
    await host.sysctl("net.ipv6.conf.all.accept_dad", 0);
    await host.sysctl("net.ipv6.conf.default.accept_dad", 0);
    await host.sysctl("net.ipv6.conf.default.router_solicitations", 0);
    // A router's advertisements would give its neighbours second addresses in the same subnet, and
    // connections from such a one, which no router is told about, are refused.
    await host.sysctl("net.ipv6.conf.default.autoconf", 0);
    return host;
  }

  /** A wire between two hosts' interfaces, up at both ends. Ends are `[host, interface, addresses...]`. */
  async wire(
    a: readonly [Host, string, ...string[]],
    b: readonly [Host, string, ...string[]],
    options: { mtu?: number } = {},
  ): Promise<void> {
    const mtu = options.mtu ? ["mtu", String(options.mtu)] : [];
    const n = ++this.#links;
    const [one, two] = [`${this.id}a${n}`.slice(-15), `${this.id}b${n}`.slice(-15)];
    // Made inside the first host's namespace: nothing ever appears among the machine's interfaces.
    await a[0].ip("link", "add", one, ...mtu, "type", "veth", "peer", "name", two, ...mtu);
    await a[0].ip("link", "set", one, "name", a[1]);
    await a[0].ip("link", "set", two, "netns", b[0].namespace, "name", b[1]);
    for (const [host, name, ...addresses] of [a, b]) await host.up(name, ...addresses);
  }

  /** A host that is a switch: each port added by plug() is bridged with the others. */
  async switch(name: string): Promise<Host> {
    const host = await this.host(name);
    await host.ip("link", "add", "br0", "type", "bridge", "mcast_snooping", "0");
    await host.ip("link", "set", "br0", "up");
    return host;
  }

  async plug(
    bridge: Host,
    end: readonly [Host, string, ...string[]],
    options: { mtu?: number } = {},
  ): Promise<void> {
    const port = `p${++this.#links}`;
    await this.wire(end, [bridge, port], options);
    await bridge.ip("link", "set", port, "master", "br0");
  }

  /** A program that goes on beside the hosts, not on one of them. */
  startOutside(command: readonly string[]): Running {
    return this.keep(new Running(command));
  }

  /** Notes a running program, so that close() ends it. */
  keep<T extends Running>(program: T): T {
    this.#running.push(program);
    return program;
  }

  /** Something to be done when all programs have ended; where it fails, close() does. */
  atEnd(action: () => Promise<void>): void {
    this.#endings.push(action);
  }

  hosts(): readonly Host[] {
    return [...this.#hosts.values()];
  }

  async remove(host: Host): Promise<void> {
    this.#hosts.delete(host.name);
    await run(["ip", "netns", "del", host.namespace]);
  }

  async close(): Promise<void> {
    await Promise.all(this.#running.map((program) => program.end("SIGKILL")));
    try {
      for (const action of this.#endings.splice(0)) await action();
    } finally {
      this.closeNow();
    }
  }

  closeNow(): void {
    if (!open.delete(this)) return;
    for (const program of this.#running) program.child.kill("SIGKILL");
    // Their children may be left: underlayd takes the end of its terminal for a wish to reload.
    killIn(this.hosts().map(({ namespace }) => namespace));
    for (const host of this.#hosts.values()) runNow(["ip", "netns", "del", host.namespace]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export class Host {
  readonly net: Net;
  readonly name: string;
  readonly namespace: string;

  constructor(net: Net, name: string) {
    this.net = net;
    this.name = name;
    this.namespace = `${net.id}-${name}`;
  }

  /** The words that run a command on this host. */
  on(...command: string[]): string[] {
    return ["ip", "netns", "exec", this.namespace, ...command];
  }

  run(...command: string[]): Promise<Answer> {
    return run(this.on(...command));
  }

  must(...command: string[]): Promise<string> {
    return must(this.on(...command));
  }

  start(
    command: readonly string[],
    options: ConstructorParameters<typeof Running>[1] = {},
  ): Running {
    return this.net.keep(new Running(this.on(...command), options));
  }

  ip(...words: string[]): Promise<string> {
    return must(["ip", "-n", this.namespace, ...words]);
  }

  /** `ip -N -json WORDS`, parsed: protocols are numbers as text, not the names that a machine has. */
  async ipJson<T = Record<string, unknown>>(...words: string[]): Promise<T[]> {
    const text = await must(["ip", "-N", "-json", "-n", this.namespace, ...words]);
    return text.trim() === "" ? [] : (JSON.parse(text) as T[]);
  }

  async up(interfaceName: string, ...addresses: string[]): Promise<void> {
    for (const address of addresses) {
      const nodad = address.includes(":") ? ["nodad"] : [];
      await this.ip("address", "add", address, "dev", interfaceName, ...nodad);
    }
    await this.ip("link", "set", interfaceName, "up");
  }

  /** The interface's first address of a family that is good beyond the link. */
  async globalAddress(interfaceName: string, family: "ipv4" | "ipv6"): Promise<string> {
    const inet = family === "ipv4" ? "-4" : "-6";
    const words = ["address", "show", "dev", interfaceName, "scope", "global"];
    const text = await this.ip(inet, "-o", ...words);
    const address = /inet6? ([^/ ]+)/.exec(text)?.[1];
    if (address === undefined) throw new Error(`no ${family} address on ${interfaceName}: ${text}`);
    return address;
  }

  async sysctl(name: string, value: string | number): Promise<void> {
    await this.must("sysctl", "-q", "-w", `${name}=${value}`);
  }

  async readSysctl(name: string): Promise<string> {
    return (await this.must("sysctl", "-n", name)).trim();
  }

  /** True when one ping of `address` is answered within a second. */
  async pings(address: string, ...options: string[]): Promise<boolean> {
    return (await this.run("ping", "-n", "-c1", "-W1", ...options, address)).code === 0;
  }
}

/** Removes what killed tests left: namespaces and folders of ours whose process is gone. */
function sweep(): void {
  if (process.getuid?.() !== 0) return;
  const dead: string[] = [];
  for (const line of runNow(["ip", "netns", "list"]).stdout.split("\n")) {
    const namespace = line.split(" ")[0];
    const pid = new RegExp(`^${PREFIX}(\\d+)x\\d+-`).exec(namespace)?.[1];
    if (pid === undefined || alive(Number(pid))) continue;
    dead.push(namespace);
  }
  killIn(dead);
  for (const namespace of dead) runNow(["ip", "netns", "del", namespace]);
  for (const folder of readdirSync(tmpdir())) {
    const pid = new RegExp(`^underlay-${PREFIX}(\\d+)x\\d+-`).exec(folder)?.[1];
    if (pid === undefined || alive(Number(pid))) continue;
    forget(join(tmpdir(), folder));
  }
}

/** Another process may be at it as well, and what a Docker engine left mounted in there goes first. */
function forget(folder: string): void {
  const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
  for (const point of mounts.map((line) => line.split(" ")[1] ?? "").reverse()) {
    if (point.startsWith(`${folder}/`)) runNow(["umount", "--lazy", point]);
  }
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // The next one sweeps it.
  }
}

/** Kills the processes that live in these network namespaces: nobody else's. */
function killIn(namespaces: readonly string[]): void {
  const wanted = new Set(namespaces.map((name) => identity(`/run/netns/${name}`)));
  for (const never of [undefined, identity("/proc/self/ns/net")]) wanted.delete(never);
  if (wanted.size === 0) return;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    if (!wanted.has(identity(`/proc/${pid}/ns/net`))) continue;
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

/** The same for all names of one file, a namespace say. */
function identity(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
