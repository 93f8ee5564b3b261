/** The path that a file URL means, for programs: blanks and other letters as they are, not encoded. */
export function toPath(url: URL): string {
  return decodeURIComponent(url.pathname);
}
