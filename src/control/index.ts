export type * from "./bgp-views.ts";
export type * from "./views.ts";
export { ControlConnection } from "./connection.ts";
