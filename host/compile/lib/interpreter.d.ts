/**
 * TypeScript's library for firmware: what `host/compile/interpreter.ts` allows, and nothing else, so that a method the interpreter does not have is an
 * error in the editor. The interpreter's own globals (UART, timers, pins) are not here: only `src/hal/` knows them.
 */

// ---- types the compiler needs, or that cost nothing ----

type PropertyKey = string | number | symbol;
type Partial<T> = { [P in keyof T]?: T[P] };
type Required<T> = { [P in keyof T]-?: T[P] };
type Readonly<T> = { readonly [P in keyof T]: T[P] };
type Pick<T, K extends keyof T> = { [P in K]: T[P] };
type Omit<T, K extends PropertyKey> = Pick<T, Exclude<keyof T, K>>;
type Record<K extends PropertyKey, T> = { [P in K]: T };
type Exclude<T, U> = T extends U ? never : T;
type Extract<T, U> = T extends U ? T : never;
type NonNullable<T> = T & {};
type Parameters<T extends (...args: never) => unknown> = T extends (...args: infer P) => unknown ? P : never;
type ReturnType<T extends (...args: never) => unknown> = T extends (...args: never) => infer R ? R : never;

/** For the compiler's view of `for…of` only: the interpreter has no symbols and iterators, and the build refuses them. */
interface SymbolConstructor {
  readonly iterator: unique symbol;
}
declare const Symbol: SymbolConstructor;
interface IteratorResult<T, _Return = unknown> {
  done?: boolean;
  value: T;
}
interface Iterator<T, _Return = unknown, _Next = unknown> {
  next(): IteratorResult<T>;
}
interface Iterable<T, _Return = unknown, _Next = unknown> {
  [Symbol.iterator](): Iterator<T>;
}
interface IterableIterator<T, _Return = unknown, _Next = unknown> extends Iterator<T> {
  [Symbol.iterator](): IterableIterator<T>;
}

interface IArguments {
  readonly length: number;
}
interface CallableFunction extends Function {}
interface NewableFunction extends Function {}
interface Boolean {
  valueOf(): boolean;
}
declare function Boolean(value?: unknown): boolean;

// ---- values ----

interface Object {
  hasOwnProperty(key: PropertyKey): boolean;
  toString(): string;
}
interface ObjectConstructor {
  assign<T extends object, U>(target: T, source: U): T & U;
  create(prototype: object | null): object;
  defineProperty<T extends object>(
    target: T,
    key: PropertyKey,
    descriptor: { value?: unknown; get?(): unknown; set?(value: unknown): void },
  ): T;
  entries<T>(o: Record<string, T>): [string, T][];
  fromEntries<T>(entries: readonly (readonly [string, T])[]): Record<string, T>;
  getOwnPropertyNames(o: object): string[];
  keys(o: object): string[];
  values<T>(o: Record<string, T>): T[];
}
declare const Object: ObjectConstructor;

interface Function {
  apply(self: unknown, args?: unknown[]): unknown;
  bind(self: unknown, ...args: unknown[]): (...args: unknown[]) => unknown;
  call(self: unknown, ...args: unknown[]): unknown;
  readonly length: number;
}

interface String {
  charAt(index: number): string;
  charCodeAt(index: number): number;
  concat(...texts: (string | number)[]): string;
  endsWith(text: string): boolean;
  includes(text: string): boolean;
  indexOf(text: string, from?: number): number;
  lastIndexOf(text: string, from?: number): number;
  match(pattern: RegExp): RegExpMatchArray | null;
  padEnd(length: number, fill?: string): string;
  padStart(length: number, fill?: string): string;
  repeat(count: number): string;
  /** A text replaces the first place it finds, and knows `$1` to `$9` only with an expression. */
  replace(pattern: string | RegExp, by: string | ((found: string, ...groups: string[]) => string)): string;
  replaceAll(pattern: string, by: string): string;
  slice(start: number, end?: number): string;
  /** There is no limit. */
  split(separator: string | RegExp): string[];
  startsWith(text: string, from?: number): boolean;
  substr(start: number, length?: number): string;
  substring(start: number, end?: number): string;
  toLowerCase(): string;
  toString(): string;
  toUpperCase(): string;
  trim(): string;
  readonly length: number;
  readonly [index: number]: string;
  [Symbol.iterator](): IterableIterator<string>;
}
interface StringConstructor {
  (value?: unknown): string;
  fromCharCode(...codes: number[]): string;
}
declare const String: StringConstructor;

interface Number {
  toFixed(digits?: number): string;
  toString(radix?: number): string;
}
interface NumberConstructor {
  (value?: unknown): number;
  readonly MAX_VALUE: number;
  readonly MIN_VALUE: number;
}
declare const Number: NumberConstructor;

interface ReadonlyArray<T> {
  concat(...items: (T | readonly T[])[]): T[];
  every(fn: (item: T, index: number) => unknown): boolean;
  filter(fn: (item: T, index: number) => unknown): T[];
  find(fn: (item: T, index: number) => unknown): T | undefined;
  findIndex(fn: (item: T, index: number) => unknown): number;
  forEach(fn: (item: T, index: number, array: T[]) => void): void;
  includes(item: T): boolean;
  indexOf(item: T): number;
  join(separator?: string): string;
  map<U>(fn: (item: T, index: number) => U): U[];
  reduce<U>(fn: (sum: U, item: T, index: number) => U, start: U): U;
  slice(start?: number, end?: number): T[];
  some(fn: (item: T, index: number) => unknown): boolean;
  readonly length: number;
  readonly [index: number]: T;
  [Symbol.iterator](): IterableIterator<T>;
}
interface Array<T> {
  concat(...items: (T | readonly T[])[]): T[];
  every(fn: (item: T, index: number) => unknown): boolean;
  fill(value: T, start?: number, end?: number): T[];
  filter(fn: (item: T, index: number) => unknown): T[];
  find(fn: (item: T, index: number) => unknown): T | undefined;
  findIndex(fn: (item: T, index: number) => unknown): number;
  forEach(fn: (item: T, index: number, array: T[]) => void): void;
  includes(item: T): boolean;
  indexOf(item: T): number;
  join(separator?: string): string;
  map<U>(fn: (item: T, index: number) => U): U[];
  pop(): T | undefined;
  push(...items: T[]): number;
  reduce<U>(fn: (sum: U, item: T, index: number) => U, start: U): U;
  reverse(): T[];
  shift(): T | undefined;
  slice(start?: number, end?: number): T[];
  some(fn: (item: T, index: number) => unknown): boolean;
  /** Not stable: equal items may change places. */
  sort(compare?: (a: T, b: T) => number): T[];
  splice(start: number, count?: number, ...items: T[]): T[];
  unshift(...items: T[]): number;
  /** To be read only: setting it throws. */
  readonly length: number;
  [index: number]: T;
  [Symbol.iterator](): IterableIterator<T>;
}
interface ArrayConstructor {
  new <T>(length: number): T[];
  isArray(value: unknown): value is unknown[];
}
declare const Array: ArrayConstructor;

interface RegExpMatchArray extends Array<string> {
  index?: number;
}
interface RegExp {
  exec(text: string): RegExpMatchArray | null;
  test(text: string): boolean;
  lastIndex: number;
  readonly source: string;
}
interface RegExpConstructor {
  new (pattern: string, flags?: "g" | "i" | "gi"): RegExp;
}
declare const RegExp: RegExpConstructor;

interface Date {
  getTime(): number;
  getFullYear(): number;
  getMonth(): number;
  getDate(): number;
  getDay(): number;
  getHours(): number;
  getMinutes(): number;
  getSeconds(): number;
  toISOString(): string;
}
interface DateConstructor {
  new (time?: number | string): Date;
  now(): number;
  parse(text: string): number;
}
declare const Date: DateConstructor;

interface Error {
  message: string;
  stack?: string;
}
interface ErrorConstructor {
  new (message?: string): Error;
}
declare const Error: ErrorConstructor;

interface Math {
  readonly E: number;
  readonly LN10: number;
  readonly LN2: number;
  readonly PI: number;
  readonly SQRT2: number;
  abs(x: number): number;
  acos(x: number): number;
  asin(x: number): number;
  atan(x: number): number;
  atan2(y: number, x: number): number;
  ceil(x: number): number;
  cos(x: number): number;
  exp(x: number): number;
  floor(x: number): number;
  log(x: number): number;
  max(...values: number[]): number;
  min(...values: number[]): number;
  pow(x: number, y: number): number;
  random(): number;
  round(x: number): number;
  sign(x: number): number;
  sin(x: number): number;
  sqrt(x: number): number;
  tan(x: number): number;
}
declare const Math: Math;

interface JSON {
  /** Takes more than JSON: text behind the value, comments, single quotes. */
  parse(text: string): unknown;
  /** Bytes above 0x7F come out as `\u00XX`, which is not UTF-8. */
  stringify(value: unknown): string;
}
declare const JSON: JSON;

// ---- bytes ----

interface ArrayBuffer {
  readonly byteLength: number;
}
interface ArrayBufferConstructor {
  new (length: number): ArrayBuffer;
}
declare const ArrayBuffer: ArrayBufferConstructor;

interface TypedArray {
  fill(value: number, start?: number, end?: number): this;
  forEach(fn: (item: number, index: number) => void): void;
  indexOf(item: number): number;
  map(fn: (item: number, index: number) => number): this;
  reduce<U>(fn: (sum: U, item: number, index: number) => U, start: U): U;
  reverse(): this;
  set(values: readonly number[] | TypedArray, offset?: number): void;
  slice(start?: number, end?: number): number[];
  subarray(start: number, end?: number): this;
  readonly buffer: ArrayBuffer;
  readonly byteLength: number;
  readonly byteOffset: number;
  readonly length: number;
  [index: number]: number;
  [Symbol.iterator](): IterableIterator<number>;
}
interface TypedArrayConstructor<T> {
  new (source: number | readonly number[] | TypedArray | ArrayBuffer, offset?: number, length?: number): T;
}
interface Float32Array extends TypedArray {}
interface Float64Array extends TypedArray {}
interface Int8Array extends TypedArray {}
interface Int16Array extends TypedArray {}
interface Int32Array extends TypedArray {}
interface Uint8Array extends TypedArray {}
interface Uint8ClampedArray extends TypedArray {}
interface Uint16Array extends TypedArray {}
interface Uint32Array extends TypedArray {}
declare const Float32Array: TypedArrayConstructor<Float32Array>;
declare const Float64Array: TypedArrayConstructor<Float64Array>;
declare const Int8Array: TypedArrayConstructor<Int8Array>;
declare const Int16Array: TypedArrayConstructor<Int16Array>;
declare const Int32Array: TypedArrayConstructor<Int32Array>;
declare const Uint8Array: TypedArrayConstructor<Uint8Array>;
declare const Uint8ClampedArray: TypedArrayConstructor<Uint8ClampedArray>;
declare const Uint16Array: TypedArrayConstructor<Uint16Array>;
declare const Uint32Array: TypedArrayConstructor<Uint32Array>;

interface DataView {
  getUint8(offset: number): number;
  getUint16(offset: number, littleEndian?: boolean): number;
  getUint32(offset: number, littleEndian?: boolean): number;
  getInt16(offset: number, littleEndian?: boolean): number;
  getInt32(offset: number, littleEndian?: boolean): number;
  setUint8(offset: number, value: number): void;
  setUint16(offset: number, value: number, littleEndian?: boolean): void;
  setUint32(offset: number, value: number, littleEndian?: boolean): void;
  setInt16(offset: number, value: number, littleEndian?: boolean): void;
  setInt32(offset: number, value: number, littleEndian?: boolean): void;
}
interface DataViewConstructor {
  new (buffer: ArrayBuffer, offset?: number, length?: number): DataView;
}
declare const DataView: DataViewConstructor;

// ---- functions and constants ----

declare const Infinity: number;
declare const NaN: number;
declare function atob(text: string): string;
declare function btoa(bytes: string): string;
declare function isFinite(value: number): boolean;
declare function isNaN(value: number): boolean;
declare function parseFloat(text: string): number;
declare function parseInt(text: string, radix?: number): number;
