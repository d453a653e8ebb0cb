/** A private MQTT broker. */
import { join } from "node:path";
import type { ConnectionConfig, Identity } from "../../../src/api/config.ts";
import type { Cloud, IdentityRules } from "../types.ts";

export const broker: Cloud<ConnectionConfig> = {
  title: "private MQTT broker",

  schema: join(import.meta.dirname, "section.schema.json"),
  placeholders: [],
  roots: {},
  complete: () => [],
  identity,
  firmware: () => ({ connection: "connection", https: false, downloads: false }),
  digest: () => null,

  sign(section, own, fill) {
    const { clientId = section.clientId, username = "", password = "" } = own;
    return Promise.resolve({ clientId: fill(clientId), username, password, passwordIsSecret: true });
  },

  authModes: ["password", "certificate"],
  start: async (options) => (await import("./emulated.ts")).startPrivateBroker(options),
  updates: { overBroker: async (push) => (await import("./push.ts")).pushOverBroker(push) },
};

function identity({ tls }: ConnectionConfig): IdentityRules {
  return { unused: ["deviceSecret", "productSecret"], needed: [], mistakes: certificateMistakes };

  /** Whoever proves who it is must know to whom. */
  function certificateMistakes({ clientCert }: Identity): string[] {
    if (clientCert === undefined || (tls && !tls.insecure)) return [];
    const problem = `the product's cloud.tls ${tls ? "is insecure" : "is missing"}`;
    return [`clientCert: ${problem}; a client certificate is for a verified server only`];
  }
}
