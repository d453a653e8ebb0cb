/** The yardstick's input: one exchange and one message. */

export const TOPIC = "devices/861234567890123/down";
export const PAYLOAD = '{"id":123,"power":1,"x":2}';
/** What the module says in one exchange, cut where a UART at 115,200 bit/s would: an echo and answer in two pieces, a message in two. */
export const PIECES = [
  "AT+CSQ\r\r\n+CSQ: 2",
  "1,99\r\n\r\nOK\r\n",
  `\r\n+QMTRECV: 0,0,"${TOPIC}",${PAYLOAD.length},"${PAYLOAD.slice(0, 6)}`,
  `${PAYLOAD.slice(6)}"\r\n`,
];

/** `image`: of a program that does so many exchanges, and says so at its end. @throws {Error} if it did not do them all. */
export type ImageOf = (count: number) => Buffer;
