// Regular expressions over names of models and providers. RE2's engine: linear in the text, whatever the pattern.

export type Pattern = {
  readonly source: string;
  /** False until the engine is loaded. */
  test(text: string): boolean;
};

export type PatternProblem = { path: string; message: string };

/** Expressions are registered at once and compiled when the engine has come: it takes some 20 ms, and few need it. */
export class Patterns {
  readonly #waiting: { path: string; source: string; take: (test: (text: string) => boolean) => void }[] = [];

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** `path` is where the configuration has it. */
  add(path: string, source: string): Pattern {
    const pattern = { source, test: (_text: string) => false };
    const take = (test: (text: string) => boolean) => {
      pattern.test = test;
    };
    this.#waiting.push({ path, source, take });
    return pattern;
  }

  /** Compiles everything; expressions that are none match nothing and are reported. */
  async load(): Promise<PatternProblem[]> {
    if (this.isEmpty) return [];
    const { RE2JS } = await import("re2js");
    const problems: PatternProblem[] = [];
    for (const { path, source, take } of this.#waiting.splice(0)) {
      if (source.length > lengthMax) {
        problems.push({ path, message: `is longer than ${lengthMax} characters` });
        continue;
      }
      try {
        const compiled = RE2JS.compile(source);
        take((text) => compiled.matcher(text).find());
      } catch (cause) {
        const words = cause instanceof Error ? cause.message.replace(/^error parsing regexp: /, "") : "unreadable";
        problems.push({ path, message: `is no regular expression (RE2): ${words}` });
      }
    }
    return problems;
  }
}

const lengthMax = 1000;
