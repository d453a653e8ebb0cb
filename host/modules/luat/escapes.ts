/**
 * What stands for the bytes that a quoted MPUB message cannot hold: `\22` a quote, `\0D` CR, `\0A` LF, `\5C` a backslash, in
 * upper case (Luat AT manual V1.6.3, MPUB). No other escape is documented, so none is known here: a backslash before anything
 * else is a backslash, and `\0d` or `\1A` reach the broker as they were typed.
 */
const ESCAPES: Record<string, string> = { "\\22": '"', "\\0D": "\r", "\\0A": "\n", "\\5C": "\\" };

export function unescaped(message: string): string {
  return message.replace(/\\(22|0D|0A|5C)/g, (escape) => ESCAPES[escape] as string);
}
