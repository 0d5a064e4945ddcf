import assert from "node:assert/strict";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { run } from "./support/process.ts";

const TOP = join(import.meta.dirname, "..");
const TSC = join(TOP, "node_modules/typescript/bin/tsc");
const ESLINT = join(TOP, "node_modules/eslint/bin/eslint.js");

/** Each room, whether it is pure (P) or does I/O (N), and the rooms that it may import. */
const ROOMS: Readonly<Record<string, readonly ["P" | "N", ...string[]]>> = {
  "bgp-ts": ["P"],
  "rtnetlink-ts": ["P"],
  route: ["P", "bgp-ts"],
  drain: ["P"],
  monitor: ["P", "bgp-ts", "route"],
  "speaker/session": ["P", "bgp-ts"],
  "speaker/policy": ["P", "bgp-ts", "route"],
  "speaker/rib": ["P", "bgp-ts", "route", "speaker/policy"],
  speaker: ["P", "bgp-ts", "route", "speaker/policy", "speaker/rib", "speaker/session"],
  fib: ["P", "route"],
  bfd: ["P"],
  config: ["P", "route"],
  control: ["P", "route"],
  sysdep: ["N"],
  transport: ["N", "bfd", "speaker", "speaker/session", "sysdep"],
  kernel: ["N", "fib", "rtnetlink-ts", "sysdep"],
  http: ["N"],
  observe: ["N", "control", "http", "monitor"],
  web: ["N", "control", "http"],
  // Runs in a browser: no Node API either.
  "web/page": ["P"],
  cli: ["N", "control"],
};

interface Project {
  readonly references?: readonly { readonly path: string }[];
  readonly compilerOptions: { readonly types: readonly string[] };
}

const projectOf = (room: string): Project =>
  JSON.parse(readFileSync(join(TOP, "src", room, "tsconfig.json"), "utf8")) as Project;

describe("the rooms of src/", () => {
  for (const [room, [kind, ...imports]] of Object.entries(ROOMS)) {
    it(`${room} may import ${imports.join(", ") || "nothing"}${kind === "P" ? ", and is pure" : ""}`, () => {
      const { references = [], compilerOptions } = projectOf(room);
      assert.deepEqual(references.map(({ path }) => join(room, path)).sort(), imports);
      assert.deepEqual(compilerOptions.types, kind === "P" ? [] : ["node"]);
    });
  }

  it("there is none besides, but the daemon, which may import everything", () => {
    const projects = readdirSync(join(TOP, "src"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith("tsconfig.json"))
      .map((file) => file.slice(0, -"/tsconfig.json".length));
    assert.deepEqual(projects.sort(), [...Object.keys(ROOMS), "daemon"].sort());
  });
});

/** That breaking the rules is found, in a copy of the house. */
describe("a wrong import", () => {
  const copy = mkdtempSync(join(tmpdir(), "underlay-house-"));
  before(() => {
    const isPart = (path: string): boolean => !/\.test\.ts$|node_modules|dist/.test(path);
    cpSync(join(TOP, "src"), join(copy, "src"), { recursive: true, filter: isPart });
    cpSync(join(TOP, ".config"), join(copy, ".config"), { recursive: true });
    cpSync(join(TOP, "package.json"), join(copy, "package.json"));
    mkdirSync(join(copy, "node_modules"));
    for (const name of readdirSync(join(TOP, "node_modules"))) {
      const workspace = projects.includes(name) ? join(copy, "src", name) : undefined;
      symlinkSync(workspace ?? join(TOP, "node_modules", name), join(copy, "node_modules", name));
    }
  });
  after(() => rmSync(copy, { recursive: true, force: true }));
  const projects = ["bgp-ts", "rtnetlink-ts"];

  /** What a program says about a file that is added to the room `route`. */
  async function said(text: string, command: readonly string[]): Promise<string> {
    const file = join(copy, "src/route/added.ts");
    writeFileSync(file, text);
    try {
      const { code, stdout, stderr } = await run([process.execPath, ...command], { cwd: copy });
      assert.notEqual(code, 0);
      return stdout + stderr;
    } finally {
      rmSync(file);
    }
  }
  const compiled = (text: string): Promise<string> => said(text, [TSC, "-b", "src/route"]);
  const linted = (text: string): Promise<string> =>
    said(text, [ESLINT, "--config", ".config/eslint.config.js", "src/route/added.ts"]);

  it("of a room that is not referenced does not compile (TS6307)", async () => {
    const text = await compiled('export { Fib } from "../fib/index.ts";\n');
    assert.match(text, /error TS6307: .*fib\/index\.ts' is not listed within the file list/);
  });

  it("of Node's API in a pure room does not compile (TS2591)", async () => {
    assert.match(
      await compiled("export const now = process.hrtime();\n"),
      /error TS2591: .*process/,
    );
    assert.match(await compiled('export * from "node:net";\n'), /error TS2591: .*node:net/);
    assert.match(
      await compiled("export const later = setTimeout;\n"),
      /error TS2304: .*setTimeout/,
    );
  });

  it("that closes a circle does not compile (TS6202)", async () => {
    const file = join(copy, "src/bgp-ts/tsconfig.json");
    const good = readFileSync(file, "utf8");
    const project = JSON.parse(good) as Project;
    writeFileSync(file, JSON.stringify({ ...project, references: [{ path: "../route" }] }));
    try {
      assert.match(await compiled("export {};\n"), /error TS6202: /);
    } finally {
      writeFileSync(file, good);
    }
  });

  it("through a back door, a clock and randomness are found by the lint rules", async () => {
    for (const [line, words] of [
      ['export * from "../speaker/rib/rib.ts";', "import a room by its index.ts"],
      ['export * from "./behind/some.ts";', "import a room by its index.ts"],
      ["export const now = Date.now();", "time comes in as an argument"],
      ["export const now = new Date();", "time comes in as an argument"],
      ["export const any = Math.random();", "randomness comes in as an argument"],
    ]) {
      assert.ok((await linted(`${line}\n`)).includes(words), line);
    }
  });
});
