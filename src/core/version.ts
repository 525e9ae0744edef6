// The version of this build.

/** Replaced by the build (`--define SLUICE_VERSION`); not defined when running from source. */
declare const SLUICE_VERSION: string | undefined;

export const version: string = typeof SLUICE_VERSION === "string" ? SLUICE_VERSION : "0.1.0-dev";
