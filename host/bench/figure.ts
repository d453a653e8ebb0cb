/** Figures, and the parts of the rig that measure some of them each. */

/** One row of the table. The smaller the better, all of them. */
export interface FigureSpec {
  /** Its key in `docs/figures.json` and in the JSON output. */
  name: string;
  title: string;
  /** At most this; `null`: shown, not judged. */
  target: number | null;
  unit: string;
  /** The option that asks for it; absent: it is always measured. */
  option?: string;
}

export interface Figure extends FigureSpec {
  /** `null`: not measured. */
  now: number | null;
  /** As `npm run bench -- --record` wrote it last, and the commit that it was measured at. */
  recorded: number | null;
  recordedAt: string | null;
  /** What was measured has changed since; `null`: nothing is recorded, or the commit is not known here. */
  stale: boolean | null;
  /** `null`: not measured, or without a target. */
  met: boolean | null;
  /** What it was measured on, or why it was not. */
  on: string;
}

/** A figure as it is in `docs/figures.json`. */
export interface RecordedFigure {
  value: number;
  /** Of what was measured (`origin.ts`). */
  commit: string;
}

export type Recorded = Readonly<Record<string, RecordedFigure>>;

export interface Measured {
  /** By name of the figure. */
  values: Readonly<Record<string, number>>;
  /** Where it goes: a text for people, lines that end without a line end. */
  details: string;
}

export interface BenchContext {
  /** 32-bit interpreter, with as many variables as a board; and the 64-bit one that instructions are counted on. */
  espruino: string | undefined;
  espruino64: string | undefined;
  /** EspruinoDocs' `modules/AT.js`, to be measured beside ours. */
  peerAt: string | undefined;
  /** Tells how far a long part is. */
  progress(text: string): void;
}

export interface Part {
  /** For `--only`. */
  name: string;
  title: string;
  figures: readonly FigureSpec[];
  on: string;
  /** Files and folders of the project that the figures are of. */
  sources: readonly string[];
  /** It counts instructions on ESPRUINO64: asserts in that count, too. */
  counts?: true;
  /** Why it cannot be measured here; `""`: it can. */
  missing(context: BenchContext): string;
  run(context: BenchContext): Promise<Measured>;
}

/** Figures of a part that was measured, or that could not be for the reason `why`. */
export function figuresOf(
  part: Part,
  measured: Measured | null,
  why: string,
  recorded: Recorded,
  isStale: (commit: string, sources: readonly string[]) => boolean | null,
): Figure[] {
  return part.figures.map((spec) => {
    const now = measured?.values[spec.name] ?? null;
    const old = recorded[spec.name];
    return {
      ...spec,
      now,
      recorded: old?.value ?? null,
      recordedAt: old?.commit ?? null,
      stale: old ? isStale(old.commit, part.sources) : null,
      met: now === null || spec.target === null ? null : now <= spec.target,
      on: now !== null ? part.on : why || `not asked for: ${spec.option ?? ""}`,
    };
  });
}
