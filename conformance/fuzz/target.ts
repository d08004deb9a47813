// What is fuzzed: the reader that cuts bytes into commands and the parser of commands, put together as the engine does, without anything being
// carried out. What comes out is told as text, so that two runs can be compared.

import { CommandReader } from '#imap/command-reader.ts'
import { type ReaderLimits, sessionLimits } from '#imap/limits.ts'
import { MemoryAccount } from '#imap/memory-account.test-support.ts'
import { parseCommand, parseOpening } from '#imap/parse-command.ts'
import { Session } from '#imap/session.ts'
import { shareAccount } from '#imap/shared-account.ts'

/** Smaller than a server's, so that short inputs reach them. */
const limits: ReaderLimits = {
  ...sessionLimits,
  lineBytesMax: 512,
  literalBytesMax: 256,
  commandBytesMax: 768,
  discardedBytesMax: 4_096,
}

export type MakeReader = () => Pick<CommandReader, 'push' | 'next' | 'keep' | 'stream' | 'refuse'>

export const realReader: MakeReader = () => new CommandReader(limits)

export class Target {
  readonly #session: Session
  readonly #makeReader: MakeReader
  parsed = 0
  #parses = 0

  constructor(makeReader: MakeReader = realReader) {
    this.#makeReader = makeReader
    const host = {
      send: () => null,
      end: () => {},
      fail: () => {},
      pause: () => Promise.resolve(),
      now: () => 0,
      monotonic: () => 0,
    }
    this.#session = new Session(shareAccount(new MemoryAccount()), host, { messageBytesMax: 1_000 })
    this.#session.enabled.add('CONDSTORE').add('QRESYNC')
  }

  /** `ends`: where the input is cut, ascending. */
  run(input: Buffer, ends: readonly number[] = []): string {
    const reader = this.#makeReader()
    let log = ''
    let start = 0
    let steps = 0
    let streamed = ''
    for (const end of [...ends, input.length]) {
      reader.push(input.subarray(start, end))
      start = end
      for (let event = reader.next(); event !== null; event = reader.next()) {
        if (++steps > 10 * input.length + 100) throw new Error('it does not come to an end')
        if (event.kind === 'chunk') {
          streamed += event.bytes.toString('latin1')
          continue
        }
        if (streamed !== '') log += `streamed ${JSON.stringify(streamed)}\n`
        streamed = ''
        switch (event.kind) {
          case 'command':
            log += `command ${this.#parse(event.text)}\n`
            break
          case 'literal':
            log += `literal ${event.sizeBytes} ${event.waits} ${this.#decide(reader, event.text, event.sizeBytes)}\n`
            break
          case 'skipped':
            log += `skipped ${event.tooLong?.toString('latin1') ?? ''}\n`
            break
          case 'line':
            log += 'line\n'
            break
          case 'flood':
            return `${log}flood`
        }
      }
    }
    return `${log}${streamed}`
  }

  #decide(reader: ReturnType<MakeReader>, text: Buffer, sizeBytes: number): string {
    const opening = parseOpening(text)
    const streams = opening.ok && opening.value.command.openLiteral !== undefined
    if (streams && sizeBytes <= 1_000) {
      reader.stream()
      return 'stream'
    }
    if (sizeBytes <= limits.literalBytesMax && text.length + sizeBytes <= limits.commandBytesMax) {
      reader.keep()
      return 'keep'
    }
    reader.refuse()
    return 'refuse'
  }

  /** Of every eighth twice: nothing of the first time may be left, and the command's own bytes are not touched. */
  #parse(text: Buffer): string {
    if (++this.#parses % 8 !== 0) return this.#once(text)
    const before = text.toString('latin1')
    const told = this.#once(text)
    if (text.toString('latin1') !== before) throw new Error('parsing changes the command')
    const again = this.#once(Buffer.from(before, 'latin1'))
    if (again !== told) throw new Error(`parsed twice: ${told}, then ${again}`)
    return told
  }

  #once(text: Buffer): string {
    const parsed = parseCommand(text, this.#session)
    if (!parsed.ok) return `${parsed.error.tag} ${parsed.error.completion.status} ${parsed.error.completion.text}`
    this.parsed++
    const { tag, command, args } = parsed.value
    return `${tag} ${command.name} ${JSON.stringify(args, plainly) ?? ''}`
  }
}

/** What JSON has no form for. */
function plainly(_: string, value: unknown): unknown {
  if (value instanceof Set) return [...value]
  if (value instanceof Map) return [...value]
  if (typeof value === 'bigint') return `${value}n`
  if (value instanceof RegExp || typeof value === 'function') return String(value)
  return value
}
