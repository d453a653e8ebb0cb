/**
 * Rules that a single selector can express: what it finds, why not, and what to write instead. Proofs:
 * `test/host/compile/rules.fixtures.ts`.
 */

export interface SyntaxRule {
  name: string;
  /** ESLint (esquery) selector. */
  selector: string;
  what: string;
  instead: string;
}

export const SYNTAX_RULES: readonly SyntaxRule[] = [
  // ---- refused by the interpreter's parser ----
  {
    name: "no-default-parameters",
    selector: "AssignmentPattern",
    what: "default values are not in the interpreter",
    instead: "if (a === undefined) a = 1, or a || 1",
  },
  {
    name: "no-rest",
    selector: "RestElement",
    what: "rest parameters are not in the interpreter",
    instead: "an array as the last parameter",
  },
  { name: "no-spread", selector: "SpreadElement", what: "spread is not in the interpreter", instead: "concat, Object.assign or apply" },
  {
    name: "no-destructuring",
    selector: "ObjectPattern, ArrayPattern",
    what: "destructuring leaves its names undefined without any error",
    instead: "const a = object.a",
  },
  {
    name: "no-optional-chaining",
    selector: "ChainExpression",
    what: "optional chaining is not in the interpreter, and costs three times its tokens when it is compiled away",
    instead: "a && a.b",
  },
  {
    name: "no-logical-assignment",
    selector: "AssignmentExpression[operator=/^(\\?\\?|\\|\\||&&|\\*\\*)=$/]",
    what: "this assignment operator is not in the interpreter",
    instead: "a = a || b",
  },
  { name: "no-exponent", selector: "BinaryExpression[operator='**']", what: "** is not in the interpreter", instead: "Math.pow(a, b)" },
  {
    name: "no-computed-keys",
    selector: ":matches(Property, MethodDefinition, PropertyDefinition)[computed=true]",
    what: "computed keys are not in the interpreter",
    instead: "o[key] = value after the object",
  },
  {
    name: "no-labels",
    selector: "LabeledStatement, BreakStatement[label!=null], ContinueStatement[label!=null]",
    what: "labels are not in the interpreter",
    instead: "a function and return",
  },
  {
    name: "no-async",
    selector: ":function[async=true], AwaitExpression",
    what: "async and await are not in the interpreter",
    instead: "a callback, or a function step(i)",
  },
  {
    name: "no-generators",
    selector: ":function[generator=true], YieldExpression",
    what: "generators are not in the interpreter",
    instead: "a function step(i)",
  },
  { name: "no-bigint", selector: "Literal[bigint]", what: "BigInt is not in the interpreter", instead: "two numbers, or a string" },
  {
    name: "no-meta-properties",
    selector: "MetaProperty, ImportExpression",
    what: "this is not in the interpreter",
    instead: "require(name)",
  },
  {
    name: "no-private-names",
    selector: "PrivateIdentifier",
    what: "#private names are not in the interpreter",
    instead: "TypeScript's private",
  },
  { name: "no-with", selector: "WithStatement", what: "with is not in the interpreter", instead: "a variable" },
  {
    name: "no-debugger",
    selector: "DebuggerStatement",
    what: "debugger stops the board until somebody types at its console",
    instead: "a log line",
  },
  {
    name: "no-tagged-templates",
    selector: "TaggedTemplateExpression",
    what: "tagged templates are not in the interpreter",
    instead: "a call",
  },
  {
    name: "default-case-last",
    selector: "SwitchCase[test=null]:not(:last-child)",
    what: "default before a case throws",
    instead: "default at the end of the switch",
  },
  {
    name: "no-name-of",
    selector:
      ":matches(VariableDeclarator > Identifier.id, :function > Identifier.params, FunctionDeclaration > Identifier.id, CatchClause > Identifier.param)[name='of']",
    what: "a variable named of is a syntax error",
    instead: "another name",
  },
  {
    name: "no-parameter-undefined",
    selector: ":function > Identifier.params[name='undefined']",
    what: "a parameter named undefined is a syntax error",
    instead: "another name",
  },
  {
    name: "no-empty-do",
    selector: "DoWhileStatement > EmptyStatement.body",
    what: "do without a body is a syntax error",
    instead: "while (condition);",
  },

  // ---- accepted, and wrong ----
  {
    name: "no-array-length-assignment",
    selector: "AssignmentExpression > MemberExpression.left[property.name='length']",
    what: "length cannot be set: it throws",
    instead: "splice(n)",
  },
  {
    name: "no-split-limit",
    selector: "CallExpression[callee.property.name='split'][arguments.length>1]",
    what: "split ignores its limit",
    instead: "split(s).slice(0, n)",
  },
  {
    name: "no-replace-patterns",
    selector: "CallExpression[callee.property.name=/^replace(All)?$/][arguments.1.value=/\\$[$&'`]/]",
    what: "replace knows only $1 to $9, and those only with an expression",
    instead: "a function as the second argument",
  },
  {
    name: "no-arrow-fields",
    selector: "PropertyDefinition > ArrowFunctionExpression.value",
    what: "this of an arrow function in a class field is not the instance",
    instead: "make it in the constructor, or write a method",
  },
  {
    name: "no-error-subclasses",
    selector: ":matches(ClassDeclaration, ClassExpression)[superClass.name=/Error$/]",
    what: "a subclass of Error gets no message, and its super() throws",
    instead: "an object with name and message",
  },
  {
    name: "no-arguments",
    selector: "Identifier[name='arguments']",
    what: "arguments is empty in an arrow function, and keeps every value alive",
    instead: "named parameters",
  },
  {
    name: "no-case-declarations",
    selector: "SwitchCase > VariableDeclaration[kind!='var']",
    what: "a declaration in a case is one of the scope around the switch",
    instead: "case 1: { const a = …; }",
  },
  {
    name: "no-long-numbers",
    selector: "Literal[raw=/^[0-9][0-9_]{15,}$/]",
    what: "a number of more than 15 digits is not kept, and written with 11 to 12 digits where it has a fraction",
    instead: "a string",
  },
  {
    name: "no-text-search",
    selector: "CallExpression[callee.property.name=/^(indexOf|includes|replace)$/] > Literal.arguments:first-child[value=/^[^]{2,}$/]",
    what: "indexOf, includes and replace take the beginning of a text for the whole of it at the end of a string",
    instead: "split, startsWith, endsWith, lastIndexOf, or an expression",
  },
  {
    name: "no-long-separator",
    selector: "CallExpression[callee.property.name='split'] > Literal.arguments:first-child[value=/^[^]{3,}$/]",
    what: "split makes nothing of a string that is shorter than the separator by two characters or more",
    instead: "an expression",
  },
  {
    name: "no-strict-directive",
    // `"ram"` at the start of a function is the interpreter's own: it keeps the function's text in memory, in tokens.
    selector: "ExpressionStatement[directive][directive!='ram']",
    what: "directives are ignored",
    instead: "nothing",
  },
];
