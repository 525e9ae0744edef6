// Media types and data URLs: reading them, spelling them one way, and guessing a type from a file's extension. Pure.

export type InlineMedia = {
  /** Lower-case, without parameters, in its registered spelling. */
  mediaType: string;
  /** Base64, standard alphabet, without white space. */
  data: string;
};

// Spellings that clients send and strict providers refuse (translation.md M21).
const registeredSpelling: ReadonlyMap<string, string> = new Map([
  ["image/jpg", "image/jpeg"],
  ["image/pjpeg", "image/jpeg"],
  ["image/x-png", "image/png"],
  ["audio/mp3", "audio/mpeg"],
  ["audio/x-wav", "audio/wav"],
  ["audio/wave", "audio/wav"],
  ["application/x-pdf", "application/pdf"],
]);

const typeOfExtension: ReadonlyMap<string, string> = new Map([
  ["png", "image/png"],
  ["jpg", "image/jpeg"],
  ["jpeg", "image/jpeg"],
  ["gif", "image/gif"],
  ["webp", "image/webp"],
  ["heic", "image/heic"],
  ["heif", "image/heif"],
  ["bmp", "image/bmp"],
  ["svg", "image/svg+xml"],
  ["pdf", "application/pdf"],
  ["json", "application/json"],
  ["xml", "application/xml"],
  ["txt", "text/plain"],
  ["md", "text/markdown"],
  ["csv", "text/csv"],
  ["html", "text/html"],
  ["htm", "text/html"],
  ["css", "text/css"],
  ["js", "text/javascript"],
  ["wav", "audio/wav"],
  ["mp3", "audio/mpeg"],
  ["flac", "audio/flac"],
  ["ogg", "audio/ogg"],
  ["opus", "audio/opus"],
  ["m4a", "audio/mp4"],
  ["aac", "audio/aac"],
  ["mp4", "video/mp4"],
  ["mpeg", "video/mpeg"],
  ["mov", "video/quicktime"],
  ["webm", "video/webm"],
]);

/** `Image/JPG; charset=x` -> `image/jpeg`. */
export function normalMediaType(written: string): string {
  const end = written.indexOf(";");
  const bare = (end < 0 ? written : written.slice(0, end)).trim().toLowerCase();
  return registeredSpelling.get(bare) ?? bare;
}

/**
 * The parts of a `data:` URL (RFC 2397), or undefined when the text is not one. A URL without a media type is
 * `text/plain`, as the RFC says; a payload that is not base64 is percent-decoded and encoded anew.
 */
export function parseDataUrl(url: string): InlineMedia | undefined {
  if (url.slice(0, 5).toLowerCase() !== "data:") return undefined;
  const comma = url.indexOf(",");
  if (comma < 0) return undefined;
  const head = url.slice(5, comma);
  const payload = url.slice(comma + 1);
  const mediaType = normalMediaType(head) || "text/plain";
  if (/;\s*base64\s*$/i.test(head)) return { mediaType, data: plainBase64(payload) };
  const text = percentDecoded(payload);
  return text === undefined ? undefined : { mediaType, data: Buffer.from(text, "utf8").toString("base64") };
}

/** Media type by the extension of a file name or a URL's path; undefined for unknown ones. */
export function mediaTypeOfName(nameOrUrl: string): string | undefined {
  const path = nameOrUrl.split(/[?#]/, 1)[0] ?? "";
  const dot = path.lastIndexOf(".");
  return dot < 0 ? undefined : typeOfExtension.get(path.slice(dot + 1).toLowerCase());
}

/** Decoded text of base64, or undefined when the bytes are not UTF-8. */
export function textOfBase64(data: string): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(data, "base64"));
  } catch {
    return undefined;
  }
}

// A payload of megabytes is scanned natively and copied only when something must change in it.
function plainBase64(payload: string): string {
  const text = payload.includes("%") ? (percentDecoded(payload) ?? payload) : payload;
  return /\s/.test(text) ? text.replace(/\s+/g, "") : text;
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
