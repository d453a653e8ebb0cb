/**
 * How long an Air module takes, milliseconds. From logs with time stamps of Air780EP and Air720; where nothing was measured, a model value.
 */
import type { Latency } from "../core/random.ts";

export const NOW: Latency = [0, 0];
export const SIMPLE: Latency = [3, 2]; // Air780EP, 1 to 6
export const CFUN_ON: Latency = [150, 5];
export const COPS_SCAN: Latency = [30_000, 10_000]; // model; 300 s the limit
export const ACTIVATE: Latency = [290, 10]; // CIICR, Air720
export const ALREADY_ACTIVE: Latency = [5, 2]; // CIICR, Air780EP, whose context is there
export const LOOK_UP: Latency = [200, 50]; // CDNSGIP, model

export const FS_MAKE_FOLDER: Latency = [35, 4];
export const FS_CREATE: Latency = [4, 1];
export const FS_WRITTEN: Latency = [4, 1];

export const MIPSTART: Latency = [320, 80];
export const SSLMIPSTART: Latency = [1800, 450];
export const MCONNECT: Latency = [230, 40];
/** PUBACK, SUBACK, UNSUBACK. */
export const ACKNOWLEDGED: Latency = [300, 60];
/** From the command that publishes to a subscription of the module itself, until the message is told. */
export const LOOP_BACK: Latency = [160, 40];
export const DISCONNECTED: Latency = [2560, 10]; // MDISCONNECT to CLOSED, Air720

/** HTTPDATA to DOWNLOAD, its body to OK; HTTPACTION to its result, with TLS and without. */
export const HTTP_DOWNLOAD: Latency = [3, 1];
export const HTTP_DATA: Latency = [4, 1];
export const HTTP_RESULT_TLS: Latency = [1900, 400];
export const HTTP_RESULT: Latency = [620, 140]; // model: a connection (MIPSTART) and a round trip (PUBACK)

/** From power or RESET: an empty line, RDY, the start of the search for a network. */
export const BOOT_LINE: Latency = [1060, 0];
export const BOOT_RDY: Latency = [1540, 0];
/** ^MODE comes 6.9 s after RESET, but 1.45 s after CFUN=1: what is between is the card and the first look around. */
export const BOOT_SEARCH: Latency = [5450, 0];
/** The card has answered so long after RDY; model. */
export const CARD: Latency = [500, 0];
/** From the start of a search to a registration: CFUN=1 to ^MODE, without the OK. */
export const REGISTER_MS = 1450;
export const NITZ: Latency = [83, 5]; // behind ^MODE
export const POWER_DOWN_MS = 1000; // from NORMAL POWER DOWN to the end of the supply; model

/** From the data connection to the first +UPGRADEIND, and to the one that tells the failure: Air720. */
export const UPGRADE_STARTS: Latency = [19_000, 100];
export const UPGRADE_FAILS: Latency = [6590, 50];
