const js = require("@eslint/js");
const tseslint = require("typescript-eslint");

module.exports = tseslint.config(
  {
    ignores: [
      "dist/",
      "site/",
      "node_modules/",
      "test/fixtures/",
      "coverage/",
      "**/node_modules/",
      "examples/*/package/",
      "examples/*/wheels/",
    ],
  },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { project: "tsconfig.json", tsconfigRootDir: __dirname } },
    rules: {
      // A module that costs start-up time is required where it is first used (DESIGN.md, "Speed").
      "@typescript-eslint/no-require-imports": "off",
      "@typescript-eslint/consistent-type-imports": ["error", { disallowTypeAnnotations: false }],
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
    },
  },
  {
    files: ["**/*.js", "**/*.mjs"],
    languageOptions: {
      globals: {
        ...Object.fromEntries(
          [
            "console",
            "process",
            "Buffer",
            "URL",
            "setTimeout",
            "clearTimeout",
            "setInterval",
            "clearInterval",
            "fetch",
            "AbortSignal",
            "AbortController",
            "performance",
            "structuredClone",
          ].map((name) => [name, "readonly"]),
        ),
      },
    },
  },
  {
    files: ["**/*.js"],
    languageOptions: {
      sourceType: "commonjs",
      globals: { require: "readonly", module: "writable", exports: "writable", __dirname: "readonly" },
    },
  },
  {
    // What runs in a browser.
    files: ["scripts/lib/site.js"],
    languageOptions: { globals: { document: "readonly" } },
  },
  {
    // What is uploaded and runs in a cloud.
    files: ["components/**/*.mjs"],
    languageOptions: {
      globals: Object.fromEntries(
        ["Blob", "Headers", "Request", "Response", "TextEncoder", "crypto", "globalThis"].map((name) => [
          name,
          "readonly",
        ]),
      ),
    },
  },
  {
    // Requests go through provider/net/http.ts. undici's FormData belongs to it: the global one would be sent as text.
    files: ["provider/**/*.ts", "components/**/*.ts", "cli/**/*.ts"],
    rules: {
      "no-restricted-globals": ["error", "fetch", "FormData", "File"],
    },
  },
);
