// Forms taken apart in any pieces, changed while they pass, and refused where they could mean two things.
import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../src/core/errors.ts";
import { boundaryOf, type FormPart, FormScanner, fieldOf } from "../../src/operations/form.ts";
import { FormEditor } from "../../src/operations/form-edit.ts";

// RFC 7578 4 and RFC 2046 5.1.1, as the OpenAI SDK writes it: the file first.
const form = [
  "--XyZ",
  'Content-Disposition: form-data; name="file"; filename="a \\"b\\".wav"',
  "Content-Type: audio/wav",
  "",
  "RIFF\r\n--XyNot a boundary\r\n-",
  "--XyZ",
  'content-disposition: form-data; name="model"',
  "",
  "groq/whisper-1",
  "--XyZ",
  'Content-Disposition: form-data; name="provider"',
  "",
  "",
  "--XyZ--",
  "",
].join("\r\n");

function scan(text: string, size: number, boundary = "XyZ"): FormScanner {
  const scanner = new FormScanner(boundary);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) scanner.push(bytes.subarray(at, at + size));
  scanner.end();
  return scanner;
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (cause) {
    if (cause instanceof GatewayError) return `${cause.status} ${cause.message}`;
    throw cause;
  }
  return "not refused";
}

describe("a form", () => {
  test("is taken apart alike in pieces of any size", () => {
    const whole = scan(form, form.length).parts;
    expect(whole.map(({ name, fileName, type, value }) => ({ name, fileName, type, value }))).toEqual([
      { name: "file", fileName: 'a "b".wav', type: "audio/wav", value: undefined },
      { name: "model", fileName: undefined, type: undefined, value: "groq/whisper-1" },
      { name: "provider", fileName: undefined, type: undefined, value: "" },
    ]);
    const [file] = whole as [FormPart];
    expect(form.slice(file.contentStart, file.contentEnd)).toBe("RIFF\r\n--XyNot a boundary\r\n-");
    for (let size = 1; size < 60; size++) expect(scan(form, size).parts).toEqual(whole);
  });

  test("may begin with a preamble, go on behind its end, and have blanks behind a boundary", () => {
    const { parts } = scan(`not read\r\n${form.replaceAll("--XyZ\r\n", "--XyZ \t\r\n")}not read either`, 7);
    expect(parts.map((part) => part.name)).toEqual(["file", "model", "provider"]);
  });

  test("with a field twice says so, since either could count", () => {
    const twice = form.replace('name="provider"', 'name="model"');
    const { parts } = scan(twice, 50);
    expect(refusal(() => fieldOf({ boundary: "XyZ", parts }, "model"))).toBe("400 model stands twice in the form");
  });

  test.each([
    ["ends early", form.slice(0, -8), "it ends before its closing boundary"],
    ["has no boundary in it", "a".repeat(9000), "its first boundary does not come"],
    ["has endless headers", `--XyZ\r\nx: ${"a".repeat(9000)}`, "a part has more than 8192 bytes of headers"],
    ["has a part without a name", "--XyZ\r\nx: y\r\n\r\nz\r\n--XyZ--", "a part has no name"],
    ["has a name twice", '--XyZ\r\ncontent-disposition: form-data; name="a"; name="b"\r\n\r\nz', "two parameters"],
    ["has a longer boundary", `${form.slice(0, 5)}Z${form.slice(5)}`, "a boundary does not end its line"],
    [
      "has a boundary right behind headers",
      '--XyZ\r\ncontent-disposition: form-data; name="a"\r\n\r\n--XyZ--\r\n',
      'part "a" has no line end before its boundary',
    ],
    [
      "has too many parts",
      `${'--XyZ\r\ncontent-disposition: form-data; name="a"\r\n\r\nb\r\n'.repeat(65)}--XyZ--`,
      "it has more than 64 parts",
    ],
  ])("that %s is refused", (_what, text, words) => {
    for (const size of [1, 11, 100_000]) {
      expect(refusal(() => scan(text, size))).toContain(`400 invalid multipart body: `);
      expect(refusal(() => scan(text, size))).toContain(words);
    }
  });

  test("whose field is endless is refused before it fills the memory", () => {
    const scanner = new FormScanner("XyZ");
    scanner.push(Buffer.from('--XyZ\r\ncontent-disposition: form-data; name="prompt"\r\n\r\n'));
    const piece = Buffer.alloc(600_000, "a");
    scanner.push(piece);
    expect(refusal(() => scanner.push(piece))).toBe("400 prompt is longer than 1048576 bytes");
  });
});

test("a content type names its boundary, quoted or not, or is refused", () => {
  expect(boundaryOf("multipart/form-data; charset=x; boundary=abc")).toBe("abc");
  expect(boundaryOf('multipart/form-data; boundary="a b:c"; x=y')).toBe("a b:c");
  expect(refusal(() => boundaryOf("multipart/form-data"))).toContain("names no boundary");
  expect(refusal(() => boundaryOf(`multipart/form-data; boundary=${"a".repeat(71)}`))).toContain("1 to 70 characters");
});

/** The form as it leaves when its bytes come in pieces of this size. */
function edited(size: number, decide: (part: FormPart) => Parameters<FormEditor["decide"]>[1], add?: string): string {
  const scanner = new FormScanner("XyZ");
  const editor = new FormEditor(scanner, "XyZ", ["model", "provider"]);
  let out = "";
  let added = false;
  for (let at = 0; at < form.length; at += size) {
    scanner.push(Buffer.from(form.slice(at, at + size)));
    for (const part of editor.undecided()) editor.decide(part, decide(part));
    if (add !== undefined && scanner.closing >= 0 && !added) {
      added = true;
      editor.add("model", add);
    }
    const come = Math.min(form.length, at + size);
    for (const piece of editor.next(come))
      out += typeof piece === "string" ? piece : form.slice(piece.start, piece.end);
  }
  return out;
}

describe("a form that passes", () => {
  test("stays as it is, byte for byte, without a change", () => {
    for (let size = 1; size < 80; size++) expect(edited(size, () => ({ op: "keep" }))).toBe(form);
  });

  test("has one field replaced, and another taken out, wherever its pieces end", () => {
    const start = form.indexOf("--XyZ", form.indexOf("groq"));
    const wanted = `${form.slice(0, start).replace("groq/whisper-1", "whisper-large-v3")}--XyZ--\r\n`;
    for (let size = 1; size < 80; size++) {
      const out = edited(size, (part) =>
        part.name === "model" ? { op: "replace", value: "whisper-large-v3" } : { op: "remove" },
      );
      expect(out).toBe(wanted);
    }
  });

  test("gets a further field as its last", () => {
    const wanted = form.replace(
      "--XyZ--\r\n",
      '--XyZ\r\nContent-Disposition: form-data; name="model"\r\n\r\nnew\r\n--XyZ--\r\n',
    );
    for (let size = 1; size < 80; size++) expect(edited(size, () => ({ op: "keep" }), "new")).toBe(wanted);
  });
});
