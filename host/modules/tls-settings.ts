/** What both makers call the settings of a TLS context, whatever the command. */
import type { TlsConfig } from "../../src/api/config.ts";
import type { ModuleSettings } from "./types.ts";

/** `item`: a command that sets something; `file`: the CA's file as the module calls it. */
export function tlsSettings(
  tls: TlsConfig,
  item: (name: string, value: string | number) => string,
  file: string,
): ReturnType<ModuleSettings["tls"]> {
  const needed = [
    // 0 verifies nobody, 1 the server.
    item("seclevel", tls.insecure ? 0 : 1),
    // TLS 1.2 and nothing older; 4 would be all.
    item("sslversion", 3),
  ];
  const mayRefuse = [item("ciphersuite", "0XFFFF")];
  if (tls.insecure) return { needed, mayRefuse };
  needed.push(item("cacert", file));
  // Only who insists on the dates is held up by firmware that cannot check them. "auto" is the device's, which knows its clock.
  if (tls.checkDate == "always") needed.push(item("ignorelocaltime", 0));
  if (tls.checkDate == "never") mayRefuse.push(item("ignorelocaltime", 1));
  return { needed, mayRefuse };
}
