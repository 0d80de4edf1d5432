// SPDX-License-Identifier: Apache-2.0
// What the comments of a CQL library say about each definition: those right above it, and those in it.
export interface Comment {
  define: string; // the definition's name, without its library
  line: number;
  text: string;
}

const start = /^\s*define\s+(?:(?:public|private)\s+)?(?:fluent\s+)?(?:function\s+)?(?:"((?:[^"\\]|\\.)*)"|([A-Za-z_]\w*))/;

// The comment of a line, "" when it has none. "//" inside a quoted text is no comment.
function commentOf(line: string): string {
  let quote = "";
  for (let i = 0; i < line.length; i += 1) {
    const c = line[i]!;
    if (quote !== "") {
      if (c === "\\") i += 1;
      else if (c === quote) quote = "";
    } else if (c === "'" || c === '"') quote = c;
    else if (c === "/" && line[i + 1] === "/") return line.slice(i + 2);
  }
  return "";
}

// Where definitions begin: name -> line.
export function definesIn(text: string): Map<string, number> {
  const out = new Map<string, number>();
  text.split("\n").forEach((line, i) => {
    const match = start.exec(line);
    const name = match && (match[1] ?? match[2]!);
    if (name && !out.has(name)) out.set(name, i + 1);
  });
  return out;
}

export function commentsIn(text: string): Comment[] {
  const out: Comment[] = [];
  let define = "";
  let pending: { line: number; text: string }[] = [];
  const keep = (name: string) => {
    if (name !== "") for (const one of pending) out.push({ define: name, ...one });
    pending = [];
  };
  text.split("\n").forEach((line, i) => {
    const match = start.exec(line);
    if (match) {
      define = match[1] ?? match[2]!;
      keep(define);
    }
    const comment = commentOf(line);
    if (/^\s*\/\//.test(line)) {
      pending.push({ line: i + 1, text: comment });
      return;
    }
    // A blank line parts comments from what follows: a heading speaks for no single definition.
    if (line.trim() === "") {
      pending = [];
      return;
    }
    if (!match) keep(define);
    if (comment !== "" && define !== "") out.push({ define, line: i + 1, text: comment });
  });
  return out;
}
