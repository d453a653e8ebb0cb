/** Keys, secrets and tokens in the shapes that the platform gives them. */
import { randomBytes, randomInt } from "node:crypto";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** How many characters each has is seen in documents and logs (articles 002 and 003; Link SDK for C). */
export interface Random {
  productKey(): string;
  productSecret(): string;
  deviceSecret(): string;
  iotId(productKey: string): string;
  iotToken(): string;
  /** Of a device that was registered without having been known before. */
  clientId(): string;
  deviceToken(): string;
  /** Message ids of the cloud: decimal text. */
  messageId(): string;
}

export const RANDOM: Random = {
  productKey: () => `a1${text(9)}`,
  productSecret: () => text(16),
  deviceSecret: () => hex(16),
  iotId: (productKey) => `${text(20)}${productKey.slice(0, 5)}0`,
  iotToken: () => hex(16),
  clientId: () => text(24),
  deviceToken: () => text(32),
  messageId: () => String(randomInt(1, 2 ** 31)),
};

function text(length: number): string {
  return Array.from({ length }, () => LETTERS[randomInt(LETTERS.length)]).join("");
}

function hex(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}
