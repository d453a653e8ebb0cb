/**
 * Settings of the EC20 that are alike on every unit ("EC2x MQTT Application Note" V1.1, QMTCFG; "SSL Application Note", QSSLCFG; "TCP/IP
 * Application Note", QICSGP).
 */
import { tlsSettings } from "../tls-settings.ts";
import type { ModuleSettings, TlsUse } from "../types.ts";

/** MQTT client: any of 0 to 5 that is free. */
export const CLIENT = 0;
/** SSL contexts: any of 0 to 5 that are free. */
export const CONTEXTS: Readonly<Record<TlsUse, number>> = { mqtt: 2, http: 1 };

const AUTH = { none: 0, pap: 1, chap: 2, "pap-chap": 3 } as const;

export const settings: ModuleSettings = {
  login: ({ apnUser, apnPassword, apnAuth }) => `,"${apnUser}","${apnPassword}",${AUTH[apnAuth]}`,
  mqtt(_modem, cloud) {
    const item = (name: string, ...values: number[]): string => `+QMTCFG="${name}",${[CLIENT, ...values].join(",")}`;
    return [
      cloud.tls ? item("ssl", 1, CONTEXTS.mqtt) : item("ssl", 0),
      // MQTT 3.1.1.
      item("version", 4),
      item("keepalive", cloud.keepaliveS),
      item("session", cloud.cleanSession ? 1 : 0),
      // Push, with length. Old firmware has no length: then the head of a message says so.
      item("recv/mode", 0, 1),
    ];
  },
  tls: (tls, use) => tlsSettings(tls, (name, value) => `+QSSLCFG="${name}",${CONTEXTS[use]},${value}`, `"UFS:${tls.ca}"`),
};
