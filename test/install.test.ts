import assert from "node:assert/strict";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { SKIP } from "./robust/scene.ts";
import { lacking } from "./support/needs.ts";
import { Net } from "./support/net.ts";
import { must, run } from "./support/process.ts";
import { Terminal } from "./support/terminal.ts";
import { Underlay } from "./support/underlay.ts";
import { until } from "./support/wait.ts";

const TOP = join(import.meta.dirname, "..");
const EXAMPLE = join(TOP, "config/node-and-tor.yaml");

/** As it gets onto a machine that has no checkout: built, packed, installed somewhere else. */
describe("npm pack and npm install -g", () => {
  const folder = mkdtempSync(join(tmpdir(), "underlay-install-"));
  const bin = join(folder, "bin");
  const package_ = join(folder, "lib/node_modules/underlay");
  before(async () => {
    await must(["npm", "pack", "--silent", "--pack-destination", folder], { cwd: TOP });
    const packed = readdirSync(folder).find((name) => name.endsWith(".tgz"));
    assert.ok(packed !== undefined);
    const quiet = ["--silent", "--prefer-offline", "--no-audit", "--no-fund"];
    await must(["npm", "install", "-g", "--prefix", folder, ...quiet, join(folder, packed)], {
      cwd: folder,
    });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** What shells find as underlayctl is what was installed, run by the Node.js that runs the tests. */
  const env = {
    ...process.env,
    PATH: [bin, dirname(process.execPath), process.env["PATH"]].join(delimiter),
  };
  /** With the Node.js that runs the tests, whatever the machine's own is. */
  const installed = (name: string, ...words: string[]) =>
    run([process.execPath, join(bin, name), ...words], { cwd: folder });

  it("underlayd checks a configuration", async () => {
    const answer = await installed("underlayd", "--check", "--config", EXAMPLE);
    assert.deepEqual(answer, { code: 0, stdout: `${EXAMPLE}: configuration OK\n`, stderr: "" });
  });

  it("both programs say their version", async () => {
    for (const name of ["underlayd", "underlayctl"]) {
      const answer = await installed(name, "--version");
      assert.equal(answer.code, 0, answer.stderr);
      assert.match(answer.stdout, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+\\n$`));
    }
  });

  it("an older Node.js is told that it is too old, by name", async () => {
    const older = `const value = { ...process.versions, node: "18.20.4" }; Object.defineProperty(process, "versions", { value })`;
    for (const name of ["underlayd", "underlayctl"]) {
      const words = ["--import", `data:text/javascript,${older}`, join(bin, name), "--help"];
      const { code, stdout, stderr } = await run([process.execPath, ...words]);
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, /^underlay needs Node\.js 24 or newer, and this is 18\.20\.4: \/.*\n$/);
    }
  });

  it("underlayd starts on a terminal, with what it loads only there", { skip: SKIP }, async () => {
    const net = new Net();
    try {
      const host = await net.host("node");
      const file = join(net.folder, "node.yaml");
      const socket = join(net.folder, "node.ctl");
      const config = `node: { asn: 64512, routerId: 192.0.2.1 }\ncontrol: { socket: ${socket} }\n`;
      writeFileSync(file, config);
      const command = `${process.execPath} ${join(bin, "underlayd")} --config ${file}`;
      const terminal = host.start(["script", "-qefc", command, "/dev/null"]);
      const detail = (): string => terminal.output;
      await until("it is up", () => /underlayd \S+ runs: AS 64512/.test(terminal.output), {
        detail,
      });
      assert.match(terminal.output, /^\[\d\d:\d\d:\d\d\.\d+\] /m, "as text");
      assert.equal((await installed("underlayctl", "--socket", socket, "down")).code, 0);
      await until("it has ended", () => terminal.ended, { detail });
    } finally {
      await net.close();
    }
  });

  it("its manual pages are where man looks, and say what --help says", async () => {
    for (const name of ["underlayd", "underlayctl"]) {
      const page = readFileSync(join(folder, `share/man/man8/${name}.8`), "utf8");
      assert.match(
        page,
        new RegExp(`^\\.TH ${name.toUpperCase()} 8 "" "underlay \\d+\\.\\d+\\.\\d+"\n`),
      );
      assert.match(page, new RegExp(`^\\.SH NAME\n${name} `, "m"));
      assert.doesNotMatch(page, /^\.SH .*\n\.PP$/m);
      for (const heading of ["SYNOPSIS", "DESCRIPTION", "SEE ALSO"]) {
        assert.ok(page.includes(`\n.SH ${heading}\n`), `${name}: ${heading}`);
      }
      const shown = page
        .replaceAll(/^\.\w+ ?/gm, "")
        .replaceAll("\\e", "\\")
        .replaceAll(/\\-/g, "-")
        .replaceAll("\\&", "");
      const words = (text: string): string[] => text.toLowerCase().match(/[\w./"|*-]+/g) ?? [];
      const said = words((await installed(name, "--help")).stdout.replace("Usage:", ""));
      const there = new Set(words(shown));
      assert.deepEqual(
        said.filter((word) => !there.has(word)),
        [],
      );
    }
  });

  it("bash completes underlayctl's words", async () => {
    const file = join(package_, "dist/completions/underlayctl");
    /** `word`: what bash takes for the last word. */
    const complete = async (
      typed: string,
      word = typed.replace(/.* /, ""),
      program = join(bin, "underlayctl"),
    ): Promise<string> => {
      const script = `source ${file}; COMP_LINE="$2"; COMP_POINT=\${#2}; _underlayctl "$1" "$3"; echo "\${COMPREPLY[*]}"`;
      const words = ["bash", "-c", script, "bash", program, `underlayctl ${typed}`, word];
      return (await must(words, { env })).trim();
    };
    assert.equal(await complete("sh"), "show");
    assert.match(await complete("show "), /\bprotocols route\b/);
    assert.equal(await complete("--socket /some/where show protocols "), "all");
    assert.equal(await complete("--so"), "--socket");
    assert.equal(await complete("show route for "), "");
    assert.equal(await complete("--socket /et"), "/etc");
    const fake = join(folder, "fake");
    const names = ["range-fd00::31", "$(touch it)", "*", "a;b"];
    writeFileSync(
      fake,
      `#!/bin/sh\nprintf '%s\\n' ${names.map((each) => `'${each}'`).join(" ")}\n`,
    );
    chmodSync(fake, 0o755);
    assert.equal(
      await complete("show protocols ", "", fake),
      String.raw`range-fd00::31 \$\(touch\ it\) \* a\;b`,
    );
    assert.match(await complete("show protocols range-fd00::3", "3", fake), /^31 /);
  });

  it("fish completes them too", { skip: lacking("fish") }, async () => {
    const file = join(package_, "dist/completions/underlayctl.fish");
    const complete = async (typed: string): Promise<string[]> => {
      const script = `source ${file}; complete -C 'underlayctl ${typed}'`;
      return (await must(["fish", "--no-config", "-c", script], { env })).trim().split("\n");
    };
    assert.deepEqual(await complete("sh"), ["show"]);
    assert.deepEqual(await complete("show route table "), [""]);
    assert.deepEqual(await complete("--socket /et"), ["/etc/"]);
  });

  it("zsh completes them too", { skip: lacking("zsh", "tmux") }, async () => {
    const fake = join(folder, "zsh/underlayctl");
    mkdirSync(dirname(fake));
    writeFileSync(fake, "#!/bin/sh\nprintf '%s\\n' 'range-fd00::31' 'a;b'\n", { mode: 0o755 });
    const terminal = await Terminal.open(["zsh", "-f", "-i"], { env, columns: 160 });
    const complete = async (typed: string, shown: RegExp): Promise<void> => {
      await terminal.type("C-u", typed, "Tab");
      await terminal.shows(shown);
    };
    try {
      const folderOf = join(package_, "dist/completions");
      const setUp = `PS1='> '; fpath=(${folderOf}); fpath+=(/usr/share/zsh/functions/**/*(/N)); autoload -U compinit; compinit -D -u; clear`;
      await terminal.type(setUp, "Enter");
      await terminal.shows(/^> *\n*$/);
      await complete("underlayctl sh", /^> underlayctl show$/m);
      await complete("underlayctl show ro", /^> underlayctl show route$/m);
      await complete("underlayctl show ", /^bfd +interfaces[^]*protocols[^]*status/m);
      await complete("underlayctl --so", /^> underlayctl --socket$/m);
      await complete("underlayctl --socket /et", /^> underlayctl --socket \/etc\/?$/m);
      await complete(`${fake} show protocols r`, /show protocols range-fd00::31$/m);
      await complete(`${fake} show protocols a`, /show protocols a\\;b$/m);
    } finally {
      terminal.close();
    }
  });

  it("the worker threads, and what is loaded late, find all that they import", async () => {
    const bin = join(package_, "dist/bin");
    const files = readdirSync(bin).filter((file) => /^(?!underlay).*\.js$/.test(file));
    assert.ok(files.includes("worker.js") && files.includes("bfd-worker.js"));
    assert.ok(files.some((file) => file.startsWith("pino-pretty")));
    const imports = files
      .map((file) => `await import(${JSON.stringify(join(bin, file))});`)
      .join("\n");
    const answer = await run([process.execPath, "--input-type=module", "-e", imports]);
    assert.deepEqual([answer.code, answer.stderr], [0, ""]);
  });

  it("the daemon runs, its netlink worker and its page too", { skip: SKIP }, async () => {
    const net = new Net();
    try {
      const config = "node: { asn: 64512, routerId: 192.0.2.1 }\nweb: { page: true }";
      const entry = join(package_, "dist/bin/underlayd.js");
      const underlay = await Underlay.start(await net.host("node"), config, entry);
      await underlay.logged("started");
      const status = await installed("underlayctl", "--socket", underlay.socket, "show", "status");
      assert.match(status.stdout, /Daemon is up and running/);
      const get =
        "for (const path of ['', 'page.css', 'page.js', 'icon.svg', 'page/state'])" +
        " console.log((await fetch(`http://127.0.0.1:29184/${path}`)).status);";
      const answers = await underlay.host.run(process.execPath, "--input-type=module", "-e", get);
      assert.deepEqual(answers, { code: 0, stdout: "200\n".repeat(5), stderr: "" });
      assert.equal(await underlay.end(), 0);
    } finally {
      await net.close();
    }
  });

  it("holds what runs and its manual, and nothing else", () => {
    const files = readdirSync(package_, { recursive: true, encoding: "utf8" }).filter(
      (file) => !file.startsWith("node_modules"),
    );
    assert.ok(files.includes("config/node-and-tor.yaml"));
    assert.ok(files.includes("LICENSE") && files.includes("README.md"));
    assert.ok(files.includes("src/config/README.md"), "what the pages of config/ lead to");
    const odd = files.filter((file) =>
      /\.(ts|map|tsbuildinfo)$|\.test\.|^src\/.+\/(?!README\.md$)|^test/.test(file),
    );
    assert.deepEqual(odd, []);
  });
});
