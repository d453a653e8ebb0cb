/** What a device prints, without secrets: those that are known here by their value, others by where they stand. */
import { hideGivenSecrets } from "../clouds/find.ts";
import { withoutSecrets } from "../modules/find.ts";

/** Shorter values (a SIM PIN) are hidden as whole words only. */
const LONG = 6;
/** Fields of an identity that everybody may see. */
const PUBLIC = ["deviceName", "username", "clientId", "clientCert", "clientCertChecksum", "clientKey", "clientKeyChecksum"];
/**
 * `password=...`, `"deviceSecret":"..."` and the like, in any text. In quotes it goes up to the closing one; without, anything may belong
 * to it, so nothing behind it is shown.
 */
const NAMED = /((?<!-)(?:password|secret|pass|token|pin|puk)\\?["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|\S.*)/gi;

/** `files`: an identity's Storage files; `password`: the console's. */
export function secretMask(files: ReadonlyMap<string, Buffer>, password?: string): (text: string) => string {
  const identity = files.get("identity");
  const fields = identity ? Object.entries(JSON.parse(identity.toString("utf8")) as Record<string, unknown>) : [];
  const known = fields.flatMap(([name, value]) => (typeof value == "string" && value && !PUBLIC.includes(name) ? [value] : []));
  const values = [...known, ...(password ? [password] : [])].sort((a, b) => b.length - a.length);
  const patterns = values.map((value) => {
    const literal = value.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    return new RegExp(value.length < LONG ? `(?<![A-Za-z0-9])${literal}(?![A-Za-z0-9])` : literal, "g");
  });
  return (text) => {
    const shown = patterns.reduce((rest, pattern) => rest.replace(pattern, "***"), text);
    return withoutNamed(hideGivenSecrets(shown));
  };
}

function withoutNamed(text: string): string {
  const command = /AT(?=[+*&])/.exec(text);
  if (command) {
    const head = text.slice(0, command.index + 2);
    return head + withoutSecrets(text.slice(command.index + 2));
  }
  return text.replace(NAMED, (_, head: string, value: string) => head + starred(value));
}

/** In the quotes that it has. */
function starred(value: string): string {
  const quote = /^["']/.exec(value)?.[0] ?? "";
  return `${quote}***${value.length > 1 && value.endsWith(quote) ? quote : ""}`;
}
