/** What goes wrong on demand, to see what devices make of it. The first three count down as it happens. */
export interface Faults {
  /** So many next blocks of a file over MQTT have a wrong checksum. */
  corruptBlocks: number;
  /** So many next answers over HTTPS break off after `cutAfterBytes`. */
  cutAnswers: number;
  /** So many next requests for authentication or registration are answered with `httpStatus` and `httpBody`, and nothing is done. */
  wrongAnswers: number;
  cutAfterBytes: number;
  httpStatus: number;
  httpBody: string;
}

export const NO_FAULTS: Faults = { corruptBlocks: 0, cutAnswers: 0, wrongAnswers: 0, cutAfterBytes: 0, httpStatus: 500, httpBody: "" };
