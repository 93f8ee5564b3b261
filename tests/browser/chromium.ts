/** Chromium as the tests start it: a profile of its own, which is gone afterwards. */
import { type Browser, chromium, type LaunchOptions } from "playwright-core";

/** How Chromium is started. */
export const LAUNCH_OPTIONS: LaunchOptions = {
  executablePath: Deno.env.get("CHROMIUM_PATH") ?? "/usr/bin/chromium",
  headless: true,
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

/** Starts a browser; closing it ends its processes. */
export function startChromium(): Promise<Browser> {
  return chromium.launch(LAUNCH_OPTIONS);
}
