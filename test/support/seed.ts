import fc from "fast-check";

/**
 * Imported by `npm test` in front of each file: property tests draw the same examples in every run, so
 * that what passed passes. SEED=n draws others; a test that fails says which seed it had, and a test
 * file that is run by itself has another one each time, unless the test names its own.
 */
const seed = Number(process.env["SEED"] ?? 20_261_121);
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
