import { formatAddress, formatPrefix } from "../route/index.ts";
import type { CandidateView, Explanation } from "./explain-views.ts";
import { attributesValue, bytesText, handlingValue } from "./route-json.ts";
import { iso } from "./show-status.ts";

/** The explanation as `--json` shows it: names are those of the views. */
export function explanationValue({ candidates, now, ...rest }: Explanation): object {
  const views = spelled(rest) as object;
  return { ...views, now: iso(now), candidates: candidates.map(candidateValue) };
}

function candidateValue(candidate: CandidateView): unknown {
  const { bytes, received, attributes, handling, since, address, nextHop, ...rest } = candidate;
  return {
    ...rest,
    since: iso(since),
    address: address && formatAddress(address),
    nextHop: nextHop && formatAddress(nextHop),
    bytes: bytesText(bytes),
    received: attributesValue(received),
    attributes: attributesValue(attributes),
    handling: handlingValue(handling),
  };
}

/** With every address and prefix in it, at whatever depth, as text. */
function spelled(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(spelled);
  if (isWords(value)) {
    return value.length === undefined
      ? formatAddress(value)
      : formatPrefix({ ...value, length: value.length });
  }
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, spelled(each)]));
}

interface Words {
  readonly family: 0 | 1;
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  /** Of a prefix. */
  readonly length?: number;
}

function isWords(value: object): value is Words {
  return "w0" in value;
}
