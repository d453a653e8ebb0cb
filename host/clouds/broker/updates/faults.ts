/** What goes wrong on demand, to see what devices make of it. Numbers count down as it happens. */
export interface UpdateFaults {
  /** So many next blocks are not sent. */
  lostReplies: number;
  /** So many next blocks have a wrong checksum. */
  corruptBlocks: number;
  /** So many next blocks are sent behind the block that is asked for after them. */
  lateReplies: number;
  /** So many next blocks are sent twice. */
  duplicateReplies: number;
  /** One byte more is announced than there is. */
  wrongSize: boolean;
  /** The digest that is announced is another file's. */
  wrongSign: boolean;
  /** Nothing is heard or said. */
  silent: boolean;
}

export const NO_UPDATE_FAULTS: UpdateFaults = {
  lostReplies: 0,
  corruptBlocks: 0,
  lateReplies: 0,
  duplicateReplies: 0,
  wrongSize: false,
  wrongSign: false,
  silent: false,
};
