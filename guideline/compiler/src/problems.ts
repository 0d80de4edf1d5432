// SPDX-License-Identifier: Apache-2.0
// What is wrong with the sources, with file, line and reason; collected so that all are shown at once.

export interface Problem {
  file: string;
  line: number;
  column?: number;
  message: string;
}

export class Problems {
  readonly list: Problem[] = [];

  add(file: string, line: number, message: string, column?: number): void {
    this.list.push({ file, line, message, ...(column === undefined ? {} : { column }) });
  }

  get any(): boolean {
    return this.list.length > 0;
  }

  lines(): string[] {
    const order = [...this.list].sort(
      (a, b) => a.file.localeCompare(b.file) || a.line - b.line || (a.column ?? 0) - (b.column ?? 0) || a.message.localeCompare(b.message),
    );
    const lines = order.map(
      (p) => `${p.file}:${p.line}${p.column === undefined ? "" : `:${p.column}`}: ${p.message}`,
    );
    return [...new Set(lines)];
  }
}
