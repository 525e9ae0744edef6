// What a fetched medium is: by its Content-Type, its first bytes, or what the client said.
import { mediaTypeOfName, normalMediaType } from "../core/media.ts";

export type MediaKind = "image" | "audio" | "video" | "file";

/** Types that servers and clients write when they have not looked. */
const vague: ReadonlySet<string> = new Set([
  "",
  "application/octet-stream",
  "binary/octet-stream",
  "application/x-download",
]);

type Signature = { offset: number; text: string; mediaType: string };

// First bytes, as Latin-1 (WHATWG MIME Sniffing, section 6). Containers are told apart further in: RIFF, ISO base media.
const signatures: readonly Signature[] = [
  { offset: 0, text: "\x89PNG\r\n\x1a\n", mediaType: "image/png" },
  { offset: 0, text: "\xff\xd8\xff", mediaType: "image/jpeg" },
  { offset: 0, text: "GIF87a", mediaType: "image/gif" },
  { offset: 0, text: "GIF89a", mediaType: "image/gif" },
  { offset: 8, text: "WEBPVP", mediaType: "image/webp" },
  { offset: 8, text: "WAVE", mediaType: "audio/wav" },
  { offset: 4, text: "ftyphei", mediaType: "image/heic" },
  { offset: 4, text: "ftypmif1", mediaType: "image/heif" },
  { offset: 4, text: "ftypavif", mediaType: "image/avif" },
  { offset: 4, text: "ftypM4A", mediaType: "audio/mp4" },
  { offset: 4, text: "ftypqt", mediaType: "video/quicktime" },
  { offset: 4, text: "ftyp", mediaType: "video/mp4" },
  { offset: 0, text: "\x1aE\xdf\xa3", mediaType: "video/webm" },
  { offset: 0, text: "OggS", mediaType: "audio/ogg" },
  { offset: 0, text: "fLaC", mediaType: "audio/flac" },
  { offset: 0, text: "ID3", mediaType: "audio/mpeg" },
  { offset: 0, text: "%PDF-", mediaType: "application/pdf" },
];

function sniffed(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 32)).toString("latin1");
  return signatures.find(({ offset, text }) => start.startsWith(text, offset))?.mediaType;
}

export type Evidence = { contentType: string | null; bytes: Uint8Array; declared: string | undefined; url: string };

/**
 * The media type, or undefined when what is known does not fit the block: a page of HTML is not an image. The server's
 * word counts before the bytes, and both before the client's; a word that does not fit is passed over once the bytes speak for another.
 */
export function mediaTypeOf(kind: MediaKind, { contentType, bytes, declared, url }: Evidence): string | undefined {
  const words = [normalMediaType(contentType ?? ""), sniffed(bytes)];
  // Only a server that says nothing leaves the word to the client: what claims to be HTML is not an image by its name.
  if (vague.has(words[0] ?? "")) words.push(normalMediaType(declared ?? ""), mediaTypeOfName(url));
  const known = words.filter((word): word is string => word !== undefined && !vague.has(word));
  if (kind === "file") return known[0] ?? "application/octet-stream";
  return known.find((word) => word.startsWith(`${kind}/`));
}
