import { readDurationWithin } from "./read.ts";
import { address, list, name, oneOf, path, scalar, section, whole } from "./schema-kinds.ts";

// Who is told of all routes: monitoring stations (BMP), and files (MRT).

const BMP_STATION = section(
  {
    name: name("What the station is called in the log. Must be there."),
    address: address("The station's address. Must be there."),
    port: whole("Its TCP port. Default: 11019.", 1, 65535),
    routes: list(
      oneOf("A table.", "adj-rib-in-pre", "adj-rib-in-post", "adj-rib-out-post", "loc-rib"),
      "What it is told: what neighbours announce, before and after the import filter; what they are told; what is chosen. Default: [adj-rib-in-pre, loc-rib].",
    ),
    statistics: scalar(
      "Time between two Statistics Reports; 0: none. Default: 60s.",
      "0, or a time from 1s to 24h, as 90s or 5m",
      (value) => (value === "0" ? 0 : readDurationWithin(value, 1000, 86_400_000)),
    ),
  },
  "A monitoring station: this node connects to it.",
);

export const BMP = section(
  { stations: list(BMP_STATION, "The stations.") },
  "Present: monitoring stations are told of neighbours and routes (BMP, RFC 7854).",
);

/** With %Y and the like in it, which become a time. */
const timedPath = (description: string) =>
  path(
    `${description} %Y %m %d %H %M %S, %F (%Y-%m-%d) and %T (%H:%M:%S) are the time in UTC when it is opened.`,
  );

const every = (description: string) =>
  scalar(description, "a time from 1s to 7d, as 90s, 15m or 2h", (value) =>
    readDurationWithin(value, 1000, 604_800_000),
  );

export const MRT = section(
  {
    updates: section(
      {
        file: timedPath("The file that is added to. SIGHUP opens it anew. Must be there."),
        rotate: every("How often it is opened anew, by its name of then. Default: never."),
      },
      "Present: UPDATEs that come in, and changes of sessions' states, are written down.",
    ),
    dump: section(
      {
        file: timedPath("The file; it has its name when the dump is complete. Must be there."),
        every: every("Time between two dumps. Must be there."),
      },
      "Present: all accepted routes are dumped from time to time. `mrt dump` does it at once.",
    ),
  },
  "Routes in files, as MRT has them (RFC 6396).",
);
