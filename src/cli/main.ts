#!/usr/bin/env node
/** Whoever has pressed Tab waits: for that, what reads options and prints replies is not loaded. */
async function main([, , first, ...words]: readonly string[]): Promise<number> {
  if (first === "--complete") {
    const { printCandidates } = await import("./complete.ts");
    return printCandidates(words);
  }
  const { runCommand } = await import("./run.ts");
  return runCommand(process.argv);
}

const status = await main(process.argv);
// What could not be written has set it already.
if (status !== 0) process.exitCode = status;
