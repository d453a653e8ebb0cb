/** Comments in lines that a person can read: Prettier breaks code, but leaves comments as they are. */
import type { AST, Rule } from "eslint";
import type * as ESTree from "estree";

/** Columns. */
const WIDTH = 140;
/** A last line that is shorter than this part of the width looks lost. */
const SHORT = 5;

type Comment = ESTree.Comment & { loc: AST.SourceLocation; range: AST.Range };

export const commentWidth: Rule.RuleModule = {
  meta: { type: "layout", fixable: "whitespace", schema: [], docs: { description: `comments end at column ${WIDTH}` } },
  create(context) {
    const { lines } = context.sourceCode;

    function isAlone({ loc }: Comment): boolean {
      return (lines[loc.start.line - 1] ?? "").slice(0, loc.start.column).trim() === "";
    }

    /** A comment with those that go on with it on the lines below. */
    function groups(comments: readonly Comment[]): Comment[][] {
      const found: Comment[][] = [];
      for (const comment of comments) {
        const last = found.at(-1)?.at(-1);
        const goesOn =
          last?.type == "Line" &&
          comment.type == "Line" &&
          last.loc.end.line + 1 == comment.loc.start.line &&
          last.loc.start.column == comment.loc.start.column &&
          isAlone(comment) &&
          isAlone(last);
        if (goesOn) found.at(-1)?.push(comment);
        else found.push([comment]);
      }
      return found;
    }

    function check(group: readonly Comment[]): void {
      const [first, last] = [group[0] as Comment, group.at(-1) as Comment];
      const own = lines.slice(first.loc.start.line - 1, last.loc.end.line);
      if (own.every((line) => line.length <= WIDTH)) return;
      const indent = " ".repeat(first.loc.start.column);
      const fixed =
        first.type == "Line"
          ? refill(
              group.map(({ value }) => value.replace(/^ /, "")),
              `${indent}// `,
            ).join("\n")
          : refillBlock(first.value, indent);
      const isFixable = isAlone(first) && fixed !== undefined;
      context.report({
        loc: { start: first.loc.start, end: last.loc.end },
        message: `a comment that goes beyond column ${WIDTH}`,
        ...(isFixable && { fix: (fixer) => fixer.replaceTextRange([first.range[0], last.range[1]], fixed.slice(indent.length)) }),
      });
    }

    return {
      Program() {
        groups(context.sourceCode.getAllComments() as Comment[]).forEach(check);
      },
    };
  },
};

/** Doc comments only: others may be laid out for a reason. */
function refillBlock(value: string, indent: string): string | undefined {
  if (!value.startsWith("*")) return undefined;
  const texts = value
    .slice(1)
    .split("\n")
    .map((line, i) => (i ? line.replace(/^\s*\* ?/, "") : line.trimStart()).trimEnd());
  while (texts[0] === "") texts.shift();
  while (texts.at(-1) === "") texts.pop();
  return [`${indent}/**`, ...refill(texts, `${indent} * `), `${indent} */`].join("\n");
}

/** `texts` line by line; a paragraph with a line that is too long is filled anew from there on. */
function refill(texts: readonly string[], prefix: string): string[] {
  const room = WIDTH - prefix.length;
  const done: string[] = [];
  let open: string[] | undefined;
  const close = (): void => {
    if (open) done.push(...fillEvenly(open.join(" "), room));
    open = undefined;
  };
  for (const raw of texts) {
    const line = raw.trimEnd();
    const isProse = !/^(\s{2,}|\s*[-|@]|\s*$)/.test(line);
    if (!isProse) close();
    if (open) open.push(line.trim());
    else if (line.trimStart().length > room) open = [line.trim()];
    else done.push(line);
  }
  close();
  return done.map((line) => `${prefix}${line}`.trimEnd());
}

/** In lines as long as they may be; a bit shorter where the last one would be a word or two. */
function fillEvenly(text: string, room: number): string[] {
  const longest = fillLines(text, room);
  for (let width = room; width > room / 2; width--) {
    const lines = fillLines(text, width);
    if (lines.length > longest.length) break;
    if ((lines.at(-1) as string).length >= room / SHORT) return lines;
  }
  return longest;
}

function fillLines(text: string, room: number): string[] {
  const lines: string[] = [];
  // What stands between backticks stays together.
  for (const word of text.match(/(?:`[^`]*`|\S)+/g) ?? []) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= room) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
