export * from "./operations.ts";
export * from "./facts.ts";
export * from "./settings.ts";
export * from "./events.ts";
export { Fib, type FibOptions } from "./fib.ts";
