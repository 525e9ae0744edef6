// Reads the type declarations of the official SDKs with the TypeScript compiler: which fields a body may hold, by their word.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { API, type Checker, type Project, type Type, type Symbol as TypeSymbol } from "typescript/unstable/async";

/** What a declared type allows on a wire. Objects and arrays may contain themselves: the graph has cycles. */
export type Shape =
  | {
      kind: "string" | "number" /** The words it must be one of; empty when any will do. */;
      words: (string | number)[];
    }
  | { kind: "boolean"; words: boolean[] }
  | { kind: "null" | "unknown" }
  | { kind: "array"; item: Shape }
  | ObjectShape
  | { kind: "union"; members: Shape[] };

export type ObjectShape = {
  kind: "object";
  name: string;
  fields: FieldShape[];
  /** Value of an index signature: a map of any names. */
  rest?: Shape;
};

export type FieldShape = { name: string; optional: boolean; shape: Shape };

/**
 * Where a package declares a type: the file inside node_modules (or the path of one of our own), and the exported name
 * (inside a namespace with a dot).
 */
export type Declared = { file: string; type: string };

const modules = join(import.meta.dir, "..", "..", "node_modules");

// TypeScript's own numbers (TypeFlags, SymbolFlags), which the declarations export as const enums only.
const flag = {
  anyOrUnknown: 1 | 2,
  nothing: 4 | 16,
  null: 8,
  string: 32,
  number: 64,
  boolean: 256,
  stringLiteral: 1024,
  numberLiteral: 2048,
  booleanLiteral: 8192,
  object: 1048576 | 131072,
  template: 4194304,
  union: 134217728,
  intersection: 268435456,
};
const symbolFlag = { method: 8192, accessor: 32768 | 65536, optional: 16777216 };

/** The shapes of the named types, in order. One compiler run for all of them. */
export async function readDeclarations(wanted: readonly Declared[]): Promise<Shape[]> {
  const files = [...new Set(wanted.map(({ file }) => join(modules, file)))];
  for (const file of files) if (!existsSync(file)) throw new Error(`no declarations at ${file}`);
  const config = join(modules, "..", "test", "losses", "declared.tsconfig.json");
  const api = new API({
    cwd: modules,
    fs: {
      readFile: (path) => (path === config ? projectOf(files) : undefined),
      fileExists: (path) => (path === config ? true : undefined),
    },
  });
  try {
    const snapshot = await api.updateSnapshot({ openProjects: [config] });
    const [project] = snapshot.getProjects();
    if (!project) throw new Error("the compiler opened no project");
    const reader = new DeclarationReader(project);
    const shapes: Shape[] = [];
    for (const { file, type } of wanted) shapes.push(await reader.read(join(modules, file), type));
    return shapes;
  } finally {
    await api.close();
  }
}

function projectOf(files: string[]): string {
  const compilerOptions = {
    target: "ESNext",
    lib: ["ESNext", "DOM"],
    module: "Preserve",
    moduleResolution: "bundler",
    noEmit: true,
    skipLibCheck: true,
    strict: true,
    types: [],
  };
  return JSON.stringify({ compilerOptions, files });
}

class DeclarationReader {
  readonly #project: Project;
  readonly #checker: Checker;
  readonly #known = new Map<number, Shape>();

  constructor(project: Project) {
    this.#project = project;
    this.#checker = project.checker;
  }

  async read(file: string, path: string): Promise<Shape> {
    const source = await this.#project.program.getSourceFile(file);
    let found = source && (await this.#checker.getSymbolAtLocation(source));
    for (const name of path.split(".")) {
      const exported: readonly TypeSymbol[] = found ? await this.#checker.getExportsOfModule(found) : [];
      found = exported.find((symbol) => symbol.name === name);
    }
    if (!found) throw new Error(`${file} exports no ${path}`);
    return await this.#shapeOf(await this.#checker.getDeclaredTypeOfSymbol(found));
  }

  async #shapeOf(type: Type): Promise<Shape> {
    const { flags } = type;
    if (flags & flag.anyOrUnknown) return { kind: "unknown" };
    if (flags & flag.null) return { kind: "null" };
    if (type.isStringLiteralType()) return { kind: "string", words: [type.value] };
    if (type.isNumberLiteralType()) return { kind: "number", words: [type.value] };
    if (flags & flag.booleanLiteral) {
      return { kind: "boolean", words: [type.isBooleanLiteralType() && type.value] };
    }
    if (flags & (flag.string | flag.template)) return { kind: "string", words: [] };
    if (flags & flag.number) return { kind: "number", words: [] };
    if (flags & flag.boolean) return { kind: "boolean", words: [true, false] };
    if (flags & flag.union) return await this.#unionOf(type);
    return await this.#objectOf(type);
  }

  async #unionOf(type: Type): Promise<Shape> {
    const members: Shape[] = [];
    const words: { string: Set<string | number>; number: Set<string | number>; boolean: Set<boolean> } = {
      string: new Set(),
      number: new Set(),
      boolean: new Set(),
    };
    const open = new Set<string>();
    const parts = type.isUnionType() ? await type.getTypes() : [];
    for (const part of parts) {
      if (part.flags & flag.nothing) continue;
      const shape = await this.#shapeOf(part);
      if (shape.kind === "string" || shape.kind === "number") {
        if (shape.words.length === 0) open.add(shape.kind);
        for (const word of shape.words) words[shape.kind].add(word);
      } else if (shape.kind === "boolean") for (const word of shape.words) words.boolean.add(word);
      else members.push(shape);
    }
    for (const kind of ["string", "number"] as const) {
      if (open.has(kind) || words[kind].size > 0) members.unshift({ kind, words: [...words[kind]] });
    }
    if (words.boolean.size > 0) members.unshift({ kind: "boolean", words: [...words.boolean] });
    const [only] = members;
    return members.length === 1 && only ? only : { kind: "union", members };
  }

  async #objectOf(type: Type): Promise<Shape> {
    const known = this.#known.get(type.id);
    if (known) return known;
    if (await this.#checker.isArrayLikeType(type)) {
      const array: Shape = { kind: "array", item: { kind: "unknown" } };
      this.#known.set(type.id, array);
      const [item] = type.isTypeReference() ? await this.#checker.getTypeArguments(type) : [];
      if (item) array.item = await this.#shapeOf(item);
      return array;
    }
    // `string & {}` keeps editors from forgetting the words beside it.
    if (type.isIntersectionType()) {
      for (const part of await type.getTypes()) if (part.flags & flag.string) return { kind: "string", words: [] };
    }
    const symbol = (await type.getAliasSymbol()) ?? (await type.getSymbol());
    const object: ObjectShape = { kind: "object", name: symbol?.name ?? "", fields: [] };
    this.#known.set(type.id, object);
    await this.#fill(object, type);
    return object;
  }

  async #fill(object: ObjectShape, type: Type): Promise<void> {
    const symbols = (await this.#checker.getPropertiesOfType(type)).filter(
      ({ flags }) => !(flags & (symbolFlag.method | symbolFlag.accessor)),
    );
    const types = symbols.length === 0 ? [] : await this.#checker.getTypeOfSymbol(symbols);
    for (const [index, symbol] of symbols.entries()) {
      const fieldType = types[index];
      if (!fieldType) continue;
      const shape = await this.#shapeOf(fieldType);
      object.fields.push({ name: symbol.name, optional: (symbol.flags & symbolFlag.optional) !== 0, shape });
    }
    const [info] = await this.#checker.getIndexInfosOfType(type);
    if (info) object.rest = await this.#shapeOf(info.valueType);
  }
}
