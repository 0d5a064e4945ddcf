/** Colours as functions; without colours, they change nothing. */
export interface Paint {
  readonly plain: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly red: (text: string) => string;
}

/** SGR parameters (ECMA-48 §8.3.117). */
export function painter(colours: boolean): Paint {
  const plain = (text: string): string => text;
  const sgr = (code: number): ((text: string) => string) =>
    colours ? (text) => (text === "" ? "" : `\x1b[${code}m${text}\x1b[0m`) : plain;
  return { plain, bold: sgr(1), dim: sgr(2), green: sgr(32), yellow: sgr(33), red: sgr(31) };
}
