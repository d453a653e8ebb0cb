/** What a device prints, made readable. */

/** `E.getErrorFlags()` (Espruino: `src/jsutils.h`), which the firmware prints as it gets them. */
const FLAGS: Readonly<Record<string, string>> = {
  FIFO_FULL: "input came faster than it was taken, bytes are lost",
  UART_OVERFLOW: "a UART was not read in time, bytes are lost",
  BUFFER_FULL: "a stream without a listener was full, data is lost",
  CALLBACK: "a listener or a timer was removed after an error",
  LOW_MEMORY: "little memory is left",
  MEMORY: "out of memory",
  MEMORY_BUSY: "memory was needed inside an interrupt",
};

/** `line`: one character per byte. UTF-8 is decoded; what is none, and control characters, become `\xNN`. */
export function decodedLine(line: string): string {
  return explained(decodedText(line));
}

function decodedText(line: string): string {
  const text = Buffer.from(line, "latin1").toString("utf8");
  return (text.includes("\ufffd") ? line.replace(/[\x80-\xff]/g, escaped) : text).replace(/[\x00-\x08\x0b-\x1f\x7f]/g, escaped);
}

function escaped(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
}

function explained(line: string): string {
  const flags = /^error flags: ([A-Z_,]+)$/.exec(line)?.[1];
  const known = flags?.split(",").flatMap((flag) => (FLAGS[flag] === undefined ? [] : [FLAGS[flag]]));
  return known?.length ? `${line} (${known.join("; ")})` : line;
}
