// SPDX-License-Identifier: Apache-2.0
// One text for all that stands in files and folders: the same when nothing in them has changed.
import { createHash, type Hash } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

function add(hash: Hash, path: string, name: string): void {
  if (statSync(path).isDirectory()) {
    for (const inside of readdirSync(path).sort()) {
      if (inside !== "node_modules") add(hash, join(path, inside), `${name}/${inside}`);
    }
    return;
  }
  const bytes = readFileSync(path);
  hash.update(`${name}\0${bytes.length}\0`).update(bytes);
}

// `undefined` when one of them is not there.
export function fingerprint(paths: readonly string[]): string | undefined {
  const hash = createHash("sha256");
  try {
    for (const [index, path] of paths.entries()) add(hash, path, String(index));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  return hash.digest("hex");
}
