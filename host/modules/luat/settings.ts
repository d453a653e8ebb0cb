/** Settings of Luat's modules that are alike on every unit ("AirM2M AT command manual" V1.6.3: CSTT, MQTTMSGSET, SSLCFG). */
import { tlsSettings } from "../tls-settings.ts";
import type { ModuleSettings, TlsUse } from "../types.ts";

/** The contexts that belong to MQTT and HTTP (SSLCFG). */
export const CONTEXTS: Readonly<Record<TlsUse, number>> = { mqtt: 88, http: 153 };

/** The module tells a file's size but no checksum: so that is part of the file's name. */
export function caFile(checksum: string): string {
  return `"ca${checksum}.pem"`;
}

export const settings: ModuleSettings = {
  login: ({ apnUser, apnPassword }) => (apnUser ? `,"${apnUser}","${apnPassword}"` : ""),
  // 0 hands a message over at once, 1 keeps up to four until they are fetched.
  mqtt: ({ receive }) => [`+MQTTMSGSET=${receive == "cached" ? 1 : 0}`],
  tls: (tls, use) => tlsSettings(tls, (name, value) => `+SSLCFG="${name}",${CONTEXTS[use]},${value}`, caFile(tls.caChecksum)),
};
