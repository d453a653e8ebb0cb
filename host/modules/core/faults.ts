/** What is broken right now, by order of the control port. Forgotten when the module loses power, unless said otherwise. */
export interface Faults {
  /** Nothing is answered, nothing is said. */
  silent: boolean;
  /** Publishes do not reach the broker. */
  stallPublish: boolean;
  /** The broker neither hears nor says anything, the connection stays. */
  hang: boolean;
  /** The next answer comes so much later, milliseconds. */
  lateMs: number;
  /** The next answer is lost: its command is carried out. */
  loseAnswer: boolean;
  /** The next data prompt is lost: data mode is there. */
  losePrompt: boolean;
  /** The next uploads lose so many bytes. */
  uploadLoss: number;
  /** Results for the next connections of QMTOPEN in place of real ones; MIPSTART has one way to fail. */
  openResults: number[];
  /** Results for the next HTTP transactions in place of real ones: `<err>` of an EC20, `<status>` of an Air module. */
  httpResults: number[];
  /** What happens to the next HTTP responses, each list in its own order. */
  httpStatuses: number[];
  httpCuts: BodyCut[];
  httpPauses: BodyPause[];
}

/** The connection is gone after so many bytes of the body. */
export interface BodyCut {
  bytes: number;
}

/** After so many bytes of the body the rest is so much later, milliseconds. */
export interface BodyPause {
  bytes: number;
  ms: number;
}

export function noFaults(): Faults {
  return {
    silent: false,
    stallPublish: false,
    hang: false,
    lateMs: 0,
    loseAnswer: false,
    losePrompt: false,
    uploadLoss: 0,
    openResults: [],
    httpResults: [],
    httpStatuses: [],
    httpCuts: [],
    httpPauses: [],
  };
}
