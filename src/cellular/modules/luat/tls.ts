/** Certificates and TLS settings of Luat's modules: "AirM2M AT command manual" V1.6.3, FSCREATE to FSWRITE and SSLCFG. Cold. */
import type { Result } from "../../../api/command";
import type { Identity, TlsConfig } from "../../../api/config";
import type { BringUp } from "../../../api/bringup";
import type { Script, Step } from "../../../api/script";
import { Fault } from "../../../api/fault";
import { inOneLine, quote } from "../../bringup/commands";
import { checksDates, filesOf, settingOf } from "../../tls";
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

/**
 * Has a TLS context (88 is MQTT's, 153 HTTP's) verify `host` as `tls` says, and show it the identity's certificate, if there is one. The
 * settings are in RAM: they are made before every connect.
 */
export function secure(up: BringUp, tls: TlsConfig | undefined, host: string, context: number, identity: Identity): Script {
  if (!tls) return;
  const files = filesOf(tls, identity);

  function set(item: string, value: string | number): string {
    return '+SSLCFG="' + item + '",' + context + "," + value;
  }

  // seclevel 0 verifies nobody, 1 the server, 2 shows it the device's certificate too. sslversion 3 is TLS 1.2 and
  // nothing older; 4 would be "all".
  const needed = [set("seclevel", Math.min(files.length, 2)), set("sslversion", 3)];
  for (const file of files) needed.push(set(settingOf(file), fileName(file)));
  // Only who insists on the dates is held up by firmware that cannot check them.
  const count = needed.length + (files[0] && tls.checkDate == "always" ? 1 : 0);
  if (files[0]) needed.push(set("ignorelocaltime", checksDates(up, tls) ? 0 : 1));
  return [
    files.map((file) => place(up, file)),
    // The name to ask for and to expect: an address has none.
    inOneLine(
      needed.concat(set("hostname", /^[0-9.]+$/.test(host) ? "" : quote(host)), set("ciphersuite", "0XFFFF")),
      undefined,
      Fault.Module + "tls-failed",
      count,
    ),
  ];
}
