// Firmware, PC side and tests have different rules; what may import what is written down once, in LAYERS.
import eslint from "@eslint/js";
import { tsImport } from "tsx/esm/api";
import tseslint from "typescript-eslint";

const { layers } = await tsImport("./host/compile/rules/layers.ts", import.meta.url);
const { noCircles } = await tsImport("./host/compile/rules/circles.ts", import.meta.url);
const { commentWidth } = await tsImport("./host/compile/rules/comments.ts", import.meta.url);
const { types } = await tsImport("./host/compile/rules/types.ts", import.meta.url);
const { localRules, plugin } = await tsImport("./host/compile/rules/index.ts", import.meta.url);
const { LANGUAGE_GLOBALS } = await tsImport("./host/compile/interpreter.ts", import.meta.url);

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", "host/compile/lib/", "test/**/fixtures/"] },
  eslint.configs.recommended,
  ...tseslint.configs.strict,
  {
    plugins: { project: { rules: { layers, "no-circles": noCircles, "comment-width": commentWidth, types } } },
    rules: {
      "project/layers": "error",
      "project/no-circles": "error",
      "project/comment-width": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      // Expressions search for the control characters of a serial line.
      "no-control-regex": "off",
      // `==` is one character and one token less than `===`; the compiler knows both sides' types.
      eqeqeq: "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      // TypeScript knows which names exist.
      "no-undef": "off",
      // `declare class Pin` in hal, and error classes.
      "@typescript-eslint/no-extraneous-class": "off",
      "@typescript-eslint/no-empty-function": "off",
      "no-var": "error",
      "prefer-const": "error",
    },
  },
  {
    // Firmware: what the interpreter takes, told while it is written. The build checks its own output again.
    files: ["src/**/*.ts"],
    plugins: { espruino: plugin },
    rules: { ...localRules, "espruino/known-globals": ["error", LANGUAGE_GLOBALS] },
  },
  {
    files: ["src/**/*.ts"],
    ignores: ["src/hal/**", "src/boot/**"],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector: "VariableDeclaration[declare=true], TSDeclareFunction, ClassDeclaration[declare=true]",
          message: "Globals of the interpreter are declared and named in src/hal/ only; the rest gets them through World.",
        },
      ],
    },
  },
  {
    files: ["host/**/*.ts", "test/**/*.ts"],
    languageOptions: { parserOptions: { project: "./tsconfig.host.json", tsconfigRootDir: import.meta.dirname } },
    rules: {
      "project/types": "error",
      "@typescript-eslint/no-floating-promises": [
        "error",
        { allowForKnownSafeCalls: [{ from: "package", name: ["it", "describe", "test"], package: "node:test" }] },
      ],
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/await-thenable": "error",
    },
  },
);
