import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { folderOf } from "./fixture.test.ts";
import { version } from "./version.ts";

const MAIN = join(import.meta.dirname, "main.ts");
const EXAMPLES = join(import.meta.dirname, "../../config");

function underlayd(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    encoding: "utf8",
    timeout: 300_000,
  });
  return { status, stdout, stderr };
}

test("--help and --version", () => {
  const help = underlayd("--help");
  assert.equal(help.status, 0);
  assert.match(help.stdout, /^underlayd: .*\n\nUsage: underlayd --config FILE/);
  assert.equal(underlayd("-h").stdout, help.stdout);
  assert.deepEqual(underlayd("--version"), {
    status: 0,
    stdout: `underlayd ${version}\n`,
    stderr: "",
  });
});

test("a command line that is wrong: exit code 2, what is wrong, and where help is", () => {
  const cases: [string[], RegExp][] = [
    [[], /^underlayd: --config FILE is missing\n/],
    [["--check"], /^underlayd: --config FILE is missing\n/],
    [["--konfig", "x"], /^underlayd: Unknown option '--konfig'/],
    [["--config"], /^underlayd: .*--config.*argument missing/],
    [["file.yaml"], /^underlayd: Unexpected argument 'file\.yaml'/],
  ];
  for (const [args, expected] of cases) {
    const { status, stdout, stderr } = underlayd(...args);
    assert.equal(status, 2, args.join(" "));
    assert.equal(stdout, "");
    assert.match(stderr, expected);
    assert.match(stderr, /\nTry "underlayd --help"\.\n$/);
  }
});

test("a file that cannot be read", () => {
  const refused = (file: string): string => {
    const { status, stdout, stderr } = underlayd("--check", "--config", file);
    assert.deepEqual([status, stdout], [2, ""]);
    return stderr;
  };
  assert.equal(refused("/no.yaml"), "underlayd: /no.yaml: No such file or directory\n");
  assert.equal(refused("/dev/zero"), "underlayd: /dev/zero: Not an ordinary file\n");
});

test("problems are named with file, line and column, and nothing is started", (t) => {
  const file = join(folderOf(t), "bad.yaml");
  const check = (text: string): string => {
    writeFileSync(file, text);
    const { status, stdout, stderr } = underlayd("--config", file);
    assert.deepEqual([status, stdout], [2, ""]);
    return stderr.replaceAll(file, "FILE");
  };
  const unknown = check("node: { asn: 64512 }\npeerz: []\nmode: l4\n");
  assert.match(unknown, /^FILE:2:1: peerz: .*peers/m);
  assert.match(unknown, /^FILE:3:7: mode: /m);
  assert.match(unknown, /\nunderlayd: 2 problems in FILE; nothing was started\n$/);
  const syntax = check("node: { asn: 64512\npeers: [\n");
  assert.match(syntax, /^FILE:\d+:\d+: /);
  assert.match(syntax, /underlayd: \d problems? in FILE; nothing was started\n$/);
});

test("a password file that is missing is a problem of the configuration", (t) => {
  const file = join(folderOf(t), "node.yaml");
  writeFileSync(
    file,
    "node: { asn: 64512 }\n" +
      "peers: [{ name: tor, address: 10.0.0.1, asn: 1, password: { file: /no.key } }]\n",
  );
  assert.deepEqual(underlayd("--check", "--config", file), {
    status: 2,
    stdout: "",
    stderr: "underlayd: peer tor: password file /no.key: No such file or directory\n",
  });
});

test("--check is content with every example", () => {
  const files = readdirSync(EXAMPLES).filter((name) => name.endsWith(".yaml"));
  assert.ok(files.length > 0);
  for (const name of files) {
    const file = join(EXAMPLES, name);
    const expected = { status: 0, stdout: `${file}: configuration OK\n`, stderr: "" };
    assert.deepEqual(underlayd("--check", "-c", file), expected);
  }
});

test("a start that fails: exit code 1, said on both outputs; the kernel is not touched", (t) => {
  const folder = folderOf(t);
  const [file, socket] = [join(folder, "node.yaml"), join(folder, "socket")];
  writeFileSync(socket, "precious");
  writeFileSync(file, `node: { name: n1, asn: 64512 }\ncontrol: { socket: ${socket} }\n`);
  const { status, stdout, stderr } = underlayd("--config", file);
  const message = `${socket} is there and is no socket`;
  assert.equal(status, 1);
  assert.equal(stderr, `underlayd: ${message}\n`);
  const { time, ...line } = JSON.parse(stdout) as Record<string, unknown>;
  assert.ok(typeof time === "string");
  assert.deepEqual(line, { level: "fatal", node: "n1", event: "start-failed", message });
});
