/** Certificates and TLS settings of Luat's modules: "AirM2M AT command manual" V1.6.3, FSCREATE to FSWRITE and SSLCFG. Cold. */
import { SHOWS_CERTIFICATE } from "#client";
import type { Result } from "../../api/at";
import type { Identity, TlsConfig } from "../../api/config";
import type { BringUp, Script, Step } from "../../api/modem";
import { checksDates, inOneLine, quote } from "../parts";

/**
 * Nothing cancels data mode: ESC is data. It ends by itself; 5 s without input are documented for data without a length, with a length nothing is
 * said: as long as Quectel's 60 s, and a little.
 */
export const QUIET_MS = 65000;

/** The module tells a file's size but no checksum: so that is part of the file's name. */
function fileName(kind: string, checksum: string | undefined): string {
  return quote(kind + checksum + ".pem");
}

/** A PEM file into the module's flash, only if it is missing or another. */
function place(up: BringUp, name: string, file: string): Script {
  const pem = up.world.read(name) as string;

  function size(then: (isRight: boolean, r: Result) => Script): Step {
    return { at: "AT+FSFLSIZE=" + file, want: "+FSFLSIZE:", then: (r) => then(parseInt(r.text.trim()) == pem.length, r) };
  }

  return size(
    (isThere, r) =>
      !isThere && [
        !r.error && "AT+FSDEL=" + file,
        "AT+FSCREATE=" + file,
        { at: "AT+FSWRITE=" + file + ",0," + pem.length + ",10", data: pem, ms: 15000, quietMs: QUIET_MS },
        size((isWhole) => !isWhole && "tls-failed: " + name + " did not reach the module whole"),
      ],
  );
}

/**
 * Has a TLS context (88 is MQTT's, 153 HTTP's) verify `host` as `tls` says, and show it the identity's certificate, if there is one. The settings are in
 * RAM: they are made before every connect.
 */
export function secure(up: BringUp, tls: TlsConfig | undefined, host: string, context: number, identity: Identity): Script {
  if (!tls) return;
  const isVerified = !tls.insecure;
  const cert = SHOWS_CERTIFICATE && isVerified && identity.clientCert;
  const key = identity.clientKey as string;
  const caFile = fileName("ca", tls.caChecksum);
  const certFile = fileName("cert", identity.clientCertChecksum);
  const keyFile = fileName("key", identity.clientKeyChecksum);

  function set(item: string, value: string | number): string {
    return '+SSLCFG="' + item + '",' + context + "," + value;
  }

  // 3 is TLS 1.2 and nothing older; 4 would be "all". 2 is 1, and shows the module's certificate to a server that asks.
  const needed = [set("seclevel", cert ? 2 : isVerified ? 1 : 0), set("sslversion", 3)];
  if (isVerified) needed.push(set("cacert", caFile));
  if (cert) needed.push(set("clientcert", certFile), set("clientkey", keyFile));
  // Only who insists on the dates is held up by firmware that cannot check them.
  const count = needed.length + (isVerified && tls.checkDate == "always" ? 1 : 0);
  if (isVerified) needed.push(set("ignorelocaltime", checksDates(up, tls) ? 0 : 1));
  return [
    isVerified && place(up, tls.ca, caFile),
    cert && [place(up, cert, certFile), place(up, key, keyFile)],
    // The name to ask for and to expect: an address has none.
    inOneLine(
      needed.concat(set("hostname", /^[0-9.]+$/.test(host) ? "" : quote(host)), set("ciphersuite", "0XFFFF")),
      undefined,
      "tls-failed",
      count,
    ),
  ];
}
