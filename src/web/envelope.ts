import type { Plain } from "./json.ts";

/**
 * Milliseconds for which an answer counts as fresh. Nothing is kept here, and so nothing comes from a
 * cache; but Alice-LG keeps a neighbour's routes for so long, and asks once for what it shows in three
 * tables side by side.
 */
const FRESH_FOR = 5000;

/** What every answer of birdwatcher's begins with: Alice-LG reads nothing without it. */
export function envelope(version: string, now: number): { api: Plain; ttl: Plain } {
  return {
    api: {
      // Spelled so; the others are not.
      Version: version,
      result_from_cache: false,
      cache_status: { cached_at: { date: goTime(now), timezone_type: "UTC", timezone: "UTC" } },
    },
    ttl: goTime(now + FRESH_FOR),
  };
}

/** `2006-01-02T15:04:05Z`: RFC 3339, Alice-LG's `servertime`. */
function goTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** `2006-01-02 15:04:05` in UTC: Alice-LG's `servertime_short` and `servertime_ext`. */
export function birdTime(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace("T", " ");
}
