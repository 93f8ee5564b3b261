/**
 * `deno task lock`: writes `deno.lock` for the npm packages that `deno.json` names.
 *
 * Invariants
 * - The lock file holds every npm import of `deno.json`, used or not, so that a fresh clone never
 *   writes to it, and no entry of JSR (see `dependencies.ts`). Versions already locked stay.
 */
import { npmOnlyImportMap, projectRoot, readConfig } from "./dependencies.ts";
import { runDeno } from "./deno.ts";
import { toPath } from "./to_path.ts";

const { imports } = await readConfig();
const packages = Object.values(imports).filter((target) => target.startsWith("npm:"));
const map = encodeURIComponent(JSON.stringify(npmOnlyImportMap(imports)));
const lock = new URL("deno.lock", projectRoot);
Deno.exit(
  await runDeno("cache", packages, [
    "--frozen=false",
    `--lock=${toPath(lock)}`,
    `--import-map=data:application/json,${map}`,
  ]),
);
