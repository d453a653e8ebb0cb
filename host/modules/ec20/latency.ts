/** How long an EC20 takes, milliseconds. Measured on EC20 and its relatives; where nothing was measured, a model value. */
import type { Latency } from "../core/random.ts";

export const SIMPLE: Latency = [9, 4]; // EC800M, 7 to 17
export const QIACT: Latency = [800, 300]; // model; 0.5 to 2 s are typical, 150 s the limit
export const QIDEACT: Latency = [300, 100]; // model; 40 s the limit
export const CFUN: Latency = [500, 200]; // model; 15 s the limit
export const COPS_SCAN: Latency = [30_000, 10_000]; // model; 180 s the limit
export const SHUT_DOWN: Latency = [3000, 500]; // QPOWD to POWERED DOWN; 2 to 6 s are typical
export const POWER_OFF_MS = 1000; // the supply may go one second after POWERED DOWN (EC2x AT manual, QPOWD)

export const QMTOPEN: Latency = [230, 60];
export const QMTOPEN_TLS: Latency = [2000, 500];
export const QMTCONN: Latency = [300, 60];
export const QMTSUB: Latency = [190, 50];
export const QMTDISC: Latency = [100, 30]; // model
export const PUBLISH_PROMPT: Latency = [12, 1];
export const PUBLISH_OK: Latency = [105, 4];
/** From the OK of a publish to its result. */
export const PUBLISHED: Latency = [5, 1];
export const PUBLISHED_ACK: Latency = [205, 30];

/** HTTP as on an EC21: the prompt for a URL, its OK, the OK of QHTTPGET, the result, the CONNECT of QHTTPREAD. */
export const HTTP_PROMPT: Latency = [3, 1];
export const HTTP_URL: Latency = [5, 1];
export const HTTP_OK: Latency = [2, 1];
export const HTTP_RESULT: Latency = [166, 30]; // from the command, or from the OK of its data
export const HTTP_RESULT_TLS: Latency = QMTOPEN_TLS; // model: the handshake is what takes time
export const HTTP_READ: Latency = [4, 1];
/** From a command that wants data to its CONNECT; model: as QMTOPEN. */
export const HTTP_OPEN: Latency = QMTOPEN;
export const HTTP_OPEN_TLS: Latency = QMTOPEN_TLS;

/** From power to RDY; real modules need up to 15 s. The times after it are from line to line. */
export const BOOT_RDY: Latency = [8000, 0];
export const BOOT_CPIN: Latency = [1000, 0];
export const BOOT_QUSIM: Latency = [200, 0];
export const BOOT_FIRST_DONE: Latency = [1800, 0];
export const BOOT_SECOND_DONE: Latency = [500, 0];
