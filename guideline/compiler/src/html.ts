// SPDX-License-Identifier: Apache-2.0
// Pieces of HTML. A text is escaped here or by who calls.
export const escaped = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

export const section = (id: string, title: string, body: string): string => `<section id="${id}"><h2>${escaped(title)}</h2>${body}</section>`;

export const paragraph = (text: string): string => `<p>${escaped(text)}</p>`;

export const list = (items: readonly string[]): string => `<ul class="plain">${items.map((item) => `<li>${item}</li>`).join("")}</ul>`;

// Cells are texts. A row is [id, ...]: its id is where links lead.
export function table(head: readonly string[], rows: readonly (readonly string[])[], kind = ""): string {
  const line = (cells: readonly string[]) => `<tr>${cells.map((cell, i) => `<td${i === 0 ? ' class="id"' : ""}>${escaped(cell)}</td>`).join("")}</tr>`;
  return `<table${kind ? ` class="${kind}"` : ""}><thead><tr>${head.map((name) => `<th>${escaped(name)}</th>`).join("")}</tr></thead><tbody>${rows.map(line).join("")}</tbody></table>`;
}
