#!/usr/bin/env node
import { runCommand } from "./run.ts";

const status = await runCommand(process.argv);
// What could not be written has set it already.
if (status !== 0) process.exitCode = status;
