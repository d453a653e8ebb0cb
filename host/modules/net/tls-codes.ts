/** The numbers by which modules name TLS versions and cipher suites (EC2x SSL application note, QSSLCFG; Luat AT manual V1.6.3, SSLCFG). */
import type { SecureVersion } from "node:tls";

/** Code to OpenSSL name. */
const SUITES: Record<string, string> = {
  "0X0035": "AES256-SHA",
  "0X002F": "AES128-SHA",
  "0X0005": "RC4-SHA",
  "0X0004": "RC4-MD5",
  "0X000A": "DES-CBC3-SHA",
  "0X003D": "AES256-SHA256",
  "0XC013": "ECDHE-RSA-AES128-SHA",
  "0XC014": "ECDHE-RSA-AES256-SHA",
  "0XC027": "ECDHE-RSA-AES128-SHA256",
  "0XC028": "ECDHE-RSA-AES256-SHA384",
  "0XC02F": "ECDHE-RSA-AES128-GCM-SHA256",
  "0XC030": "ECDHE-RSA-AES256-GCM-SHA384",
};
export const ALL_SUITES = "0XFFFF";
export const SUITE_CODES = [...Object.keys(SUITES), ALL_SUITES];
/** The module still speaks what OpenSSL calls too weak by default. */
const WEAK = "@SECLEVEL=0";

/**
 * sslversion to the versions offered. SSL 3 is in no current library: 0 offers nothing that a server accepts. TLS 1.3
 * is unknown to these modules.
 */
const VERSIONS: readonly (readonly [SecureVersion, SecureVersion])[] = [
  ["TLSv1", "TLSv1"],
  ["TLSv1", "TLSv1"],
  ["TLSv1.1", "TLSv1.1"],
  ["TLSv1.2", "TLSv1.2"],
  ["TLSv1", "TLSv1.2"],
];

/** What a module offers with these settings: `sslversion` 0 to 4, `suite` one of SUITE_CODES. */
export function tlsOffer(sslversion: number, suite: string): { minVersion: SecureVersion; maxVersion: SecureVersion; ciphers: string } {
  const [minVersion, maxVersion] = VERSIONS[sslversion] as (typeof VERSIONS)[number];
  const ciphers = sslversion === 0 ? "NULL-MD5" : `${suite === ALL_SUITES ? "DEFAULT" : SUITES[suite]}:${WEAK}`;
  return { minVersion, maxVersion, ciphers };
}
