import tseslint from "typescript-eslint";

// P rooms are pure: time and randomness come in as arguments. ("types": [] already takes the Node
// API away from them; Date and Math are the language's own and need a rule.)
const PURE_ROOMS = [
  "bgp-ts",
  "rtnetlink-ts",
  "route",
  "drain",
  "monitor",
  "speaker",
  "fib",
  "bfd",
  "config",
  "control",
];

const FORBIDDEN = [
  { selector: "ExportDefaultDeclaration", message: "no default exports" },
  { selector: "TSEnumDeclaration", message: "no enum: Node runs the sources by stripping types" },
];
// `new Date(moment)` is only arithmetic; without arguments it asks the clock, as Date() always does.
const CLOCKS = ["NewExpression[arguments.length=0]", "CallExpression"].map((call) => ({
  selector: `${call}[callee.name="Date"]`,
  message: "time comes in as an argument",
}));

// eslint-disable-next-line no-restricted-syntax -- what ESLint asks for
export default tseslint.config(
  { ignores: ["dist/", ".types/", "node_modules/"] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    // The files beside this one are in no project.
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ["*.js"] } },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          allowForKnownSafeCalls: [
            { from: "package", name: ["test", "it", "describe"], package: "node:test" },
          ],
        },
      ],
      // A room has one door: another room is imported by its index.ts and nothing behind it.
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex: "^(\\.\\./.*|\\./.+)/(?!index\\.ts$)[^/]+\\.ts$",
              message: "import a room by its index.ts",
            },
          ],
        },
      ],
      "no-restricted-syntax": ["error", ...FORBIDDEN],
      eqeqeq: "error",
      "prefer-const": "error",
    },
  },
  {
    // What it has to say goes to the log, or to who asked.
    files: ["src/**/*.ts"],
    ignores: ["**/*.test.ts"],
    rules: { "no-console": "error" },
  },
  {
    files: PURE_ROOMS.map((room) => `src/${room}/**/*.ts`),
    ignores: ["**/*.test.ts"],
    rules: {
      "no-restricted-properties": [
        "error",
        { object: "Date", property: "now", message: "time comes in as an argument" },
        { object: "Math", property: "random", message: "randomness comes in as an argument" },
      ],
      "no-restricted-syntax": ["error", ...FORBIDDEN, ...CLOCKS],
    },
  },
  {
    // Scripts of the build: in no project, so that nothing is known of types, and with no room's door.
    files: [".config/*.js"],
    ...tseslint.configs.disableTypeChecked,
    rules: { ...tseslint.configs.disableTypeChecked.rules, "no-restricted-imports": "off" },
  },
  {
    files: ["test/**/*.ts", "**/*.test.ts"],
    rules: { "no-restricted-imports": "off", "@typescript-eslint/require-await": "off" },
  },
);
