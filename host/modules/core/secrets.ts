/** Command lines for logs and traces: with stars in place of PINs, passwords and secrets. */
import type { Argument } from "./command.ts";
import { commandsOf, type ParsedCommand } from "./parse.ts";

/** By command: positions of the arguments that nobody may see; where that depends on the item in front, by this item in lower case. */
export type SecretArguments = Readonly<Record<string, readonly number[] | Readonly<Record<string, readonly number[]>>>>;

/** `body`: what follows `AT`. Returns it without secrets. */
export type Mask = (body: string) => string;

/** Of every module (3GPP TS 27.007). */
const COMMON: SecretArguments = {
  "+CPIN": [0, 1],
  "+CLCK": [2],
  "+CPWD": [1, 2],
};

/** `own`: of commands besides those of every module. */
export function maskOf(own: SecretArguments): Mask {
  const secrets = { ...COMMON, ...own };
  const mayHoldOne = new RegExp(
    `\\+(${Object.keys(secrets)
      .map((name) => name.slice(1))
      .join("|")})\\s*=`,
    "i",
  );

  function shown({ name, form, args }: ParsedCommand): string {
    if (form === "read") return `${name}?`;
    if (form === "test") return `${name}=?`;
    if (form === "run") return name + (args[0]?.text ?? "");
    return `${name}=${args.map((argument, i) => (isSecret(name, args, i) ? '"***"' : written(argument))).join(",")}`;
  }

  function isSecret(name: string, args: readonly Argument[], i: number): boolean {
    const found = Object.hasOwn(secrets, name) ? secrets[name] : [];
    const positions = isList(found) ? found : (found?.[args[0]?.text.toLowerCase() ?? ""] ?? []);
    return positions.includes(i) && args[i]?.text !== "";
  }

  return (body) => {
    const first = mayHoldOne.exec(body);
    if (!first) return body;
    const { commands, malformed } = commandsOf(body);
    // What is not well formed may hold its secret anywhere behind the equals sign.
    return malformed ? `${body.slice(0, first.index + first[0].length)}***` : commands.map(shown).join(";");
  };
}

function isList(positions: SecretArguments[string] | undefined): positions is readonly number[] {
  return Array.isArray(positions);
}

function written({ text, quoted }: Argument): string {
  return quoted ? `"${text}"` : text;
}
