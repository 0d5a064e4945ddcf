#!/usr/bin/env node
import "./engine.ts";

// Not before: V8 grows while it reads all the modules, and does not shrink again.
await import("./run.ts");
