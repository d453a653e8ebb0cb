/** Certificates and TLS settings of the EC20: "SSL AT Commands" (SSL), "FILE AT Commands Manual" (FILE). Cold. */
import type { Result } from "../../../api/command";
import type { Identity, TlsConfig } from "../../../api/config";
import type { BringUp } from "../../../api/bringup";
import type { Script, Step } from "../../../api/script";
import { Fault } from "../../../api/fault";
import { because, has, quote } from "../../bringup/commands";
import { securing } from "../../tls";

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

/** Has a TLS context (0 to 5) verify `host` as `tls` says. SSL: without SNI the server must not need it; an address has no name. */
export function secure(up: BringUp, tls: TlsConfig | undefined, host: string, context: number, identity: Identity): Script {
  function set(item: string, value: string | number): string {
    return '+QSSLCFG="' + item + '",' + context + "," + value;
  }

  return (
    tls &&
    securing(up, tls, identity, {
      set: set,
      fileName: (file) => fileName(file[1]),
      place: (file) => place(up, file[1], file[2]),
      host: set("sni", /^[0-9.]+$/.test(host) ? 0 : 1),
    })
  );
}
