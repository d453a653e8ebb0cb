/** Certificates and TLS settings of Luat's modules: "AirM2M AT command manual" V1.6.3, FSCREATE to FSWRITE and SSLCFG. Cold. */
import type { Result } from "../../../api/command";
import type { Identity, TlsConfig } from "../../../api/config";
import type { BringUp } from "../../../api/bringup";
import type { Script, Step } from "../../../api/script";
import { Fault } from "../../../api/fault";
import { quote } from "../../bringup/commands";
import { securing } from "../../tls";
import type { TlsFile } from "../../tls";
import { QUIET_MS } from "./steady";

/** The module tells a file's size but no checksum: so that is part of the file's name. */
function fileName(file: TlsFile): string {
  return quote(file[0] + file[2] + ".pem");
}

/** A PEM file into the module's flash, only if it is missing or another. */
function place(up: BringUp, one: TlsFile): Script {
  const pem = up.world.read(one[1]) as string;
  const file = fileName(one);

  function size(then: (isRight: boolean, r: Result) => Script): Step {
    return { at: "AT+FSFLSIZE=" + file, want: "+FSFLSIZE:", then: (r) => then(parseInt(r.text.trim()) == pem.length, r) };
  }

  return size(
    (isThere, r) =>
      !isThere && [
        !r.error && "AT+FSDEL=" + file,
        "AT+FSCREATE=" + file,
        { at: "AT+FSWRITE=" + file + ",0," + pem.length + ",10", data: pem, ms: 15000, quietMs: QUIET_MS },
        size((isWhole) => !isWhole && Fault.Module + "tls-failed: " + one[1] + " did not reach the module whole"),
      ],
  );
}

/** Has a TLS context (88 is MQTT's, 153 HTTP's) verify `host` as `tls` says: the name to ask for and to expect. An address has none. */
export function secure(up: BringUp, tls: TlsConfig | undefined, host: string, context: number, identity: Identity): Script {
  function set(item: string, value: string | number): string {
    return '+SSLCFG="' + item + '",' + context + "," + value;
  }

  return (
    tls &&
    securing(up, tls, identity, {
      set: set,
      fileName: fileName,
      place: (file) => place(up, file),
      host: set("hostname", /^[0-9.]+$/.test(host) ? "" : quote(host)),
    })
  );
}
