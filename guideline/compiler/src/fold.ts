// SPDX-License-Identifier: Apache-2.0
// The form in which words are compared: small letters, punctuation as spaces, British and American spelling as one,
// without "of" and "the", the last word in the singular. FactsCommon.Clean does the same to the words of a record, step by step.
const swaps: readonly (readonly [string, string])[] = [
  ["-", " "], [",", " "], [".", " "], ["/", " "], ["(", " "], [")", " "], [":", " "], [";", " "], ["_", " "], ["–", " "],
  ["'", ""], ["’", ""], ["ae", "e"], ["oe", "e"], ["tumour", "tumor"], ["disk", "disc"], ["isation", "ization"],
];

function singular(words: string): string {
  if (!words.endsWith("s") || words.length < 5) return words;
  if (words.endsWith("sses")) return words.slice(0, -2);
  if (words.endsWith("bodies")) return words.slice(0, -3) + "y";
  return /(ss|us|is)$/.test(words) ? words : words.slice(0, -1);
}

export function fold(words: string): string {
  const plain = swaps.reduce((text, [old, other]) => text.replaceAll(old, other), words.toLowerCase());
  return singular(plain.split(" ").filter((word) => !["", "of", "the"].includes(word)).join(" ")) || words.toLowerCase();
}
