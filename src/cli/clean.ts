/**
 * Text of others for the terminal: control characters, and what ends a line, are shown as `?`. The daemon
 * shows them so, too, but what answers may be another, and in JSON they come as escapes. The tab stays.
 */
export function clean(text: string): string {
  return text.replaceAll(/[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]/g, "?");
}
