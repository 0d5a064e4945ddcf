import * as z from "zod";
import { readFilePath } from "./read.ts";
import { scalar, section } from "./schema-kinds.ts";
import { readTimeFormat, splitTimeFormat, TIME_FORMAT_WORDS } from "./time-format.ts";

// The control socket, and how it speaks.

const timeFormat = (description: string) => scalar(description, TIME_FORMAT_WORDS, readTimeFormat);

const TIMES = section(
  {
    base: timeFormat("Times in `show status`. Default: iso long ms."),
    protocol: timeFormat("Times of protocols and BFD sessions. Default: iso short ms."),
    route: timeFormat("Times of routes. Default: %T.%2f limit 20h %F."),
  },
  "Times in `show`, as BIRD's timeformat. A format alone is for protocols and routes: clients of BIRD's tables expect no blank in it; epoch suits calicoctl and bird_exporter.",
);

export const CONTROL = section(
  {
    socket: scalar(
      "The socket for underlayctl and birdc. Default: /run/underlay/underlay.ctl.",
      "the whole path of a file, from the root, of 107 characters at most",
      (value) => (value.length <= 107 ? readFilePath(value) : undefined),
    ),
    calico: scalar(
      "Present: a folder with two more sockets, for calicoctl: bird.ctl shows the sessions over IPv4, bird6.ctl those over IPv6.",
      "the whole path of a folder, from the root, of 97 characters at most",
      (value) => (value.length <= 97 ? readFilePath(value) : undefined),
    ),
    timeFormat: z
      .preprocess((value) => (typeof value === "string" ? splitTimeFormat(value) : value), TIMES)
      .optional(),
  },
  "The control socket.",
);
