/** What happens in the module, for logs, tests and the control port. Never a secret. */
export interface ModemEvent {
  ev: string;
  [detail: string]: unknown;
}

export type Emit = (event: ModemEvent) => void;
