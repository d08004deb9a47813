// The terminal: standard input, output and error of commands that people type.

import fs from 'node:fs'

const STDIN_BYTES_MAX = 65_536
const ENTER = 0x0d
const LINE_FEED = 0x0a

export function writeOutput(text: string): void {
  write(1, text)
}

export function writeError(text: string): void {
  write(2, text)
}

/** Whoever stops reading, as `head` does, has read enough. */
function write(descriptor: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let done = 0; done < bytes.length;) {
    try {
      done += fs.writeSync(descriptor, bytes, done)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EPIPE') return
      if (code !== 'EAGAIN') throw error
    }
  }
}

export function isTerminal(stream: 'input' | 'output'): boolean {
  return stream === 'input' ? process.stdin.isTTY : process.stdout.isTTY
}

/** Of standard output; 80 where nobody can tell. */
export function terminalColumns(): number {
  return process.stdout.columns > 0 ? process.stdout.columns : 80
}

/** What was read beyond the last line that was asked for. */
let held: Buffer = Buffer.alloc(0)
let hasEnded = false

/** The next line of standard input, without its end; empty at the end. The caller wipes it. Throws RangeError if it is too long. */
export async function readInputLine(): Promise<Buffer> {
  while (!held.includes(LINE_FEED) && !hasEnded) {
    const chunk = await nextChunk()
    const joined = Buffer.concat([held, chunk ?? Buffer.alloc(0)])
    held.fill(0)
    chunk?.fill(0)
    held = joined
    hasEnded = chunk === null
    if (held.length > STDIN_BYTES_MAX) throw new RangeError('the line is too long')
  }
  const feed = held.indexOf(LINE_FEED)
  const end = feed < 0 ? held.length : feed
  const line = Buffer.from(held.subarray(0, end > 0 && held[end - 1] === ENTER ? end - 1 : end))
  const rest = Buffer.from(held.subarray(feed < 0 ? held.length : feed + 1))
  held.fill(0)
  held = rest
  return line
}

function nextChunk(): Promise<Buffer | null> {
  const { stdin } = process
  return new Promise((resolve) => {
    const settle = (chunk: Buffer | null): void => {
      stdin.off('data', data).off('end', end).off('error', end)
      stdin.pause()
      resolve(chunk)
    }
    const data = (chunk: Buffer): void => settle(chunk)
    const end = (): void => settle(null)
    stdin.on('data', data).on('end', end).on('error', end)
    stdin.resume()
  })
}

const BACKSPACE = 0x7f
const INTERRUPT = 0x03
const END = 0x04

/** A line that is not shown while it is typed; null if it was broken off. The caller wipes it. */
export function askHidden(question: string): Promise<Buffer | null> {
  writeError(question)
  const typed: number[] = []
  const { stdin } = process
  stdin.setRawMode(true)
  return new Promise((resolve) => {
    const done = (result: Buffer | null): void => {
      stdin.off('data', receive)
      stdin.setRawMode(false)
      stdin.pause()
      typed.fill(0)
      writeError('\n')
      resolve(result)
    }
    const receive = (chunk: Buffer): void => {
      for (const byte of chunk) {
        if (byte === ENTER || byte === LINE_FEED) return done(Buffer.from(typed))
        if (byte === INTERRUPT || byte === END) return done(null)
        if (byte === BACKSPACE) removeLastCharacter(typed)
        else if (typed.length < STDIN_BYTES_MAX) typed.push(byte)
      }
      chunk.fill(0)
    }
    stdin.on('data', receive)
    stdin.resume()
  })
}

/** Of UTF-8: continuation bytes go with their first. */
function removeLastCharacter(bytes: number[]): void {
  let byte = bytes.pop()
  while (byte !== undefined && (byte & 0xc0) === 0x80) byte = bytes.pop()
}
