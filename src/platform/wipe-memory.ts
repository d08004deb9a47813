// Overwriting what is no longer in use of this process's memory. Buffers that held mail or a password are wiped where they were used; what
// cannot be reached from there is strings, copies that TLS made, and the stack. Four means together leave nothing of them:
//
// - V8 fills what it frees with zeros (--clear-free-memory), at the collection that `wipeMemory` asks for (--expose-gc);
// - the C library fills what is freed (GLIBC_TUNABLES=glibc.malloc.perturb), which covers TLS and everything else that is native;
// - the unused part of the stack is overwritten here.
//
// The supervisor starts the processes that see mail in this way; without it (another C library) `wipeMemory` does what it can.

declare const gc: ((options?: { readonly type: 'major' }) => void) | undefined

const FRAMES = 4_000

/** Takes some 10 ms: to be called when nobody is served. */
export function wipeMemory(): void {
  if (typeof gc === 'function') {
    // Objects with finalizers go at the first, what they held at the second.
    gc()
    gc()
  }
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
