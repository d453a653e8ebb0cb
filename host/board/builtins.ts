/**
 * What every supported interpreter has of the language's own objects, from 2v25 on. Anything else that Node has is taken away, so that
 * firmware cannot lean on it. `test/host/board/parity.test.ts` asks a real interpreter for the same list.
 */

function words(text: string): string[] {
  return text.split(" ");
}

/** Globals of the language. The interpreter's own (`print`, `E`, …) are made in `natives.ts` and `pins.ts`. */
export const GLOBALS: readonly string[] = words(
  "Object Function Array Number parseFloat parseInt Infinity NaN undefined Boolean String Date Promise RegExp Error ReferenceError SyntaxError " +
    "TypeError globalThis JSON Math ArrayBuffer Uint8Array Int8Array Uint16Array Int16Array Uint32Array Int32Array Float32Array Float64Array " +
    "Uint8ClampedArray DataView decodeURIComponent encodeURIComponent eval isFinite isNaN",
);

/** Methods and properties of values. */
export const PROTOTYPES: Readonly<Record<string, readonly string[]>> = {
  Object: words("constructor hasOwnProperty toString valueOf"),
  String: words(
    "length constructor charAt charCodeAt concat endsWith includes indexOf lastIndexOf match padEnd padStart repeat replace replaceAll slice split " +
      "substr substring startsWith toString trim toLowerCase toUpperCase valueOf",
  ),
  Array: words(
    "length constructor concat fill find findIndex pop push reverse shift unshift slice sort splice includes indexOf join forEach filter map every " +
      "some reduce toString",
  ),
  Number: words("constructor toFixed toString valueOf"),
  Function: words("length constructor apply bind call toString"),
  RegExp: words("constructor exec source toString test flags global ignoreCase lastIndex"),
  Date: words(
    "constructor toString toISOString toUTCString getDate setDate getDay getFullYear setFullYear getHours setHours getMilliseconds setMilliseconds " +
      "getMinutes setMinutes getMonth setMonth getSeconds setSeconds getTime setTime getTimezoneOffset valueOf toJSON",
  ),
  Uint8Array: words(
    "constructor buffer byteLength byteOffset length fill filter find findIndex forEach includes indexOf join map reverse reduce set slice sort " +
      "subarray toString",
  ),
  DataView: words(
    "constructor buffer byteLength byteOffset getInt8 setInt8 getUint8 setUint8 getInt16 setInt16 getUint16 setUint16 getInt32 setInt32 getUint32 " +
      "setUint32 getFloat32 setFloat32 getFloat64 setFloat64",
  ),
  ArrayBuffer: words("constructor byteLength"),
  Promise: words("constructor then catch"),
};

/** Members of the constructors and of `Math` and `JSON`. */
export const STATICS: Readonly<Record<string, readonly string[]>> = {
  String: ["fromCharCode"],
  Array: ["isArray"],
  Number: words("MAX_VALUE MIN_VALUE NaN NEGATIVE_INFINITY POSITIVE_INFINITY"),
  Object: words(
    "assign getOwnPropertyDescriptor getOwnPropertyDescriptors getOwnPropertyNames create defineProperties defineProperty getPrototypeOf " +
      "setPrototypeOf keys entries fromEntries values",
  ),
  Math: words(
    "abs acos asin atan atan2 ceil cos exp floor log max min pow random round sign sin sqrt tan E LN10 LN2 LOG10E LOG2E PI SQRT1_2 SQRT2",
  ),
  JSON: ["parse", "stringify"],
  Date: ["now", "parse"],
  Promise: ["all", "resolve", "reject"],
  ArrayBuffer: [],
  Uint8Array: [],
};
