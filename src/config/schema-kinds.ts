import * as z from "zod";
import { alternatives } from "./problem.ts";
import {
  COMMUNITY_NAMES,
  RESERVED_NAMES,
  maskedPrefix,
  readAddress,
  readAsn,
  readBoolean,
  readCommunity,
  readEndpoint,
  readFilePath,
  readName,
  readPrefix,
  readRouterId,
  readSeconds,
  readWhole,
  unmapped,
} from "./read.ts";
import { describePlain } from "./source.ts";

// The kinds of values that a configuration has: what each accepts, and the words for it.

/** A scalar: its meaning for the reader, what is accepted, and how the text is read. */
export function scalar<T>(
  description: string,
  expected: string,
  read: (text: string) => T | undefined,
  hint: (text: string) => string | undefined = () => undefined,
) {
  const complain = (found: unknown, more = ""): string =>
    `found ${describePlain(found)}, expected ${expected}${more}`;
  return z
    .string({ error: (issue) => complain(issue.input) })
    .transform((text, context): T => {
      const value = read(text);
      if (value !== undefined) return value;
      const meant = hint(text);
      const message = complain(text, meant === undefined ? "" : `: did you mean ${meant}?`);
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    })
    .describe(`${description} Expected: ${expected}.`)
    .optional();
}

export function list<T extends z.ZodType>(element: T, description: string) {
  return z
    .array(element, {
      error: (issue) => `found ${describePlain(issue.input)}, expected a list: [...]`,
    })
    .describe(description)
    .optional();
}

export function section<T extends z.core.$ZodLooseShape>(shape: T, description: string) {
  return z
    .strictObject(shape, {
      error: (issue) =>
        issue.code === "unrecognized_keys"
          ? undefined
          : `found ${describePlain(issue.input)}, expected keys and values: { ... }`,
    })
    .describe(description)
    .optional();
}

export const flag = (description: string) => scalar(description, "true or false", readBoolean);

export const whole = (description: string, minimum: number, maximum: number) =>
  scalar(description, `a whole number from ${minimum} to ${maximum}`, (text) =>
    readWhole(text, minimum, maximum),
  );

export const seconds = (description: string, minimum: number, maximum: number) =>
  scalar(description, `whole seconds from ${minimum} to ${maximum}, as 90 or 90s`, (text) =>
    readSeconds(text, minimum, maximum),
  );

export const oneOf = <const T extends string>(description: string, ...words: readonly T[]) =>
  scalar(description, alternatives(words), (text) => words.find((word) => word === text));

export const asn = (description: string) =>
  scalar(
    description,
    "an AS number from 1 to 4294967294 that is not reserved (23456, 65535), as 64512 or 1.10",
    readAsn,
  );

/** Of the kernel's routes. */
export const kernelTable = (description: string) =>
  scalar(
    description,
    "a whole number from 1 to 4294967295 other than 255, the kernel's own table of local addresses",
    (value) => (value === "255" ? undefined : readWhole(value, 1, 4294967295)),
  );

export const kernelMetric = (description: string) => whole(description, 1, 4294967295);

/** Of a neighbour: a number, or that it is another one than ours, or ours. */
export const peerAsn = (description: string) =>
  scalar(
    description,
    "external, internal, or an AS number from 1 to 4294967294 that is not reserved (23456, 65535), as 64512 or 1.10",
    (value) => (value === "external" || value === "internal" ? value : readAsn(value)),
  );

export const prefix = (description: string) =>
  scalar(description, "a prefix, as 172.16.0.0/12 or fd00:1::/64", readPrefix, maskedPrefix);

export const address = (description: string) =>
  scalar(description, "an IPv4 or IPv6 address", readAddress, unmapped);

export const endpoint = (description: string) =>
  scalar(
    description,
    "an address of this node and a port from 1 to 65535, as 127.0.0.1:9179 or [::1]:9179",
    readEndpoint,
  );

/** Of somebody else. */
export const target = (description: string) =>
  scalar(
    description,
    "an address and a port from 1 to 65535, as 192.0.2.7:162 or [2001:db8::7]:162",
    readEndpoint,
  );

export const identifier = (description: string) =>
  scalar(description, "four numbers as 192.0.2.1, from 0.0.0.1 to 223.255.255.255", readRouterId);

export const name = (description: string) =>
  scalar(
    description,
    `a name of letters, digits, _, - and . that begins with a letter and is not reserved (${RESERVED_NAMES.join(", ")})`,
    readName,
  );

export const path = (description: string) =>
  scalar(description, "the whole path of a file, from the root: /...", readFilePath);

export const text = (description: string) =>
  scalar(description, "a text of 1 to 200 characters on one line", (value) =>
    /^[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,200}$/.test(value) ? value : undefined,
  );

export const community = (description: string) =>
  scalar(description, `a community as 64512:100, or ${COMMUNITY_NAMES}`, readCommunity);

const SECRET_FILE = "expected the whole path of a file that holds it: { file: /... }";

/** The path of a file with a secret. Someone may write that down here instead: no message repeats it. */
export const secretPath = (description: string) =>
  z
    .string({ error: `found no text, ${SECRET_FILE}` })
    .refine((value) => readFilePath(value) !== undefined, `found something else, ${SECRET_FILE}`)
    .describe(description)
    .optional();

/** Keys with a secret among them; likewise. */
export function secretSection<T extends z.core.$ZodLooseShape>(shape: T, description: string) {
  return z
    .strictObject(shape, {
      error: (issue) =>
        issue.code === "unrecognized_keys" ? undefined : `found something else, ${SECRET_FILE}`,
    })
    .describe(description)
    .optional();
}

export const secretFile = (description: string, fileDescription: string) =>
  secretSection({ file: secretPath(fileDescription) }, description);
