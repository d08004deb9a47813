// Text of mail for a terminal: what would be a command to the terminal, or turn the direction of writing, is shown as a replacement character.

/** One line. */
export function plainText(text: string): string {
  return text.replace(/\t/g, ' ').replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu, '\uFFFD')
}
