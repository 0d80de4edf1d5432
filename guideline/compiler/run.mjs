// SPDX-License-Identifier: Apache-2.0
// Door of the guideline compiler: compiles the TypeScript when it changed, then runs the command.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "..", "build", "compiler");
if (!existsSync(join(here, "node_modules", "typescript"))) {
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: here, stdio: ["ignore", 2, 2] });
  if (npm.status !== 0) process.exit(1);
}
const stamp = join(out, ".compiled");
const newest = ["src", "test", "."]
  .filter((folder) => existsSync(join(here, folder)))
  .flatMap((folder) => readdirSync(join(here, folder)).map((name) => join(here, folder, name)))
  .filter((path) => /\.(ts|json)$/.test(path))
  .reduce((time, path) => Math.max(time, statSync(path).mtimeMs), 0);
if (!existsSync(stamp) || statSync(stamp).mtimeMs < newest) {
  const tsc = spawnSync(process.execPath, [join(here, "node_modules", "typescript", "bin", "tsc"), "-p", here], {
    stdio: ["ignore", 2, 2],
  });
  if (tsc.status !== 0) process.exit(1);
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, "package.json"), '{"type":"module"}\n');
  // Compiled modules stand in build/; their packages stay beside the sources.
  if (!existsSync(join(out, "node_modules"))) symlinkSync(join(here, "node_modules"), join(out, "node_modules"));
  writeFileSync(stamp, "");
}
const { main } = await import(pathToFileURL(join(out, "src", "main.js")).href);
process.exit(await main(process.argv.slice(2)));
