// SPDX-License-Identifier: Apache-2.0
// The form in which words are compared: small letters, punctuation as spaces, British and American spelling as one,
// without "of" and "the", the last word in the singular. FactsCommon.Clean does the same to the words of a record, step by step.
const swaps: readonly (readonly [string, string])[] = [
  ["-", " "], [",", " "], [".", " "], ["/", " "], ["(", " "], [")", " "], [":", " "], [";", " "], ["_", " "], ["–", " "], ["#", " "],
  ["'", ""], ["’", ""], ["ae", "e"], ["oe", "e"], ["tumour", "tumor"], ["disk", "disc"], ["isation", "ization"],
];

function singular(words: string): string {
  if (!words.endsWith("s") || words.length < 5) return words;
  if (words.endsWith("sses")) return words.slice(0, -2);
  if (words.endsWith("biopsies")) return words.slice(0, -3) + "y";
  return /(ss|us|is)$/.test(words) ? words : words.slice(0, -1);
}

function plain(words: string): string {
  const swapped = swaps.reduce((text, [old, other]) => text.replaceAll(old, other), words.toLowerCase());
  return swapped.split(" ").filter((word) => !["", "of", "the"].includes(word)).join(" ");
}

export function fold(words: string): string {
  return singular(plain(words)) || words.toLowerCase();
}

// Of a list whose words stand anywhere in a name: only the last word of a name is in the singular, so a plural keeps both forms.
export function foldWord(word: string): string[] {
  return [fold(word), plain(word)].filter((form) => form !== "");
}
