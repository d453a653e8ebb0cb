/**
 * The rules of the interpreter as an ESLint plugin: the editor and `npm run lint` apply them to the sources, the build to the minified
 * modules. Grounds for each: Espruino 2v29, tried out; see `docs/decisions/0020-build-checks.md`.
 */
import type { ESLint, Rule } from "eslint";
import { noLoopClosures } from "./loops.ts";
import { knownGlobals, knownMembers, knownStatics } from "./names.ts";
import { declareBeforeUse } from "./order.ts";
import { regexSubset } from "./regex.ts";
import { noInheritedStatics } from "./statics.ts";
import { SYNTAX_RULES } from "./syntax.ts";
import type { SyntaxRule } from "./syntax.ts";
import { bytesOnly } from "./text.ts";

function fromSelector(rule: SyntaxRule): Rule.RuleModule {
  return {
    meta: { type: "problem", schema: [], docs: { description: rule.what } },
    create: (context) => ({
      [rule.selector]: (node: Rule.Node) => context.report({ node, message: `${rule.what}; instead: ${rule.instead}` }),
    }),
  };
}

const syntax = Object.fromEntries(SYNTAX_RULES.map((rule) => [rule.name, fromSelector(rule)]));

/** Rules that look at one piece of code and need no settings. */
const local: Record<string, Rule.RuleModule> = {
  ...syntax,
  "declare-before-use": declareBeforeUse,
  "known-statics": knownStatics,
  "no-inherited-statics": noInheritedStatics,
  "no-loop-closures": noLoopClosures,
  "regex-subset": regexSubset,
};

export const plugin: ESLint.Plugin = {
  meta: { name: "espruino" },
  rules: { ...local, "known-globals": knownGlobals, "known-members": knownMembers, "bytes-only": bytesOnly },
};

/** The settings-free rules, switched on. */
export const localRules: Record<string, "error"> = Object.fromEntries(Object.keys(local).map((name) => [`espruino/${name}`, "error"]));
