/** What a board's schema cannot say: parts of its file that must agree with each other. */
import type { BoardFile } from "./board-file.ts";

/** One line for each mistake, naming its field. */
export function boardMistakes(board: BoardFile): string[] {
  return [...storageMistakes(board), ...uartMistakes(board), ...consoleMistakes(board), ...pinMistakes(board), ...flashingMistakes(board)];
}

function storageMistakes({ storage, flash }: BoardFile): string[] {
  const mistakes: string[] = [];
  const start = Number(storage.address);
  const end = start + storage.pageSize * storage.pages;
  if (start < Number(flash.address) || end > Number(flash.address) + flash.bytes)
    mistakes.push(
      `storage: ${storage.address} to 0x${end.toString(16)} is not inside the flash of ${flash.bytes} bytes at ${flash.address}`,
    );
  if ((start - Number(flash.address)) % storage.pageSize)
    mistakes.push(`storage.address: ${storage.address} does not begin a page of ${storage.pageSize} bytes`);
  return mistakes;
}

function uartMistakes({ uarts, modem }: BoardFile): string[] {
  const names = uarts.map((uart) => uart.name);
  const mistakes = duplicates(names).map((name) => `uarts: ${name} is listed twice`);
  const own = uarts.find((uart) => uart.name == modem.uart);
  if (!own) return [...mistakes, `modem.uart: ${modem.uart} is not one of ${names.join(", ")}`];
  if (!("path" in modem.options) && (modem.options["tx"] != own.tx || modem.options["rx"] != own.rx))
    mistakes.push(`modem.options: must be the pins of ${own.name}, tx ${own.tx} and rx ${own.rx}`);
  return mistakes;
}

function consoleMistakes({ console, modem }: BoardFile): string[] {
  const mistakes: string[] = [];
  if (console.device == modem.uart) mistakes.push(`console.device: ${modem.uart} is the module's`);
  // A second after start it would answer the module, and eat what comes from it.
  if (console.withoutUsb == modem.uart && console.device === null)
    mistakes.push(`console.device: without USB the console takes ${modem.uart}, the module's UART; it must be put elsewhere`);
  return mistakes;
}

/** A pin has one use, but for a key whose rest level is set at start. */
function pinMistakes({ uarts, modem, startup }: BoardFile): string[] {
  const keys = Object.entries(modem.pins);
  const used = uarts.flatMap(({ name, tx, rx }) => (tx == rx ? [] : [[`${name} tx`, tx] as const, [`${name} rx`, rx] as const]));
  const all = [...used, ...keys.map(([name, { pin }]) => [`modem.pins.${name}`, pin] as const)];
  const mistakes = all.flatMap(([what, pin], i) =>
    all
      .slice(0, i)
      .filter(([, other]) => other == pin)
      .map(([before]) => `${what}: ${pin} is used by ${before} too`),
  );
  for (const { pin, level } of startup) {
    if (used.some(([, other]) => other == pin)) mistakes.push(`startup: ${pin} belongs to a UART`);
    const key = keys.find(([, wiring]) => wiring.pin == pin);
    if (key && key[1].active == level) mistakes.push(`startup: ${pin} = ${level} would press ${key[0]}`);
  }
  return [...mistakes, ...duplicates(startup.map(({ pin }) => pin)).map((pin) => `startup: ${pin} is set twice`)];
}

function flashingMistakes({ flashing, flash }: BoardFile): string[] {
  const mistakes = duplicates(flashing.methods.map(({ by }) => by)).map((by) => `flashing.methods: ${by} is listed twice`);
  for (const method of flashing.methods) {
    const addresses =
      "firmwareAddress" in method ? [method.firmwareAddress] : method.by == "esptool" ? method.firmware.map((one) => one.address) : [];
    for (const address of addresses)
      if (Number(address) < Number(flash.address) || Number(address) >= Number(flash.address) + flash.bytes)
        mistakes.push(`flashing.methods: ${method.by}: ${address} is not in the chip's flash`);
  }
  return mistakes;
}

function duplicates(names: readonly string[]): string[] {
  return names.filter((name, i) => names.indexOf(name) != i);
}
