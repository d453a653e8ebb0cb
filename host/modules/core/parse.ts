/** Command lines to commands (ITU-T V.250, clause 5.2 to 5.4). Characters are bytes. */
import type { Argument, Form } from "./command.ts";

export interface ParsedCommand {
  name: string;
  form: Form;
  args: Argument[];
}

/** The body of a command line, from behind `AT`; null: the line has none and is not answered. */
export function commandBody(line: string): string | null {
  const at = line.search(/at/i);
  return at < 0 ? null : line.slice(at + 2);
}

export interface ParsedLine {
  commands: ParsedCommand[];
  /** What follows these commands is no command. */
  malformed: boolean;
  /** There is a `;` between them. */
  joined: boolean;
}

/** Commands of one line. Basic commands (`E0`, `&W`) follow each other directly, extended ones (`+CSQ`) end with `;` or the line. */
export function commandsOf(body: string): ParsedLine {
  const commands: ParsedCommand[] = [];
  let joined = false;
  let rest = body.replace(/^[ ;]+/, "");
  while (rest !== "") {
    const length = rest.startsWith("+") ? extendedLength(rest) : basicLength(rest);
    const command = rest.startsWith("+") ? extended(rest.slice(0, length)) : basic(rest.slice(0, length));
    if (!command) return { commands, malformed: true, joined };
    commands.push(command);
    joined ||= /^ *;[ ;]*[^ ;]/.test(rest.slice(length));
    rest = rest.slice(length).replace(/^[ ;]+/, "");
  }
  return { commands, malformed: false, joined };
}

/** Up to the next `;` that is not inside quotes. */
function extendedLength(text: string): number {
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') quoted = !quoted;
    else if (text[i] === ";" && !quoted) return i;
  }
  return text.length;
}

function basicLength(text: string): number {
  return (/^(S\d+(\?|=\d*)|&?[A-Z]\d*)/i.exec(text) ?? [text])[0].length;
}

function basic(text: string): ParsedCommand | null {
  const register = /^S(\d+)(\?|=(\d*))$/i.exec(text);
  if (register) {
    return { name: `S${register[1]}`, form: register[2] === "?" ? "read" : "write", args: [{ text: register[3] ?? "", quoted: false }] };
  }
  const match = /^(&?[A-Z])(\d*)$/i.exec(text);
  return match && { name: (match[1] as string).toUpperCase(), form: "run", args: match[2] ? [{ text: match[2], quoted: false }] : [] };
}

function extended(text: string): ParsedCommand | null {
  const match = /^(\+[A-Z0-9_]+) *(?:(\?)|=(\?)|=([^]*))? *$/i.exec(text);
  if (!match) return null;
  const name = (match[1] as string).toUpperCase();
  if (match[2]) return { name, form: "read", args: [] };
  if (match[3]) return { name, form: "test", args: [] };
  if (match[4] === undefined) return { name, form: "run", args: [] };
  const args = argumentsOf(match[4]);
  return args && { name, form: "write", args };
}

/** Comma-separated; a quoted one may hold commas, and nothing but a comma or the end may follow its closing quote. */
function argumentsOf(text: string): Argument[] | null {
  const args: Argument[] = [];
  let rest = text;
  for (;;) {
    const match = /^ *"([^"]*)" *(,|$)/.exec(rest) ?? /^([^",]*)(,|$)/.exec(rest);
    if (!match) return null;
    const quoted = rest.trimStart().startsWith('"');
    args.push({ text: quoted ? (match[1] as string) : (match[1] as string).trim(), quoted });
    if (match[2] !== ",") return args;
    rest = rest.slice(match[0].length);
  }
}
