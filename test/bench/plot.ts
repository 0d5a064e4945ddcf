import type { Bench, SubjectName } from "./bench.ts";
import { Medians, type Run } from "./results.ts";
import { NAMES } from "./table.ts";

/**
 * A figure over the size as SVG, both axes logarithmic: what grows in proportion is a slope of one. Zero
 * has no place on such an axis: it lies on the floor, and says so.
 */

const [WIDTH, HEIGHT] = [640, 400];
const FRAME = { left: 64, right: 88, top: 40, bottom: 48 };
const COLOURS: Readonly<Record<SubjectName, string>> = {
  underlay: "#c0392b",
  bird: "#2471a3",
  frr: "#b7950b",
  c: "#707070",
};

interface Line {
  readonly subject: SubjectName;
  readonly points: readonly (readonly [size: number, value: number])[];
}

export function plot(
  bench: Bench,
  runs: readonly Run[],
  variant: string,
  key: string,
): string | undefined {
  const medians = new Medians(bench, runs);
  const lines = medians.subjects.map((subject): Line => {
    const points = medians.sizes.flatMap((size) => {
      const value = medians.of({ subject, variant, size }, key);
      return value === undefined ? [] : [[size, value] as const];
    });
    return { subject, points };
  });
  if (lines.every(({ points }) => points.length < 2)) return undefined;
  if (lines.every(({ points }) => points.every(([, value]) => value <= 0))) return undefined;
  const { title, unit } = bench.figures[key];
  const heading = [bench.name, variant].filter(Boolean).join(", ");
  return draw(`${heading}: ${title}, ${unit}`, bench.unit, lines);
}

function draw(heading: string, unit: string, lines: readonly Line[]): string {
  const points = lines.flatMap((line) => line.points);
  const x = axis(
    points.map(([size]) => size),
    FRAME.left,
    WIDTH - FRAME.right,
  );
  const y = axis(
    points.map(([, value]) => value),
    HEIGHT - FRAME.bottom,
    FRAME.top,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" ` +
      `font-family="sans-serif" font-size="12" fill="#707070">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(FRAME.left, 22, "start", heading, ' font-size="14" fill="#202020"'),
    ...x.ticks.map((size) => grid(x.at(size), FRAME.top, x.at(size), HEIGHT - FRAME.bottom)),
    ...y.ticks.map((value) => grid(FRAME.left, y.at(value), WIDTH - FRAME.right, y.at(value))),
    ...x.ticks.map((size) =>
      text(x.at(size), HEIGHT - FRAME.bottom + 18, "middle", size.toLocaleString("en")),
    ),
    ...y.ticks.map((value) => text(FRAME.left - 8, y.at(value) + 4, "end", `${value}`)),
    text((FRAME.left + WIDTH - FRAME.right) / 2, HEIGHT - 8, "middle", unit),
    ...lines.flatMap((line) => drawLine(line, x.at, y.at)),
    "</svg>\n",
  ].join("\n");
}

function drawLine(
  { subject, points }: Line,
  x: (size: number) => number,
  y: (value: number) => number,
): string[] {
  const last = points.at(-1);
  if (last === undefined) return [];
  const colour = COLOURS[subject];
  const places = points.map(([size, value]) => `${x(size).toFixed(1)},${y(value).toFixed(1)}`);
  return [
    `<polyline points="${places.join(" ")}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...points.map(
      ([size, value]) =>
        `<circle cx="${x(size).toFixed(1)}" cy="${y(value).toFixed(1)}" r="3" fill="${colour}"/>`,
    ),
    ...points
      .filter(([, value]) => value <= 0)
      .map(([size, value]) => text(x(size), y(value) - 8, "middle", "0", ` fill="${colour}"`)),
    text(x(last[0]) + 8, y(last[1]) + 4, "start", NAMES[subject], ` fill="${colour}"`),
  ];
}

/**
 * A logarithmic axis over the values, from one power of ten to another, and its ticks. What is not above
 * zero lies at its beginning.
 */
function axis(
  values: readonly number[],
  from: number,
  to: number,
): { readonly at: (value: number) => number; readonly ticks: readonly number[] } {
  const above = values.filter((value) => value > 0);
  const [low, high] = [
    Math.floor(Math.log10(Math.min(...above))),
    Math.ceil(Math.log10(Math.max(...above) * 1.0001)),
  ];
  const ticks = Array.from({ length: high - low + 1 }, (_, i) => Number(`1e${low + i}`));
  const at = (value: number): number =>
    value <= 0 ? from : from + ((to - from) * (Math.log10(value) - low)) / (high - low);
  return { at, ticks };
}

function text(x: number, y: number, anchor: string, words: string, more = ""): string {
  const place = `x="${x.toFixed(1)}" y="${y.toFixed(1)}"`;
  return `<text ${place} text-anchor="${anchor}"${more}>${words}</text>`;
}

function grid(x1: number, y1: number, x2: number, y2: number): string {
  const [a, b, c, d] = [x1, y1, x2, y2].map((n) => n.toFixed(1));
  return `<line x1="${a}" y1="${b}" x2="${c}" y2="${d}" stroke="#e4e4e4"/>`;
}
