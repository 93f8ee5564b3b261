/// <reference lib="dom" />
/**
 * Sets the theme before the page is painted, so that nothing flashes. Runs by itself, first.
 *
 * Without a choice the page follows the system.
 */
import { readTheme } from "./store.ts";

const theme = readTheme();
if (theme !== undefined) document.documentElement.dataset["theme"] = theme;
