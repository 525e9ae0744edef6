// What a fetched medium is taken for, by the server's word, its first bytes and the client's word.
import { expect, test } from "bun:test";
import { type MediaKind, mediaTypeOf } from "../../src/exchange/media-kind.ts";

const png = "\x89PNG\r\n\x1a\n....";

type Row = {
  is: string | undefined;
  kind: MediaKind;
  bytes: string;
  contentType?: string;
  declared?: string;
  url?: string;
};

const rows: Row[] = [
  { is: "image/png", kind: "image", bytes: png },
  { is: "image/png", kind: "image", bytes: png, contentType: "application/octet-stream", declared: "image/webp" },
  { is: "image/png", kind: "image", bytes: png, contentType: "text/plain" },
  { is: "image/webp", kind: "image", bytes: "RIFF1234WEBPVP8 " },
  { is: "image/jpeg", kind: "image", bytes: "\xff\xd8\xff\xe0" },
  { is: "image/jpeg", kind: "image", bytes: "unknown", contentType: "Image/JPG; q=1", declared: "image/png" },
  { is: "image/heic", kind: "image", bytes: "unknown", declared: "image/heic" },
  { is: "image/gif", kind: "image", bytes: "unknown", url: "/a/cat.gif" },
  { is: undefined, kind: "image", bytes: "<html>", contentType: "text/html", declared: "image/png", url: "/cat.png" },
  { is: undefined, kind: "image", bytes: "unknown" },
  { is: undefined, kind: "image", bytes: "ID3 sound", contentType: "image" },
  { is: "audio/mpeg", kind: "audio", bytes: "ID3 sound", contentType: "binary/octet-stream", declared: "audio/wav" },
  { is: "audio/wav", kind: "audio", bytes: "RIFF1234WAVEfmt " },
  { is: "video/mp4", kind: "video", bytes: "....ftypisom" },
  { is: "application/pdf", kind: "file", bytes: "%PDF-1.7", contentType: "application/octet-stream" },
  { is: "text/csv", kind: "file", bytes: "a,b", contentType: "text/csv" },
  { is: "application/octet-stream", kind: "file", bytes: "a,b" },
];

test.each(rows)("%j", ({ is, kind, bytes, contentType, declared, url }) => {
  const evidence = {
    contentType: contentType ?? null,
    bytes: Buffer.from(bytes, "latin1"),
    declared,
    url: url ?? "/x",
  };
  expect(mediaTypeOf(kind, evidence)).toBe(is);
});
