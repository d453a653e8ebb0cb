/** JSON files against their schemas, with messages that name the file and the field. */
import { Ajv } from "ajv";
import type { ErrorObject, ValidateFunction } from "ajv";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../project/mistakes.ts";

// Schemas are checked by a test: to check them here takes longer than anything else that a command line does before it begins.
const ajv = new Ajv({ allErrors: true, useDefaults: true, strictTypes: false, verbose: true, meta: false, validateSchema: false });
const compiled = new Map<string | object, ValidateFunction>();
const FOLDER = join(import.meta.dirname, "schema");
const SHARED = "definitions.schema.json";
ajv.addSchema(JSON.parse(readFileSync(join(FOLDER, SHARED), "utf8")) as object, SHARED);

/** @throws {ConfigError} naming the file. */
export function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new ConfigError(`${path}: ${(error as NodeJS.ErrnoException).code == "ENOENT" ? "no such file" : (error as Error).message}`);
  }
}

/** @throws {ConfigError} naming the file and the place. */
export function readJson(path: string): unknown {
  const text = readBytes(path).toString("utf8");
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    // V8 quotes the text around the mistake, which may be a secret: only its place is told.
    throw new ConfigError(`${path}${placeOf(text, (error as Error).message)}: this is not valid JSON (quotes, commas, brackets)`);
  }
}

/** `:line:column` of a mistake that V8 places by its position. */
function placeOf(text: string, message: string): string {
  const position = /position (\d+)/.exec(message)?.[1];
  if (position === undefined) return "";
  const before = text.slice(0, Number(position));
  const lines = before.split("\n");
  return `:${lines.length}:${(lines.at(-1) as string).length + 1}`;
}

/**
 * A copy of `value` with the schema's defaults filled in. `name`: what messages call the file; `schema`: a file of `schema/`, a
 * whole path, or the schema itself.
 * @throws {ConfigError} with one line for each mistake.
 */
export function validated(value: unknown, schema: string | object, name: string): unknown {
  const validate = compiled.get(schema) ?? ajv.compile(typeof schema == "string" ? schemaAt(schema) : schema);
  compiled.set(schema, validate);
  const copy: unknown = structuredClone(value);
  if (!validate(copy)) throw new ConfigError((validate.errors ?? []).map((error) => `${name}: ${describe(error)}`).join("\n"));
  return copy;
}

function schemaAt(path: string): object {
  return JSON.parse(readFileSync(path.startsWith("/") ? path : join(FOLDER, path), "utf8")) as object;
}

function describe(error: ErrorObject): string {
  const at = error.instancePath.slice(1).replaceAll("/", ".");
  const field = (name: string): string => (at ? `${at}.${name}` : name);
  const params = error.params as { additionalProperty?: string; missingProperty?: string; allowedValues?: unknown[] };
  switch (error.keyword) {
    case "additionalProperties": {
      const known = Object.keys((error.parentSchema as { properties: object }).properties).filter((name) => !name.startsWith("$"));
      return `${field(params.additionalProperty as string)}: unknown field; known are ${known.join(", ")}`;
    }
    case "required":
      return `${field(params.missingProperty as string)}: missing`;
    case "enum":
      return `${at}: must be one of ${(params.allowedValues ?? []).map((one) => JSON.stringify(one)).join(", ")}`;
    case "pattern": {
      const description = (error.parentSchema as { description?: string }).description;
      return `${at}: ${description ?? `must match ${String(error.schema)}`}`;
    }
    default:
      return `${at || "the file"}: ${error.message ?? error.keyword}`;
  }
}
