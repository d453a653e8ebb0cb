/** Command lines for logs and traces: with stars in place of PINs, passwords and secrets. */
import type { Argument } from "./command.ts";
import { commandsOf, type ParsedCommand } from "./parse.ts";

/** Positions of the arguments that nobody may see. */
const SECRET: Record<string, readonly number[]> = {
  "+CPIN": [0, 1],
  "+CLCK": [2],
  "+CPWD": [1, 2],
  "+QICSGP": [4],
  "+QMTCONN": [2, 3],
  "+MCONFIG": [1, 2],
  "+CSTT": [2],
};
/** Commands where it depends on the item in front, in lower case: QMTCFG="aliauth",<client>,<product key>,<device name>,<device secret>. */
const SECRET_ITEMS: Record<string, Record<string, readonly number[]>> = {
  "+QMTCFG": { aliauth: [4] },
  "+SSLCFG": { premaster: [2] },
  // A header may be one that authorizes.
  "+QHTTPCFG": { auth: [1], custom_header: [1], "reqheader/add": [2] },
  "+HTTPPARA": { user_defined: [1], userdata: [1] },
};
const MAY_HOLD_ONE = /\+(CPIN|CLCK|CPWD|QICSGP|QMTCONN|QMTCFG|MCONFIG|CSTT|SSLCFG|QHTTPCFG|HTTPPARA)\s*=/i;

/** What follows `AT`, without secrets. */
export function withoutSecrets(body: string): string {
  const first = MAY_HOLD_ONE.exec(body);
  if (!first) return body;
  const { commands, malformed } = commandsOf(body);
  // What is not well formed may hold its secret anywhere behind the equals sign.
  return malformed ? `${body.slice(0, first.index + first[0].length)}***` : commands.map(shown).join(";");
}

function shown({ name, form, args }: ParsedCommand): string {
  if (form === "read") return `${name}?`;
  if (form === "test") return `${name}=?`;
  if (form === "run") return name + (args[0]?.text ?? "");
  return `${name}=${args.map((argument, i) => (isSecret(name, args, i) ? '"***"' : written(argument))).join(",")}`;
}

function isSecret(name: string, args: readonly Argument[], i: number): boolean {
  const positions = SECRET_ITEMS[name]?.[args[0]?.text.toLowerCase() ?? ""] ?? SECRET[name] ?? [];
  return positions.includes(i) && args[i]?.text !== "";
}

function written({ text, quoted }: Argument): string {
  return quoted ? `"${text}"` : text;
}
