/**
 * What a failure is: written where it is found, by a dialect, a cloud or a script, as one text of its class, its cause and its proof
 * (`Fault.Network + "apn-refused: CME 30"`), and read as a record in one place (`src/link/diagnosis.ts`).
 */
import type { DeviceErrorName } from "./device";

/** Whose it is: who has to change before it goes on. A letter, because it begins the text; no text that begins so is a command (`AT…`). */
export const enum Fault {
  /** Name service, TCP, TLS, MQTT, the cloud. */
  Server = "S",
  /** Signal, registration, data connection; over Wi-Fi the access point. */
  Network = "N",
  Sim = "I",
  /** The 4G module: silent, restarted, refusing a command. */
  Module = "M",
  /** This board: memory, storage, a setting. */
  Board = "B",
}

/** One record of evidence: backoff, diagnosis and log read it, and nothing else of a failure. */
export interface Evidence {
  class: Fault;
  cause: DeviceErrorName;
  /** What was seen, in the words of the module or the server, never a secret; `""`: the cause says it all. */
  proof: string;
}
