/**
 * What is written into a device's Storage: the public product file, the secret identity file and the board's wiring.
 * Their JSON schemas are in `host/config/schema/`; the builder refuses a file that does not fit, so firmware trusts the shape.
 */

/** `product`: public, the same on every unit. */
export interface Product {
  name: string;
  version: string;
  board: string;
  link: LinkKind | LinkKind[];
  modem: ModemConfig;
  cloud: ConnectionConfig;
  /** Updates over the air: by a private broker or Aliyun. */
  ota: boolean;
  /** Handed to the application as it is (`device.config`). */
  app: unknown;
}

export type LinkKind = "cellular" | "wifi";

export interface ModemConfig {
  /** A folder of `src/cellular/modules/`, and of `host/modules/`. */
  model: string;
  /** `""`: chosen by the operator of the SIM. */
  apn: string;
  apnUser: string;
  apnPassword: string;
  apnAuth: "none" | "pap" | "chap" | "pap-chap";
  /** Bit/s on the UART between board and module. */
  baud: number;
  /**
   * What follows the access point's name as the module takes it: user, password and the way to show them, with a comma in front. `""`:
   * no login. The builder writes it, as it does `settings`.
   */
  login: string;
  /**
   * AT commands without `AT`, with `;` between them (V.250, 5.4.4), that are alike on every unit: how MQTT is to be, before the connection
   * is opened, or of a Luat module before anything else.
   */
  settings: string;
  /** Luat modules: hand a message over at once, or keep up to four until they are fetched (MQTTMSGSET 0 and 1). */
  receive?: "direct" | "cached";
}

export interface TlsConfig {
  /** Name of the CA certificate's Storage file; the builder puts it there. */
  ca: string;
  /** Checksum of that file as a Quectel module prints it (hex, no leading zeros); the builder adds it. */
  caChecksum: string;
  /** Name sent as SNI and expected in the certificate; `null`: the host. */
  serverName: string | null;
  /** Check the certificate's dates: `auto` checks as soon as the clock is known. */
  checkDate: "auto" | "always" | "never";
  /** The only way to an unverified server; logged at every connect. */
  insecure: boolean;
  /** Settings of the 4G module's TLS context, as `ModemConfig.settings`: it must take these … */
  settings: string;
  /** … and may refuse these, which old firmware does. The builder writes both. */
  wishes: string;
}

export interface WillConfig {
  topic: string;
  payload: string;
  qos: 0 | 1;
  retain: boolean;
}

/** What every cloud has. Host, port, client id and base topic are filled in by the builder where a cloud defines them. */
export interface ConnectionConfig {
  /** A folder of `src/cloud/`, and of `host/clouds/`. */
  type: string;
  host: string;
  port: number;
  /** Without it the connection is plain TCP, which the log says. */
  tls?: TlsConfig;
  /**
   * May hold the placeholders `{imei}` `{iccid}` `{deviceName}`, in the files `{productKey}` and `{productId}` too, as may
   * `topicBase` and the will's topic.
   */
  clientId: string;
  /** Seconds, 0 to 3600 (EC20: 0 to 3600, Quectel EC2x MQTT note, QMTCFG "keepalive"). */
  keepaliveS: number;
  cleanSession: boolean;
  topicBase: string;
  will: WillConfig | null;
  /** The time is part of what is signed, so it is waited for; the builder fills it in. */
  signsTime?: boolean;
  /** How the server of updates is verified; absent: they come over MQTT alone. */
  otaTls?: TlsConfig;
}

export interface WifiConfig {
  /** 1 to 32 bytes. */
  ssid: string;
  /** WPA: 8 to 63 bytes; `""`: an open network. */
  password: string;
}

/** `identity`: secret, one per unit, never in a shared image. Only what its mode needs is present. */
export interface Identity {
  deviceName?: string;
  username?: string;
  password?: string;
  clientId?: string;
  /**
   * Broker: names of the Storage files with the certificate (PEM) by which the device shows who it is, and its key; the builder puts them
   * there. Their checksums are made as the CA's.
   */
  clientCert?: string;
  clientCertChecksum?: string;
  clientKey?: string;
  clientKeyChecksum?: string;
  /** Signs and is never sent. Aliyun: 32 characters; Tuya: 16; OneNET: the device's key, base64. */
  deviceSecret?: string;
  /**
   * Aliyun, 16 characters: signs the question for the device's own secret, and is never sent. OneNET: the product's access key,
   * base64, signs like a device's.
   */
  productSecret?: string;
  simPin?: string;
  /** The fleet's key: packages are signed with it. At most 64 bytes. */
  otaKey?: string;
  wifi?: WifiConfig;
}

/** `board`: the wiring, from `boards/*.json`. */
export interface Board {
  /** Name of the interpreter's UART object. */
  uart: string;
  /** Handed to `Serial.setup` as it is: pins on a microcontroller, `path` on Linux. */
  uartOptions: Record<string, string>;
  pins: { powerKey?: PinWiring; reset?: PinWiring; status?: PinWiring };
}

export interface PinWiring {
  /** Pin name (`"D18"`), or on Linux a path that `0` and `1` are written to (a sysfs GPIO's `value`). */
  pin: string;
  /** Level at the board's pin that presses the module's key (or, for `status`, that means "on"). */
  active: 0 | 1;
}
