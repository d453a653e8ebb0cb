/**
 * Boards have no Unicode strings: a character above 0x7F in the sources becomes its UTF-8 bytes, one character each. `\xNN` stays what it
 * is, a byte. Done on TypeScript's syntax tree, where text and escape can still be told apart.
 */
import type * as TS from "typescript";
import { typescript } from "./typescript.ts";

const ts = typescript();

const SIMPLE_ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f", v: "\v", "0": "\0", "\n": "", "\r\n": "" };

/** `raw`: a literal's text as it stands in the source, without the quotes. Returns its value, one character (0 to 255) per byte. */
export function bytesOfLiteral(raw: string): string {
  let bytes = "";
  let text = "";
  const tokens = /\\x([0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})|\\u\{([0-9a-fA-F]+)\}|\\(\r\n|[^])|([^])/g;
  for (const [, byte, unit, point, escaped, character] of raw.matchAll(tokens)) {
    if (byte !== undefined) {
      // A surrogate pair may be two escapes, so text is encoded only where a byte or the end cuts it.
      bytes += utf8(text) + String.fromCharCode(parseInt(byte, 16));
      text = "";
    } else if (unit !== undefined || point !== undefined) {
      text += unit !== undefined ? String.fromCharCode(parseInt(unit, 16)) : String.fromCodePoint(parseInt(point as string, 16));
    } else {
      text += escaped === undefined ? (character as string) : (SIMPLE_ESCAPES[escaped] ?? escaped);
    }
  }
  return bytes + utf8(text);
}

function utf8(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** For the compiler's `before` stage. */
export function utf8Literals(context: TS.TransformationContext): TS.Transformer<TS.SourceFile> {
  return (file) => {
    const visit = (node: TS.Node): TS.Node => {
      const literal = isText(node) && /[^\x00-\x7f]/.test(node.text) ? encoded(node, file, context.factory) : undefined;
      return literal ? ts.setOriginalNode(ts.setTextRange(literal, node), node) : ts.visitEachChild(node, visit, context);
    };
    return ts.visitEachChild(file, visit, context);
  };
}

function isText(
  node: TS.Node,
): node is TS.StringLiteral | TS.NoSubstitutionTemplateLiteral | TS.TemplateHead | TS.TemplateMiddle | TS.TemplateTail {
  return ts.isStringLiteral(node) || ts.isTemplateLiteralToken(node);
}

function encoded(node: TS.StringLiteral | TS.TemplateLiteralToken, file: TS.SourceFile, factory: TS.NodeFactory): TS.Node {
  const source = node.getText(file);
  // `…${ ends with two characters, everything else with one.
  const opensHole = ts.isTemplateHead(node) || ts.isTemplateMiddle(node);
  const bytes = bytesOfLiteral(source.slice(1, opensHole ? -2 : -1));
  if (ts.isTemplateHead(node)) return factory.createTemplateHead(bytes);
  if (ts.isTemplateMiddle(node)) return factory.createTemplateMiddle(bytes);
  if (ts.isTemplateTail(node)) return factory.createTemplateTail(bytes);
  return factory.createStringLiteral(bytes);
}
