#!/usr/bin/env node
import "./engine.ts";
import { Hangups } from "./hangups.ts";

const hangups = new Hangups(process);

// Not before: V8 grows while it reads all the modules, and does not shrink again.
const { run } = await import("./run.ts");
await run(hangups);
