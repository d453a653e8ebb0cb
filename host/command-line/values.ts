/** Values of options, as commander takes them: each throws `InvalidArgumentError` with what it wants. */
import { InvalidArgumentError } from "commander";
import { checkVersion } from "../project/tokens-version.ts";
import { networkAddress } from "./address.ts";

export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max)
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    return value;
  };
}

/** `what`: as in "a number of seconds". */
export function numberFrom(min: number, max: number, what = "a number"): (text: string) => number {
  return (text) => checked(text, (value) => value >= min && value <= max, `It must be ${what} from ${min} to ${max}.`);
}

export function numberAbove(low: number, max: number, what = "a number"): (text: string) => number {
  return (text) => checked(text, (value) => value > low && value <= max, `It must be ${what} above ${low}, at most ${max}.`);
}

export function digits(from: number, to = from): (text: string) => string {
  return (text) => {
    if (/^\d+$/.test(text) && text.length >= from && text.length <= to) return text;
    throw new InvalidArgumentError(`It must be a number of ${from == to ? from : `${from} to ${to}`} digits.`);
  };
}

/** A device's console. */
export function portName(text: string): string {
  try {
    networkAddress(text);
  } catch {
    throw new InvalidArgumentError("It must be a path, as /dev/ttyUSB0, or tcp:HOST:PORT.");
  }
  return text;
}

/** The interpreter's version that text is pretokenised for. */
export function tokensVersion(text: string): string {
  asArgument(() => checkVersion(text));
  return text;
}

/** What `check` complains about is the value of an option. */
export function asArgument(check: () => void): void {
  try {
    check();
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** For an option that may be repeated. */
export function collected(text: string, before: readonly string[]): string[] {
  return [...before, text];
}

/** For an option that may be repeated, with one of these each time. */
export function collectedFrom(choices: readonly string[]): (text: string, before?: readonly string[]) => string[] {
  return (text, before = []) => {
    if (!choices.includes(text)) throw new InvalidArgumentError(`Allowed choices are ${choices.join(", ")}.`);
    return [...before, text];
  };
}

function checked(text: string, isGood: (value: number) => boolean, message: string): number {
  const value = Number(text);
  if (text.trim() === "" || !isGood(value)) throw new InvalidArgumentError(message);
  return value;
}
