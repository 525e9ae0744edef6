// Data URLs and media types.
import { describe, expect, test } from "bun:test";
import { mediaTypeOfName, normalMediaType, parseDataUrl, textOfBase64 } from "../../src/core/media.ts";

describe("data URLs", () => {
  test("M21 the type is lower-cased and spelled as registered", () => {
    expect(parseDataUrl("data:image/JPG;base64,AAEC")).toEqual({ mediaType: "image/jpeg", data: "AAEC" });
    expect(parseDataUrl("DATA:Image/PNG;name=x;base64,AAEC")).toEqual({ mediaType: "image/png", data: "AAEC" });
  });

  test("white space and percent signs in the payload are taken out", () => {
    expect(parseDataUrl("data:image/png;base64,AA\nEC%3D%3D")?.data).toBe("AAEC==");
  });

  test("a payload of text is encoded, and a URL without a type is plain text", () => {
    expect(parseDataUrl("data:,a%20%C3%A9")).toEqual({ mediaType: "text/plain", data: btoa("a \u00c3\u00a9") });
    expect(parseDataUrl("data:text/html,<b>")).toEqual({ mediaType: "text/html", data: btoa("<b>") });
  });

  test("other URLs and broken ones are none", () => {
    for (const url of ["https://a.example/x", "", "data:image/png;base64", "data:text/plain,%E0%A4"]) {
      expect(parseDataUrl(url)).toBeUndefined();
    }
  });
});

test("media types lose their parameters and odd spellings", () => {
  expect(normalMediaType(" Text/Plain; charset=utf-8 ")).toBe("text/plain");
  expect(normalMediaType("audio/x-wav")).toBe("audio/wav");
});

test("a name or a link tells its type by its extension", () => {
  expect(mediaTypeOfName("Report.PDF")).toBe("application/pdf");
  expect(mediaTypeOfName("https://a.example/b.jpeg?x=.txt")).toBe("image/jpeg");
  expect(mediaTypeOfName("README")).toBeUndefined();
  expect(mediaTypeOfName("a.xyz")).toBeUndefined();
});

test("base64 of text is read as UTF-8, bytes that are none are not text", () => {
  expect(textOfBase64("w6k=")).toBe("é");
  expect(textOfBase64("/w==")).toBeUndefined();
});
