// Overwriting what is no longer in use of this process's memory. Buffers that held mail or a password are wiped where they were used; what
// cannot be reached from there is strings, copies that Node and TLS made, and the stack. Together these leave nothing of them:
//
// - V8 fills what it frees with zeros (--clear-free-memory), at the collection that `wipeMemory` asks for (--expose-gc), and gives pages back
//   to the system at once (--no-memory-pool);
// - the C library fills what is freed (GLIBC_TUNABLES=glibc.malloc.perturb), which covers TLS and everything else that is native; that needs
//   its cache for threads to be off (tcache_count), because what goes there and comes from there is left as it is;
// - small buffers do not share their memory (`separateBuffers`), so that it is freed when the buffer is, and not when the last of its
//   neighbours is;
// - the text that a regular expression was last tried on, which V8 keeps, is replaced by another;
// - the one buffer that Node keeps for reading from all sockets is filled with zeros, by reading them;
// - the unused part of the stack is overwritten.
//
// The supervisor starts the processes that see mail in this way; without it (another C library) `wipeMemory` does what it can.

import net from 'node:net'

declare const gc: ((options: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void) | undefined

const FRAMES = 4_000
/** What libuv reads at a time. */
const READ_BYTES = 65_536
const TRIES = 5

/** To be called before anything is received: from here on every buffer has memory of its own. */
export function separateBuffers(): void {
  Buffer.poolSize = 0
}

/** Takes some 20 ms: to be called when nobody waits for that. Resolves when it is done. */
export async function wipeMemory(): Promise<void> {
  wipeThread()
  for (let tries = 0; tries < TRIES; tries++) if (await overwriteReadBuffer()) return
}

/** What a thread has for itself: for one that reads from no socket, all of it. */
export function wipeThread(): void {
  ;/mailkeep/.exec('mailkeep')
  // This sort collects until nothing more is found, and gives back the pages from which it has moved what lives: others leave them as they were.
  if (typeof gc === 'function') gc({ type: 'major', flavor: 'last-resort' })
  overwriteStack(FRAMES, 1, 2, 3, 4, 5, 6)
}

/** A frame of this has over 100 bytes. */
function overwriteStack(depth: number, a: number, b: number, c: number, d: number, e: number, f: number): number {
  const g = a + 1
  const h = b + 2
  const i = c + 3
  const j = d + 4
  return depth > 0 ? overwriteStack(depth - 1, g, h, i, j, a, b) + g + h + i + j + e + f : 0
}

let wipes = 0

/** This process sends itself zeros, and reads all of them at once. False if they came in pieces, or not at all. */
function overwriteReadBuffer(): Promise<boolean> {
  // Linux has names for sockets that are no files.
  if (process.platform !== 'linux') return Promise.resolve(true)
  return new Promise((resolve) => {
    const path = `\0mailkeep-wipe-${process.pid}-${++wipes}`
    const receiver = net.createServer({ pauseOnConnect: true })
    const sender = new net.Socket()
    const end = (isDone: boolean): void => {
      sender.destroy()
      receiver.close()
      resolve(isDone)
    }
    sender.once('error', () => end(false))
    receiver.once('error', () => end(false))
    receiver.once('connection', (socket) => {
      socket.once('error', () => end(false))
      socket.once('data', (zeros) => {
        socket.destroy()
        end(zeros.length === READ_BYTES)
      })
      // Not before all of them are there.
      sender.write(Buffer.alloc(READ_BYTES), () => socket.resume())
    })
    receiver.listen(path, () => sender.connect(path))
  })
}
