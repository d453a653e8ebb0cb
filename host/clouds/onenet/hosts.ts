/**
 * What OneNET's hosts for MQTT are called, and what vouches for the one with TLS: a certificate of the platform's own
 * (cloud reference, section 7).
 */
export const PLAIN = { host: "mqtts.heclouds.com", port: 1883 } as const;
export const SECURE = { host: "mqttstls.heclouds.com", port: 8883 } as const;

export const ROOT = { file: "onenet-mqtts.pem", standIn: "Stand-in for OneNET MQTTS" } as const;
