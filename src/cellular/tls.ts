/** What TLS in a 4G module needs, whatever its dialect. Cold. */
import type { BringUp } from "../api/bringup";
import type { Identity, TlsConfig } from "../api/config";

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

/** Both makers call the setting that names such a file so. */
export function settingOf(file: TlsFile): string {
  return file[0] == "ca" ? "cacert" : "client" + file[0];
}

/** Whether the certificate's dates are checked: `auto` does as soon as the clock is known. */
export function checksDates(up: BringUp, tls: TlsConfig): boolean {
  const how = tls.checkDate;
  return how == "always" || (how == "auto" && up.unixTime() !== null);
}
