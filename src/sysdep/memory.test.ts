import assert from "node:assert/strict";
import { it } from "node:test";
import { programMappings, releaseMappings, returnMemory, trimMemory } from "./index.ts";
import { unchangedMappings } from "./memory.ts";

function isGlibc(): boolean {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime !== undefined;
}

it("the allocator takes its settings, where it is glibc's", () => {
  assert.equal(returnMemory(), isGlibc());
});

it("memory that is free is given back, where it is glibc's", () => {
  assert.equal(trimMemory(), isGlibc());
});

/** One mapping as proc_pid_smaps(5) shows it, without the lines that nobody reads here. */
function mapping(head: string, rss: number, anonymous: number, swap = 0): string {
  const sizes = `Rss:        ${rss} kB\nAnonymous:    ${anonymous} kB\nSwap:         ${swap} kB\n`;
  return `${head}\nSize: 999 kB\n${sizes}VmFlags: rd mr mw me\n`;
}

it("what may be released is the executable's own, cannot be written to and is as the file has it", () => {
  const smaps = [
    mapping("00400000-00b6f000 r--p 00000000 fe:00 247580     /usr/bin/node", 6000, 0),
    mapping("00b6f000-025fe000 r-xp 0076f000 fe:00 247580     /usr/bin/node", 30464, 0),
    mapping("05636000-0563a000 r--p 05235000 fe:00 247580     /usr/bin/node", 0, 0, 16),
    mapping("0563a000-0563e000 r--p 05239000 fe:00 247580     /usr/bin/node", 16, 16),
    mapping("0563e000-0565d000 rw-p 0523d000 fe:00 247580     /usr/bin/node", 124, 0),
    mapping("2d4fd000-2ea00000 rw-p 00000000 00:00 0          [heap]", 9968, 9968),
    mapping("7f0000000000-7f0000100000 r--s 00000000 fe:00 5  /usr/bin/node", 64, 0),
    mapping("7f5dcbe40000-7f5dcbfd2000 r-xp 00000000 fe:00 9  /usr/lib/libc.so.6", 1112, 0),
    mapping("7ffe0000-7fff0000 r-xp 00000000 00:00 0          [vdso]", 4, 0),
  ].join("");
  assert.deepEqual(unchangedMappings(smaps, "/usr/bin/node"), [
    { start: 0x400000, length: 0x76f000, resident: 6000 },
    { start: 0xb6f000, length: 0x1a8f000, resident: 30464 },
  ]);
  assert.deepEqual(unchangedMappings("", "/usr/bin/node"), []);
});

it("a program that has released its pages runs on", () => {
  const resident = (): number =>
    programMappings().reduce((sum, mapping) => sum + mapping.resident, 0);
  const before = resident();
  assert(before > 1000, "KiB of Node.js itself");
  releaseMappings(programMappings());
  assert(resident() < before);
  assert.equal(JSON.stringify([1n, 2n].map(String)), '["1","2"]');
});
