/** The product's `modem` section: which fields it may have depends on its module. */
import { join } from "node:path";
import type { Product, TlsConfig } from "../../src/api/config.ts";
import { cloudNamed } from "../clouds/find.ts";
import { MODELS, moduleNamed } from "../modules/find.ts";
import type { TlsUse } from "../modules/types.ts";
import { readJson, validated } from "./validate.ts";
import { ConfigError } from "../project/mistakes.ts";

type Schema = { properties: { modem: { properties: Readonly<Record<string, object>> } } };

const COMMON = readJson(join(import.meta.dirname, "schema/modem.schema.json")) as Schema;

/** By model: `COMMON` with the module's own fields. */
const schemas = new Map(MODELS.map((model) => [model as string, schemaFor(model)]));

function schemaFor(model: string): Schema {
  const { modem } = COMMON.properties;
  return { ...COMMON, properties: { modem: { ...modem, properties: { ...modem.properties, ...moduleNamed(model).fields } } } };
}

/** Defaults filled in. `name`: what messages call the file. @throws {ConfigError} with one line for each mistake. */
export function checkedModem(section: object & { model: string }, name: string): Product["modem"] {
  const { model } = section;
  const schema = schemas.get(model);
  if (!schema) throw new ConfigError(`${name}: modem.model: there is no module "${model}"; there are ${MODELS.join(", ")}`);
  const foreign = Object.keys(section).filter(
    (field) => !Object.hasOwn(schema.properties.modem.properties, field) && withField(field).length,
  );
  if (foreign.length)
    throw new ConfigError(
      foreign.map((field) => `${name}: modem.${field}: "${model}" has none; ${withField(field).join(", ")} have`).join("\n"),
    );
  return (validated({ modem: section }, schema, name) as Pick<Product, "modem">).modem;
}

/** Modules that have this field of their own. */
function withField(field: string): string[] {
  return MODELS.filter((model) => Object.hasOwn(moduleNamed(model).fields, field)).map((model) => `"${model}"`);
}

/** Fills in the AT commands that are alike on every unit. `tls`: what is verified, and for what. */
export function completeSettings({ modem, cloud }: Product, tls: readonly { tls: TlsConfig; use: TlsUse }[]): void {
  const { settings } = moduleNamed(modem.model);
  modem.login = settings.login(modem);
  modem.settings = settings.mqtt(modem, cloud).join(";");
  for (const { tls: one, use } of tls) {
    const { needed, mayRefuse } = settings.tls(one, use);
    one.settings = needed.join(";");
    one.wishes = mayRefuse.join(";");
  }
}

/** What the module cannot do for the cloud. */
export function modemMistakes({ modem, cloud }: Product): string[] {
  const { title, limits } = moduleNamed(modem.model);
  const { title: cloudTitle, downloads, firmware } = cloudNamed(cloud.type);
  const wanted = downloads?.(cloud);
  if (firmware(cloud).https && !limits.addressBytes) return [`modem.model: ${title} has no HTTP, which this way to ${cloudTitle} needs`];
  if (!wanted || wanted.addressBytes <= limits.addressBytes) return [];
  return [
    `cloud.${wanted.field}: ${title} takes addresses of ${limits.addressBytes} bytes, those of ${cloudTitle} are longer; leave it out, ${wanted.instead}`,
  ];
}
