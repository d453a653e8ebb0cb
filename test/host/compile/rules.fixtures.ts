/**
 * One entry for each rule: an expression that breaks it, and one that does the same within the rules.
 * On the interpreter the first has another value than in JavaScript (or throws), the second the same.
 */
export interface RuleFixture {
  rule: string;
  bad: string;
  good: string;
}

export const RULE_FIXTURES: readonly RuleFixture[] = [
  { rule: "no-default-parameters", bad: "(function (a = 2) { return a; })()", good: "(function (a) { return a || 2; })()" },
  { rule: "no-rest", bad: "(function (...a) { return a; })(1, 2)", good: "(function (a) { return a; })([1, 2])" },
  { rule: "no-spread", bad: "[0, ...[1, 2]]", good: "[0].concat([1, 2])" },
  { rule: "no-spread", bad: "({ ...{ a: 1 } })", good: "Object.assign({}, { a: 1 })" },
  { rule: "no-spread", bad: "Math.max(...[1, 2])", good: "Math.max.apply(null, [1, 2])" },
  {
    rule: "no-destructuring",
    bad: "(function (o) { const { a } = o; return a; })({ a: 1 })",
    good: "(function (o) { const a = o.a; return a; })({ a: 1 })",
  },
  {
    rule: "no-destructuring",
    bad: "(function (o) { const [a] = o; return a; })([1])",
    good: "(function (o) { const a = o[0]; return a; })([1])",
  },
  { rule: "no-long-separator", bad: "'x'.split('abc')", good: "'x'.split(/abc/)" },
  { rule: "no-text-search", bad: "'xab'.indexOf('abc')", good: "'xab'.lastIndexOf('abc')" },
  { rule: "no-text-search", bad: "'xab'.includes('abc')", good: "'xab'.split(/abc/).length > 1" },
  { rule: "no-text-search", bad: "'xab'.replace('abc', '!')", good: "'xab'.replace(/abc/, '!')" },
  { rule: "no-destructuring", bad: "(function ({ a }) { return a; })({ a: 1 })", good: "(function (o) { return o.a; })({ a: 1 })" },
  { rule: "no-optional-chaining", bad: "({ a: 1 })?.a", good: "(function (o) { return o && o.a; })({ a: 1 })" },
  { rule: "no-logical-assignment", bad: "(function (a) { a ||= 2; return a; })()", good: "(function (a) { a = a || 2; return a; })()" },
  { rule: "no-logical-assignment", bad: "(function (a) { a ??= 2; return a; })()", good: "(function (a) { a = a ?? 2; return a; })()" },
  { rule: "no-exponent", bad: "2 ** 3", good: "Math.pow(2, 3)" },
  { rule: "no-computed-keys", bad: "({ ['a' + 1]: 2 })", good: "(function () { const o = {}; o['a' + 1] = 2; return o; })()" },
  {
    rule: "no-labels",
    bad: "(function () { outer: for (;;) { for (;;) break outer; } return 1; })()",
    good: "(function () { (function () { for (;;) { for (;;) return; } })(); return 1; })()",
  },
  {
    rule: "no-async",
    bad: "(function () { async function f() {} f(); return 1; })()",
    good: "(function () { function f() {} f(); return 1; })()",
  },
  {
    rule: "no-generators",
    bad: "(function () { function* f() {} f(); return 1; })()",
    good: "(function () { function f() {} f(); return 1; })()",
  },
  { rule: "no-bigint", bad: "(10n).toString()", good: "(10).toString()" },
  { rule: "no-meta-properties", bad: "(function () { return new.target === undefined; })()", good: "(function () { return true; })()" },
  {
    rule: "no-private-names",
    bad: "(function () { class A { #x = 1; get() { return this.#x; } } return new A().get(); })()",
    good: "(function () { class A { x = 1; get() { return this.x; } } return new A().get(); })()",
  },
  {
    rule: "no-with",
    bad: "(function () { const a = 0; with ({ a: 1 }) { return a; } })()",
    good: "(function () { const o = { a: 1 }; return o.a; })()",
  },
  { rule: "no-tagged-templates", bad: "((a, b) => b)`x${1}y`", good: "((a, b) => b)(['x', 'y'], 1)" },
  {
    rule: "default-case-last",
    bad: "(function (x) { switch (x) { default: return 'd'; case 2: return 2; } })(2)",
    good: "(function (x) { switch (x) { case 2: return 2; default: return 'd'; } })(2)",
  },
  { rule: "no-name-of", bad: "(function () { var of = 3; return of; })()", good: "(function () { var on = 3; return on; })()" },
  { rule: "no-name-of", bad: "(function (of) { return of; })(3)", good: "(function (on) { return on; })(3)" },
  { rule: "no-parameter-undefined", bad: "(function (a, undefined) { return a; })(1)", good: "(function (a, b) { return a; })(1)" },
  {
    rule: "no-empty-do",
    bad: "(function () { let i = 0; do; while (i++ < 2); return i; })()",
    good: "(function () { let i = 0; while (i++ < 2); return i; })()",
  },
  {
    rule: "no-array-length-assignment",
    bad: "(function () { const a = [1, 2]; a.length = 0; return a; })()",
    good: "(function () { const a = [1, 2]; a.splice(0); return a; })()",
  },
  { rule: "no-split-limit", bad: "'a,b,c'.split(',', 2)", good: "'a,b,c'.split(',').slice(0, 2)" },
  { rule: "no-replace-patterns", bad: "'abc'.replace(/b/, '[$&]')", good: "'abc'.replace(/b/, (found) => '[' + found + ']')" },
  {
    rule: "no-arrow-fields",
    bad: "(function () { class A { x = 1; f = () => this && this.x; } const f = new A().f; return f(); })()",
    good: "(function () { class A { constructor() { this.x = 1; this.f = () => this && this.x; } } const f = new A().f; return f(); })()",
  },
  {
    rule: "no-error-subclasses",
    bad: "(function () { class X extends Error {} return new X('m').message; })()",
    good: "(function () { return { name: 'X', message: 'm' }.message; })()",
  },
  {
    rule: "no-arguments",
    bad: "(function () { return (() => arguments.length)(); })(1, 2)",
    good: "(function (a, b) { return 2; })(1, 2)",
  },
  {
    rule: "no-case-declarations",
    bad: "(function () { let a = 1; switch (1) { case 1: let a = 2; } return a; })()",
    good: "(function () { let a = 1; switch (1) { case 1: { let a = 2; } } return a; })()",
  },
  { rule: "no-long-numbers", bad: "'' + 12345678901234567890", good: "'12345678901234567000'" },
  {
    rule: "declare-before-use",
    bad: "(function () { return f(); function f() { return 1; } })()",
    good: "(function () { function f() { return 1; } return f(); })()",
  },
  {
    rule: "declare-before-use",
    bad: "(function () { function f() { return g(); } const a = f(); function g() { return 1; } return a; })()",
    good: "(function () { function f() { return g(); } function g() { return 1; } const a = f(); return a; })()",
  },
  {
    rule: "declare-before-use",
    bad: "(function () { function f() { return g(); } function g() { return h(); } const a = f(); function h() { return 1; } return a; })()",
    good: "(function () { function f() { return g(); } function g() { return h(); } function h() { return 1; } const a = f(); return a; })()",
  },
  {
    rule: "declare-before-use",
    bad: "(function () { const a = [1].map((x) => x + f()); function f() { return 1; } return a; })()",
    good: "(function () { function f() { return 1; } const a = [1].map((x) => x + f()); return a; })()",
  },
  {
    rule: "declare-before-use",
    bad: "(function () { const o = { f: f }; function f() { return 1; } return o.f(); })()",
    good: "(function () { const o = { f: () => f() }; function f() { return 1; } return o.f(); })()",
  },
  {
    rule: "no-inherited-statics",
    bad: "(function () { class A { static s() { return 1; } } class B extends A {} return B.s(); })()",
    good: "(function () { function s() { return 1; } class A {} class B extends A {} return s(); })()",
  },
  {
    rule: "no-loop-closures",
    bad: "(function () { const f = []; for (let i = 0; i < 3; i++) f.push(() => i); return f.map((g) => g()); })()",
    good: "(function () { const f = []; for (let i = 0; i < 3; i++) { const j = i; f.push(() => j); } return f.map((g) => g()); })()",
  },
  {
    rule: "no-loop-closures",
    bad: "(function () { const f = []; for (const x of [1, 2]) f.push(() => x); return f.map((g) => g()); })()",
    good: "(function () { const f = []; for (const x of [1, 2]) f.push(x); return f.map((g) => g); })()",
  },
  {
    rule: "no-loop-closures",
    bad: "(function () { const f = []; for (const k in { a: 1, b: 2 }) f.push(() => k); return f.map((g) => g()); })()",
    good: "(function () { const f = []; for (const k in { a: 1, b: 2 }) { const j = k; f.push(() => j); } return f.map((g) => g()); })()",
  },
  { rule: "regex-subset", bad: "/ab?c/.test('ac')", good: "/ab*c/.test('ac')" },
  { rule: "regex-subset", bad: "/a.+?c/.exec('abcbc')", good: "/a[^c]+c/.exec('abcbc')" },
  { rule: "regex-subset", bad: "/a(b)?c/.test('ac')", good: "/ac/.test('ac') || /abc/.test('ac')" },
  { rule: "regex-subset", bad: "/a(b)*c/.test('abbc')", good: "/a(b*)c/.test('abbc')" },
  { rule: "regex-subset", bad: "/a(b)+c/.test('abbc')", good: "/a(b+)c/.test('abbc')" },
  { rule: "regex-subset", bad: "/a(b|c)?/.test('a')", good: "/[?(|){2]+[^\\]?]b/.test('?(|){2xb')" },
  { rule: "regex-subset", bad: "'a/b'.split(/[/]/)", good: "'a/b'.split(/[\\/]/)" },
  { rule: "regex-subset", bad: "/a{2}/.test('aa')", good: "/aa/.test('aa')" },
  { rule: "regex-subset", bad: "/\\bab/.test('ab')", good: "/^ab/.test('ab')" },
  { rule: "regex-subset", bad: "/a(?=b)/.test('ab')", good: "/ab/.test('ab')" },
  { rule: "regex-subset", bad: "/a(?!b)/.test('ac')", good: "/a[^b]/.test('ac')" },
  { rule: "regex-subset", bad: "/(?:ab)c/.test('abc')", good: "/(ab)c/.test('abc')" },
  { rule: "regex-subset", bad: "/(?<n>a)/.test('a')", good: "/(a)/.test('a')" },
  { rule: "regex-subset", bad: "/(a)\\1/.test('aa')", good: "/aa/.test('aa')" },
  { rule: "regex-subset", bad: "/\\u0061/.test('a')", good: "/\\x61/.test('a')" },
  { rule: "regex-subset", bad: "/((a)b)/.exec('ab')", good: "/(ab)/.exec('ab')" },
  { rule: "regex-subset", bad: "/x(ab|c)y/.exec('xaby')", good: "/x([abc]+)y/.exec('xaby')" },
  { rule: "regex-subset", bad: "/^a|b/.test('xb')", good: "/^a/.test('xb') || /b/.test('xb')" },
  { rule: "regex-subset", bad: "/^b/m.test('a\\nb')", good: "/\\nb/.test('a\\nb')" },
  { rule: "regex-subset", bad: "'a1b'.split(/(\\d)/)", good: "'a1b'.split(/\\d/)" },
  {
    rule: "regex-subset",
    bad: "(function () { if (1) /a/.test('a'); return 1; })()",
    good: "(function () { const r = /a/; if (1) r.test('a'); return 1; })()",
  },
  { rule: "regex-subset", bad: "new RegExp('^a' + '?b').test('b')", good: "new RegExp('^a' + '*b').test('b')" },
  { rule: "known-globals", bad: "new Map() instanceof Object", good: "({}) instanceof Object" },
  { rule: "known-globals", bad: "encodeURIComponent('\\xe4').length", good: "'%C3%A4'.length" },
  { rule: "known-statics", bad: "Math.trunc(1.5)", good: "Math.floor(1.5)" },
  { rule: "known-statics", bad: "Array.from([1])", good: "[1].slice(0)" },
  { rule: "known-statics", bad: "Object.freeze({ a: 1 })", good: "({ a: 1 })" },
  { rule: "known-statics", bad: "Number.isInteger(1)", good: "1 % 1 == 0" },
  { rule: "known-members", bad: "[1, 2].at(0)", good: "[1, 2][0]" },
  { rule: "known-members", bad: "[[1], [2]].flat()", good: "[1].concat([2])" },
  { rule: "bytes-only", bad: "'\\u4e2d'.charCodeAt(0)", good: "'\\xe4\\xb8\\xad'.charCodeAt(0)" },
];

/** Rules that stop a program or do nothing, so that no value can show it. */
export const WITHOUT_PROOF: readonly RuleFixture[] = [
  { rule: "no-debugger", bad: "(function () { debugger; return 1; })()", good: "(function () { return 1; })()" },
  { rule: "no-strict-directive", bad: "(function () { 'use strict'; return 1; })()", good: "(function () { return 1; })()" },
  { rule: "no-meta-properties", bad: "import('a')", good: "require('a')" },
  // JavaScript throws here as well, but only where it runs.
  {
    rule: "declare-before-use",
    bad: "(function () { const f = () => g(); const a = f(); const g = () => 1; return a; })()",
    good: "(function () { const f = () => g(); const g = () => 1; const a = f(); return a; })()",
  },
];
