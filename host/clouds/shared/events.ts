/** A message of a device that was answered with an error, or that means nothing. */
export interface RejectedEvent {
  ev: "rejected";
  device: string;
  topic: string;
  /** Of the answer; 0: there is none. */
  code: number;
  reason: string;
}
