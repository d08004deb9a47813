// A recovery code or shares, from standard input or from the keyboard: which of the two it is follows from how long the first line is. Never from
// arguments, which every user of the machine can see.

import { utf8TextOrNull, wipe } from '#base/bytes.ts'
import type { Means } from '#keys/means.ts'
import { SHARES_MAX, type Share, describeShareProblem, parseShare } from '#keys/share.ts'
import { askHidden, isTerminal, readInputLine, writeError } from '#platform/terminal.ts'
import { CommandError, EXIT } from './exit-code.ts'

/** A code has 35 characters, a share 70. */
const CODE_CHARACTERS_MAX = 52

/** From standard input: a code on one line; or shares, one a line, up to an empty line. Throws CommandError. */
export async function readTypedMeans(fromStdin: boolean): Promise<Means> {
  return fromStdin ? readFromInput() : askForMeans()
}

async function readFromInput(): Promise<Means> {
  const first = await nextLine()
  if (first === '') throw new CommandError(EXIT.usage, 'a recovery code or shares: nothing was given')
  if (isCode(first)) return { kind: 'code', code: first }
  const shares = [first]
  for (let line = await nextLine(); line !== ''; line = await nextLine()) {
    if (shares.length === SHARES_MAX) throw new CommandError(EXIT.usage, `there are at most ${SHARES_MAX} shares`)
    shares.push(line)
  }
  return { kind: 'shares', shares }
}

/** Lines that begin with `#` are for people. */
async function nextLine(): Promise<string> {
  for (;;) {
    const text = textOf(await readInputLine())
    if (!text.startsWith('#')) return text.trim()
  }
}

async function askForMeans(): Promise<Means> {
  const first = await ask('Recovery code, or the first share')
  if (isCode(first)) return { kind: 'code', code: first }
  const shares: string[] = []
  let threshold = 0
  for (let text = first; ; text = await ask(`Share ${shares.length + 1} of ${threshold}`)) {
    const share = readShare(text)
    if (share === null) continue
    threshold = share.threshold
    wipe(share.bytes)
    shares.push(text)
    if (shares.length >= threshold) return { kind: 'shares', shares }
  }
}

/** Null, and said why, if it is mistyped. */
function readShare(text: string): Share | null {
  const parsed = parseShare(text)
  if (parsed.ok) return parsed.value
  writeError(`Once more, please: ${describeShareProblem(parsed.error)}.\n`)
  return null
}

async function ask(question: string): Promise<string> {
  if (!isTerminal('input')) throw new CommandError(EXIT.usage, 'there is no terminal to ask at: see --help')
  const typed = await askHidden(`${question}: `)
  if (typed === null || typed.length === 0) throw new CommandError(EXIT.usage, 'broken off')
  return textOf(typed)
}

function textOf(bytes: Buffer): string {
  const text = utf8TextOrNull(bytes)
  wipe(bytes)
  if (text === null) throw new CommandError(EXIT.usage, 'what was given is not UTF-8')
  return text
}

function isCode(text: string): boolean {
  return text.replaceAll(/[\s-]/g, '').length <= CODE_CHARACTERS_MAX
}
