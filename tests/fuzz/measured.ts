/**
 * The sources whose branches are counted.
 */

const ROOT = new URL("../../", import.meta.url).href;

/** What peers' bytes go through first. */
const MEASURED =
  /^src\/(?:wire\/|extra\/msgpack[/.]|socket\/dialect\.ts|engine\/(?:jsonp|handshake_info|revision_choice|request_body)\.ts)/;

/** The path of a source in the project. */
export function nameOf(url: string): string {
  return url.startsWith(ROOT) ? url.slice(ROOT.length) : url;
}

/** Whether the branches of a source are to be reached by the corpus. */
export function isMeasured(url: string): boolean {
  return MEASURED.test(nameOf(url));
}

/** Whether new branches of a source make an input worth to be kept: all of ours. */
export function isGuide(url: string): boolean {
  return nameOf(url).startsWith("src/");
}
