/// <reference lib="dom" />
/**
 * The button for light and dark. Until it is used, the page follows the system.
 */
import { byId } from "./dom.ts";
import { readTheme, type Theme, writeTheme } from "./store.ts";

/** Makes the button work. */
export function installThemeToggle(): void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const button = byId("theme-toggle");
  const current = (): Theme => readTheme() ?? (dark.matches ? "dark" : "light");
  const show = (): void => {
    const theme = current();
    document.documentElement.dataset["shown"] = theme;
    const label = theme === "dark" ? "Use the light theme" : "Use the dark theme";
    button.setAttribute("aria-label", label);
    button.title = label;
  };
  button.addEventListener("click", () => {
    const theme = current() === "dark" ? "light" : "dark";
    writeTheme(theme);
    document.documentElement.dataset["theme"] = theme;
    show();
  });
  dark.addEventListener("change", show);
  show();
}
