/** Switches of an emulated cloud: what the real one does differently in documents and in the field, or what nobody has written down. */
import { OptionError } from "../../project/mistakes.ts";

/** Values that a switch may have, where its default does not tell. */
export type Choices<S> = Readonly<Partial<Record<keyof S, readonly (string | number)[]>>>;

/**
 * One switch and its value, as given by people. The type of a switch is that of its default.
 * @throws {Error} that names what is wrong.
 */
export function parseSwitch<S extends object>(defaults: S, choices: Choices<S>, name: string, value: unknown): Partial<S> {
  if (!Object.hasOwn(defaults, name)) throw new Error(`no switch "${name}"; there are: ${Object.keys(defaults).join(", ")}`);
  const key = name as keyof S;
  const allowed = choices[key] ?? (typeof defaults[key] == "boolean" ? [true, false] : undefined);
  const parsed = typeof value == "string" && !allowed?.some((one) => one === value) ? parsedText(value) : value;
  if (allowed ? !allowed.some((one) => one === parsed) : !Number.isInteger(parsed) || (parsed as number) < 0)
    throw new Error(`switch ${name}: "${String(value)}" is none of ${allowed?.join(", ") ?? "the whole numbers from 0"}`);
  return { [key]: parsed } as Partial<S>;
}

/** `NAME=VALUE` each, of `--set`. @throws {OptionError} that names what is wrong. */
export function parseSwitches<S extends object>(texts: readonly string[], parse: (name: string, value: string) => Partial<S>): Partial<S> {
  const parsed = texts.map((text) => {
    const [, name = text, value = ""] = /^([^=]*)=(.*)$/.exec(text) ?? [];
    try {
      return parse(name, value);
    } catch (error) {
      throw new OptionError((error as Error).message);
    }
  });
  return Object.assign({}, ...parsed) as Partial<S>;
}

function parsedText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
