import type {
  CommandResult,
  ControlCommands,
  ReloadDirection,
  ReloadResult,
} from "../control/index.ts";
import type { Speaker } from "../speaker/index.ts";
import type { Reconfiguration } from "./reconfiguration.ts";
import type { DrainKeeper } from "./drain-keeper.ts";

export interface CommandRooms {
  readonly speaker: Pick<Speaker, "disable" | "enable" | "reload" | "restart" | "trace">;
  readonly clock: () => number;
  /** There is work: the transport's. */
  readonly wake: () => void;
  readonly reconfiguration: Pick<Reconfiguration, "configure" | "confirm" | "undo">;
  readonly dump: ControlCommands["dump"];
  readonly drains: Pick<DrainKeeper, "drain" | "undrain">;
  /** Ends, and leaves the routes. */
  readonly stop: () => void;
  readonly down: () => void;
}

/** What the control room may do, and not only see. */
export function controlCommands(rooms: CommandRooms): ControlCommands {
  const { speaker, clock, wake, reconfiguration, dump, drains, stop, down } = rooms;
  /** What the speaker does not know by this name is no neighbour: it cannot be switched. */
  const answer = (done: "done" | "already" | "unknown"): CommandResult => {
    wake();
    return done === "unknown" ? "refused" : done;
  };
  const reload = (name: string, direction: ReloadDirection): ReloadResult => {
    const result = speaker.reload(name, direction, clock());
    wake();
    return result === "unknown" ? "refused" : result;
  };
  return {
    configure: (request) => reconfiguration.configure(request),
    confirm: () => reconfiguration.confirm(),
    undo: () => reconfiguration.undo(),
    enable: (name, message) => answer(speaker.enable(name, clock(), message)),
    disable: (name, message) => answer(speaker.disable(name, clock(), message)),
    restart: (name, message) => answer(speaker.restart(name, clock(), message)),
    reload,
    trace: (name, classes) => {
      const [states, events] = [classes.has("states"), classes.has("events")];
      const traced = { states, events, packets: classes.has("packets") };
      return speaker.trace(name, traced) === "done" ? "done" : "refused";
    },
    dump,
    drain: (name) => drains.drain(name),
    undrain: (name) => drains.undrain(name),
    gracefulRestart: stop,
    down,
  };
}
