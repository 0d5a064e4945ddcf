// A manual page (man(7)) out of what a program prints for --help: its headings, its two columns, its
// paragraphs. There is one text to keep true, and it is the one that people read first.

/** @param {string} text */
const escaped = (text) =>
  text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replace(/^(?=[.'])/, "\\&");

/**
 * @param {string} program
 * @param {string} help
 * @param {string} other the program that belongs to it
 * @param {string} version
 */
export function manPage(program, help, other, version) {
  const lines = help.trimEnd().split("\n");
  const page = [`.TH ${program.toUpperCase()} 8 "" "underlay ${version}"`, ".SH NAME"];
  page.push(`${program} \\- ${escaped(summary(lines))}`);
  /** "before": what is before the synopsis stands in NAME already. @type {"before" | "text" | "as it is"} */
  let mode = "before";
  const ended = () => {
    if (mode === "as it is") page.push(".fi");
    mode = "text";
  };
  for (const line of lines) {
    const usage = /^Usage: (.*)$/.exec(line)?.[1];
    const heading = /^(\w[\w ]*):$/.exec(line)?.[1];
    if (usage !== undefined) {
      page.push(".SH SYNOPSIS", escaped(usage), ".SH DESCRIPTION");
      mode = "text";
    } else if (mode === "before") {
      continue;
    } else if (heading !== undefined) {
      ended();
      page.push(`.SH ${heading.toUpperCase()}`);
      if (heading === "Examples") {
        page.push(".nf");
        mode = "as it is";
      }
    } else if (line.trim() === "") {
      ended();
      page.push(".PP");
    } else if (mode === "as it is") {
      page.push(escaped(line.trim()));
    } else {
      const entry = /^ {2,8}(?! )(.+?)(?: {2,}(.*))?$/.exec(line);
      if (entry === null) page.push(escaped(line.trim()));
      else page.push(".TP", `.B ${escaped(entry[1])}`, ...(entry[2] ? [escaped(entry[2])] : []));
    }
  }
  ended();
  page.push(".SH SEE ALSO", `.BR ${other} (8)`);
  // Two in a row, or beside a heading, mean nothing.
  const isNeeded = (/** @type {number} */ at) =>
    /^[^.]/.test(page[at + 1] ?? "") && !page[at - 1].startsWith(".SH");
  return `${page.filter((line, at) => line !== ".PP" || isNeeded(at)).join("\n")}\n`;
}

/** What the program is, out of its first sentence. @param {string[]} lines */
function summary(lines) {
  const line = lines.find((text) => text !== "" && !text.startsWith("Usage: ")) ?? "";
  return line.replace(/^\w+: /, "").replace(/\.$/, "");
}
