import type { WebConfig } from "../config/index.ts";
import type { ControlViews } from "../control/index.ts";
import { type Happening, WebServer, type WebViews } from "../web/index.ts";
import { HttpKeeper } from "./http-keeper.ts";
import type { JournalKeeper } from "./journal-keeper.ts";
import type { Rooms } from "./rooms.ts";
import type { Warnings } from "./warnings.ts";

export interface WebOptions {
  readonly views: ControlViews;
  readonly journal: JournalKeeper;
  readonly config: Rooms["config"];
  readonly warnings: Pick<Warnings, "clear" | "set">;
  readonly version: string;
}

/** birdwatcher's API and the page, as the configuration says. */
export class Web {
  readonly #journal: JournalKeeper;
  readonly #keeper: HttpKeeper<WebConfig>;

  constructor({ views, journal, config, warnings, version }: WebOptions) {
    this.#journal = journal;
    const seen = webViews(views, journal, config);
    this.#keeper = new HttpKeeper<WebConfig>({
      subject: "web",
      warnings,
      open: ({ listen: { port }, page, names }, host, onError) =>
        WebServer.open({ host, port, page, names, views: seen, version, onError }),
    });
  }

  update(wanted: WebConfig | undefined): Promise<void> {
    this.#journal.keep(wanted?.page ?? false);
    return this.#keeper.update(wanted);
  }

  close(): Promise<void> {
    return this.#keeper.close();
  }
}

/** The web room's window on the daemon: that of the control room, without its commands. */
function webViews(views: ControlViews, journal: JournalKeeper, config: Rooms["config"]): WebViews {
  return {
    get now(): number {
      return views.now;
    },
    get timeFormats() {
      return views.timeFormats;
    },
    explain: (question) => views.explain(question),
    filters: () => views.filters(),
    protocols: () => views.protocols(),
    routes: (query) => views.routes(query),
    status: () => views.status(),
    tableSize: (family) => views.tableSize(family),
    pool: () => config().pods.pool,
    happenings: (): Iterable<Happening> => journal.happenings(),
  };
}
