// What somebody typed: a recovery code, or shares, one a line. Which of the two follows from its length.

export type Typed = { readonly recoveryCode: string } | { readonly shares: readonly string[] }

/** A code has 35 characters, a share 70. */
const CODE_LENGTH_MAX = 52
const GROUP = 5
const STANDS_FOR: Readonly<Record<string, string>> = { O: '0', I: '1', L: '1' }

/** Null if there is nothing. Lines that begin with `#` are for people. */
export function readTyped(text: string): Typed | null {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  const [first] = lines
  if (first === undefined) return null
  const joined = lines.join('')
  // A code that is broken into two lines, as on the sheet, is one.
  if (bare(joined).length <= CODE_LENGTH_MAX) return { recoveryCode: joined }
  return { shares: lines }
}

/** As it stands on a sheet, however it was typed. */
export function asPrinted(code: string): string {
  const characters = Array.from(bare(code).toUpperCase(), (character) => STANDS_FOR[character] ?? character).join('')
  return (characters.match(new RegExp(`.{1,${GROUP}}`, 'g')) ?? []).join('-')
}

function bare(text: string): string {
  return text.replaceAll(/[\s-]/g, '')
}
