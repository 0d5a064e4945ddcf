import { formatAddress, formatPrefix } from "../route/index.ts";
import { JsonText, toJson } from "./answer.ts";
import type { CandidateView, Explanation } from "./explain-views.ts";
import { attributesValue, bytesText, handlingValue } from "./route-json.ts";
import { iso } from "./show-status.ts";

/**
 * The explanation as `--json` shows it, with `more` of the same value: names are those of the views. With
 * pauses for other work, as there may be hundreds of candidates with 64 KiB of attributes (RFC 8654) each.
 */
export function* explanationJson(
  { candidates, now, ...rest }: Explanation,
  more: object,
): Generator<undefined, JsonText, undefined> {
  const texts: string[] = [];
  for (const candidate of candidates) texts.push(yield* candidateJson(candidate));
  const views = spelled(rest) as object;
  const whole = toJson({ ...views, now: iso(now), ...more });
  return new JsonText(`${whole.slice(0, -1)},"candidates":[${texts.join(",")}]}`);
}

function* candidateJson(candidate: CandidateView): Generator<undefined, string, undefined> {
  const { bytes, received, attributes, handling, since, address, nextHop, ...rest } = candidate;
  const whole = toJson({
    ...rest,
    since: iso(since),
    address: address && formatAddress(address),
    nextHop: nextHop && formatAddress(nextHop),
    bytes: bytesText(bytes),
    handling: handlingValue(handling),
  });
  yield undefined;
  const before = toJson(attributesValue(received));
  yield undefined;
  const after = toJson(attributesValue(attributes));
  yield undefined;
  return `${whole.slice(0, -1)},"received":${before},"attributes":${after}}`;
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
