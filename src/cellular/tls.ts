/** What TLS in a 4G module needs, whatever its dialect. Cold. */
import type { BringUp } from "../api/bringup";
import type { Identity, TlsConfig } from "../api/config";
import { Fault } from "../api/fault";
import type { Script } from "../api/script";
import { inOneLine } from "./bringup/commands";

/** A PEM file that the module must have: what it is for, its name in the board's Storage, its checksum (`TlsConfig.caChecksum`). */
export type TlsFile = [kind: "ca" | "cert" | "key", name: string, checksum: string];

/** The authority's certificate, and what the identity shows to a server that asks; none where nobody is verified. */
export function filesOf(tls: TlsConfig, identity: Identity): TlsFile[] {
  const files: TlsFile[] = [];
  if (tls.insecure) return files;
  files.push(["ca", tls.ca, tls.caChecksum]);
  if (identity.clientCert)
    files.push(
      ["cert", identity.clientCert, identity.clientCertChecksum as string],
      ["key", identity.clientKey as string, identity.clientKeyChecksum as string],
    );
  return files;
}

/** How one module is told. */
export interface TlsWords {
  /** A setting of the TLS context. */
  set(item: string, value: string | number): string;
  /** A file as the module calls it. */
  fileName(file: TlsFile): string;
  /** A file into the module, only if it is missing or another. */
  place(file: TlsFile): Script;
  /** The name to ask for and to expect. */
  host: string;
}

/**
 * Has a TLS context verify a server as `tls` says, and show it the identity's certificate, if there is one. The settings live in the
 * module's RAM: they are made before every connect, so that a module that restarted unseen can never connect unverified.
 */
export function securing(up: BringUp, tls: TlsConfig, identity: Identity, words: TlsWords): Script {
  const settings = tls.settings.split(";");
  const wishes = [tls.wishes, words.host];
  const files = filesOf(tls, identity);
  // 2 verifies the server and shows it who the device is; both makers call the settings so.
  if (files[1]) settings.push(words.set("seclevel", 2));
  for (const file of files.slice(1)) settings.push(words.set("client" + file[0], words.fileName(file)));
  // Dates are checked as soon as the clock is known.
  if (files[0] && tls.checkDate == "auto") wishes.push(words.set("ignorelocaltime", up.unixTime() === null ? 1 : 0));
  return [files.map(words.place), inOneLine(settings.concat(wishes), undefined, Fault.Module + "tls-failed", settings.length)];
}
