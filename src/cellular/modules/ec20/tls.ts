/** Certificates and TLS settings of the EC20: "SSL AT Commands" (SSL), "FILE AT Commands Manual" (FILE). Cold. */
import type { Result } from "../../../api/command";
import type { Identity, TlsConfig } from "../../../api/config";
import type { BringUp } from "../../../api/bringup";
import type { Script, Step } from "../../../api/script";
import { Fault } from "../../../api/fault";
import { because, has, inOneLine, quote } from "../../bringup/commands";
import { checksDates, filesOf, settingOf } from "../../tls";

function fileName(name: string): string {
  return quote("UFS:" + name);
}

/** A PEM file into the module's flash, only if it is missing or another. */
function place(up: BringUp, name: string, checksum: string): Script {
  const pem = up.world.read(name) as string;
  const file = fileName(name);
  const isKnown = has(up.session.secured, name);

  /** `<size>,<checksum>`: XOR of 16-bit words in hex without leading zeros (FILE); the builder put ours beside the file's name. */
  function isOurs(r: Result): boolean {
    return parseInt(r.text) == pem.length && parseInt(r.text.split(",")[1] as string, 16) == parseInt(checksum, 16);
  }

  const upload: Step = {
    at: "AT+QFUPL=" + file + "," + pem.length + ",5",
    want: "+QFUPL: ",
    prompt: "CONNECT",
    data: pem,
    ms: 20000,
    then: (r) => !isOurs(r) && Fault.Module + "tls-failed: " + name + " did not reach the module whole" + because(r),
  };
  const replace = ["AT+QFDEL=" + file, upload];

  /** Reads the whole file; the module's checksum is all that is wanted. */
  const compare: Step = {
    at: "AT+QFDWL=" + file,
    want: "+QFDWL: ",
    prompt: "CONNECT",
    skip: pem.length,
    ms: 20000,
    then: (r) => !isOurs(r) && replace,
  };

  return [
    {
      at: "AT+QFLST=" + file,
      want: "+QFLST: ",
      then: (r) => (has(r.text, file + "," + pem.length) ? !isKnown && compare : r.text ? replace : upload),
    },
    () => void (isKnown || (up.session.secured += "\n" + name)),
  ];
}

/**
 * Has a TLS context (0 to 5) verify `host` as `tls` says, and show it the identity's certificate, if there is one. The settings live in the
 * module's RAM: they are made before every connect, so that a module that restarted unseen can never connect unverified.
 */
export function secure(up: BringUp, tls: TlsConfig | undefined, host: string, context: number, identity: Identity): Script {
  if (!tls) return;
  const files = filesOf(tls, identity);

  function set(item: string, value: string | number): string {
    return '+QSSLCFG="' + item + '",' + context + "," + value;
  }

  // SSL: seclevel 0 verifies nobody, 1 the server, 2 shows it the device's certificate too. sslversion 3 is TLS 1.2 and
  // nothing older; 4 would be "all".
  const needed = [set("seclevel", Math.min(files.length, 2)), set("sslversion", 3)];
  for (const file of files) needed.push(set(settingOf(file), fileName(file[1])));
  // Only who insists on the dates is held up by firmware that cannot check them.
  const count = needed.length + (files[0] && tls.checkDate == "always" ? 1 : 0);
  if (files[0]) needed.push(set("ignorelocaltime", checksDates(up, tls) ? 0 : 1));
  return [
    files.map((file) => place(up, file[1], file[2])),
    // Without SNI the server must not need it; an address has no name.
    inOneLine(
      needed.concat(set("ciphersuite", "0XFFFF"), set("sni", /^[0-9.]+$/.test(host) ? 0 : 1)),
      undefined,
      Fault.Module + "tls-failed",
      count,
    ),
  ];
}
