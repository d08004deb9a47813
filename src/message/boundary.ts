// Boundary delimiters of nested multiparts (RFC 2046 §5.1).
//
// A delimiter is a line that begins with `--` and a boundary; the rest of the line is not compared (§5.1.2: it is enough that the
// boundary appears in its entirety at the line's start). Where several open multiparts match, one whose delimiter or close delimiter
// the line is exactly is meant, else the one with the longest boundary, and of equals the innermost. An outer delimiter ends
// every multipart within it that was never closed.
//
// All open boundaries are matched at once by a trie, so that a line costs no more than its own length however many are open.

import type { Steps } from '#base/steps.ts'

interface Node {
  /** The only child, by its byte; most nodes have one. */
  byte: number
  child: Node | null
  /** All children, once there are two. */
  children: Map<number, Node> | null
  /** Levels of the open multiparts whose boundary ends here, innermost last. */
  levels: number[] | null
}

export interface Delimiter {
  /** The level whose boundary it is; -1 if there is none up to the end of the message. */
  level: number
  /** Where its two dashes are. */
  lineStart: number
  /** Before the line break that precedes it: where the content before it ends. */
  contentEnd: number
  /** After its line break, or the end of the message. */
  next: number
  /** Whether its line ends in a line break. */
  terminated: boolean
  /** `--boundary--`: the multipart ends. */
  closing: boolean
}

const LF = 0x0a
const CR = 0x0d
const DASH = 0x2d
const SPACE = 0x20
const TAB = 0x09
const LINE_OF_DASHES = Buffer.from('\n--')
const LF_DASH_DASH = 0x0a2d2d

/** Bytes that are looked at one by one before a search by the runtime, whose call costs about as much, is started. */
const NEAR_LINE_BYTES = 128
const NEAR_CANDIDATE_BYTES = 512

/** After the next LF at or after `at`, or the end. */
export function nextLine(bytes: Buffer, at: number): number {
  const near = Math.min(bytes.length, at + NEAR_LINE_BYTES)
  let i = at
  for (; i < near; i++) if (bytes[i] === LF) return i + 1
  if (i >= bytes.length) return bytes.length
  const feed = bytes.indexOf(LF, i)
  return feed < 0 ? bytes.length : feed + 1
}

/** The next LF, at or after `at`, that two dashes and the first byte of some boundary follow, or -1. */
function nextCandidate(bytes: Buffer, boundaries: OpenBoundaries, at: number): number {
  const { firstBytes } = boundaries
  let found = at
  while (found >= 0) {
    const near = Math.min(bytes.length, found + NEAR_CANDIDATE_BYTES)
    // The last four bytes: one load for each is much faster than looking ahead.
    let seen = 0
    for (let i = found; i < near; i++) {
      const byte = bytes[i] as number
      seen = (seen << 8) | byte
      if (seen >>> 8 === LF_DASH_DASH && firstBytes[byte] === 1) return i - 3
    }
    if (near === bytes.length) return -1
    // Three bytes again, which a candidate may have begun with.
    found = bytes.indexOf(LINE_OF_DASHES, near - 3)
  }
  return -1
}

function newNode(): Node {
  return { byte: -1, child: null, children: null, levels: null }
}

function childOf(node: Node, byte: number): Node | undefined {
  if (node.children !== null) return node.children.get(byte)
  return node.byte === byte && node.child !== null ? node.child : undefined
}

function addChild(node: Node, byte: number): Node {
  const child = newNode()
  if (node.child === null) {
    node.byte = byte
    node.child = child
  } else {
    node.children ??= new Map([[node.byte, node.child]])
    node.children.set(byte, child)
  }
  return child
}

/** The multiparts that are open at a position of one message. */
export interface OpenBoundaries {
  readonly root: Node
  /** For each level the node of its boundary. */
  readonly open: Node[]
  /** 1 for each byte with which some boundary has begun. */
  readonly firstBytes: Uint8Array
}

export function noBoundaries(): OpenBoundaries {
  return { root: newNode(), open: [], firstBytes: new Uint8Array(256) }
}

/** Opens a multipart within those that are open; its level. */
export function openBoundary(boundaries: OpenBoundaries, boundary: string): number {
  boundaries.firstBytes[boundary.charCodeAt(0)] = 1
  let node = boundaries.root
  for (let i = 0; i < boundary.length; i++) {
    const byte = boundary.charCodeAt(i)
    node = childOf(node, byte) ?? addChild(node, byte)
  }
  const level = boundaries.open.push(node) - 1
  node.levels ??= []
  node.levels.push(level)
  return level
}

/** Closes the innermost multipart. */
export function closeBoundary(boundaries: OpenBoundaries): void {
  boundaries.open.pop()?.levels?.pop()
}

/** Whether a line has nothing but white space from `at` on. */
function isLineEnd(bytes: Buffer, at: number): boolean {
  let i = at
  while (bytes[i] === SPACE || bytes[i] === TAB) i++
  return i >= bytes.length || bytes[i] === LF || (bytes[i] === CR && bytes[i + 1] === LF)
}

function isClosing(bytes: Buffer, at: number): boolean {
  return bytes[at] === DASH && bytes[at + 1] === DASH
}

/** Whether the line at `lineStart`, which begins with two dashes, is a delimiter; if so, fills `found`. */
export function matchDelimiter(
  bytes: Buffer,
  boundaries: OpenBoundaries,
  lineStart: number,
  found: Delimiter,
): boolean {
  let node: Node | undefined = boundaries.root
  let level = -1
  let after = 0
  let exact = false
  for (let i = lineStart + 2; node !== undefined && i <= bytes.length; i++) {
    const innermost = node.levels?.at(-1)
    if (innermost !== undefined) {
      const isExact = isLineEnd(bytes, i) || (isClosing(bytes, i) && isLineEnd(bytes, i + 2))
      if (isExact ? !exact || innermost > level : !exact) {
        level = innermost
        after = i
        exact = isExact
      }
    }
    node = childOf(node, bytes[i] ?? -1)
  }
  if (level < 0) return false
  const next = nextLine(bytes, after)
  found.level = level
  found.lineStart = lineStart
  found.contentEnd = lineStart > 1 && bytes[lineStart - 2] === CR ? lineStart - 2 : Math.max(lineStart - 1, 0)
  found.next = next
  found.terminated = next > after && bytes[next - 1] === LF
  found.closing = isClosing(bytes, after)
  return true
}

/** Lines that are compared with the boundaries in one step. */
const LINES_PER_STEP = 4096

/** Fills `found` with the first delimiter on a line that begins at `lineStart` or later. A line begins at `lineStart`. */
export function* findDelimiter(
  bytes: Buffer,
  boundaries: OpenBoundaries,
  lineStart: number,
  found: Delimiter,
): Steps<void> {
  if (boundaries.open.length > 0) {
    let feed = nextCandidate(bytes, boundaries, Math.max(lineStart - 1, 0))
    for (let lines = 1; feed >= 0; lines++) {
      if (matchDelimiter(bytes, boundaries, feed + 1, found)) return
      if (lines % LINES_PER_STEP === 0) yield
      feed = nextCandidate(bytes, boundaries, feed + 1)
    }
  }
  endOfMessage(bytes, found)
}

export function endOfMessage(bytes: Buffer, found: Delimiter): void {
  found.level = -1
  found.lineStart = found.contentEnd = found.next = bytes.length
  found.terminated = found.closing = false
}
