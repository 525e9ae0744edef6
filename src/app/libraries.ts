// The file names of the system's C library, for the few calls that Bun has no function for.

/** glibc, musl on both architectures, macOS. */
export const libraries: readonly string[] = [
  "libc.so.6",
  "libc.musl-x86_64.so.1",
  "libc.musl-aarch64.so.1",
  "libSystem.B.dylib",
];
