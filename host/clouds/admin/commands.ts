/**
 * Commands for a cloud that runs: what its owner does, as JSON. Declared once: the table is what is checked, what is
 * done, and what is shown as help.
 */
import { Ajv } from "ajv";
import type { AnySchema } from "ajv";

export interface Command {
  help: string;
  /** JSON schemas of its fields; those in `optional` may be left out. */
  fields: Readonly<Record<string, AnySchema>>;
  optional?: readonly string[];
  /** Fields have been checked. What it returns is shown as JSON. */
  run(fields: never): unknown;
}

export type Commands = Readonly<Record<string, Command>>;

/** A command that is not there, or fields that do not fit. */
export class UsageError extends Error {}

const ajv = new Ajv({ allErrors: true, strict: false, meta: false, validateSchema: false });

/** @throws {UsageError} that names command and field; what the command throws. */
export async function runCommand(commands: Commands, name: string, fields: unknown): Promise<unknown> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new UsageError(`no command "${name}"; there are: ${Object.keys(commands).join(", ")}`);
  const check = ajv.compile({
    type: "object",
    properties: command.fields,
    required: Object.keys(command.fields).filter((field) => !command.optional?.includes(field)),
    additionalProperties: false,
  });
  if (!check(fields)) {
    const problems = (check.errors ?? []).map(({ instancePath, message, params }) => {
      const unknown = (params as { additionalProperty?: string }).additionalProperty;
      return unknown === undefined
        ? `${instancePath.slice(1).replaceAll("/", ".") || "body"} ${message ?? ""}`
        : `unknown field "${unknown}"`;
    });
    throw new UsageError(`${name}: ${problems.join("; ")}`);
  }
  return command.run(fields as never);
}

/** What `GET /` shows. */
export function described(commands: Commands): object {
  return Object.fromEntries(
    Object.entries(commands).map(([name, { help, fields, optional = [] }]) => [
      name,
      { help, fields, ...(optional.length && { optional }) },
    ]),
  );
}
