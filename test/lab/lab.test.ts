import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { lacking } from "../support/needs.ts";
import { run, Running } from "../support/process.ts";
import { until } from "../support/wait.ts";

const LAB = join(import.meta.dirname, "main.ts");
const lab = (...words: string[]): string[] => [process.execPath, LAB, ...words];
const NEEDS = ["tcpdump", "containernetworking-plugins"] as const;

/** What each mode has to show, whoever plays the ToR. */
const SHOWN = {
  l3: [
    /^Mode l3: /m,
    /ok {2}pod1a reaches 172\.16\.1\.3$/m, // on its own node
    /ok {2}pod1a reaches 172\.16\.2\.2$/m,
    /the path: 172\.16\.1\.2 → 172\.16\.1\.1 → 192\.168\.1\.1 → 192\.168\.2\.102 → 172\.16\.2\.2$/m,
    /ok {2}TCP from pod1a to pod2a: 64 MiB/,
    /ok {2}the receiver sees the sender's own address/,
    /ok {2}pod address to pod address: no encapsulation, no NAT/,
    /ok {2}1500 bytes on the wire/,
    /a pod moves/,
    /the path: .* → 192\.168\.2\.102 → 172\.16\.1\.3$/m,
  ],
  l2: [
    /^Mode l2: /m,
    /ok {2}host reaches pod1b/,
    /ok {2}1500 bytes on the wire/,
    /ok {2}host reaches 192\.168\.1\.\d+ again: \d+ ms after/,
  ],
};

describe("npm run lab", () => {
  for (const tor of ["underlay", "frr", "bird"] as const) {
    const besides = { underlay: [], frr: ["frr"], bird: ["bird2"] } as const;
    it(`both modes with ${tor} as ToR`, { skip: lacking(...NEEDS, ...besides[tor]) }, async () => {
      const options = tor === "underlay" ? [] : ["--tor", tor]; // the default
      const { code, stdout, stderr } = await run(lab(...options), { timeout: 900_000 });
      assert.equal(code, 0, stdout + stderr);
      for (const pattern of [...SHOWN.l3, ...SHOWN.l2]) assert.match(stdout, pattern);
      assert.match(stdout, /^All checks passed\.$/m);
      assert.doesNotMatch(stdout, /FAILED/);
    });
  }

  it(
    "--keep leaves it up, says how to enter it, and Ctrl-C takes it down",
    { skip: lacking(...NEEDS) },
    async () => {
      const program = new Running(lab("--mode", "l3", "--keep"));
      try {
        const detail = (): string => program.output;
        await until("it stays up", () => program.output.includes("show route all"), { detail });
        const [, namespace] = /ip netns exec (\S+-node1) bash/.exec(program.output) ?? [];
        const inside = await run(["ip", "netns", "exec", namespace, "ip", "route"]);
        assert.match(inside.stdout, /^172\.16\.2\.0\/24 /m);
        const [, command] = /e\.g\. +(.*)$/m.exec(program.output) ?? [];
        assert.match((await run(["sh", "-c", command])).stdout, /^172\.16\.2\.0\/24 /m);
        assert.equal(await program.end("SIGINT"), 130);
        assert.ok(!(await run(["ip", "netns", "list"])).stdout.includes(namespace));
      } finally {
        await program.end();
      }
    },
  );

  it("says what is wrong with its options", async () => {
    for (const words of [["--mode", "l4"], ["--tor", "cisco"], ["--kepp"], ["l5"], ["--docker"]]) {
      const { code, stderr } = await run(lab(...words));
      assert.equal(code, 2);
      assert.match(stderr, /^npm run lab \[-- OPTIONS\]$/m);
    }
  });
});
