// The base subject of a message (RFC 5256 §2.1): what stays the same through replies and forwards. Linear in the length: every step moves the
// ends of the text inwards.

export interface BaseSubject {
  readonly base: string
  /** The subject had something of a reply or a forward (RFC 5256 §2.1, last paragraph). */
  readonly isReply: boolean
}

const TRAILER = '(fwd)'
const FORWARD_HEAD = '[fwd:'

/** `subject` is decoded; white space is collapsed here (step 1). */
export function baseSubject(subject: string): BaseSubject {
  const text = subject.replace(/\s+/g, ' ')
  const lower = text.toLowerCase()
  // A few characters change their length in lower case; then positions in the one are none in the other.
  const compared = lower.length === text.length ? lower : text
  let start = 0
  let end = text.length
  let isReply = false
  for (;;) {
    // Step 2: subj-trailer.
    for (;;) {
      if (end > start && text[end - 1] === ' ') end--
      else if (end - start >= TRAILER.length && compared.endsWith(TRAILER, end)) {
        end -= TRAILER.length
        isReply = true
      } else break
    }
    // Steps 3 to 5: subj-leader, and subj-blob if something is left after it.
    for (;;) {
      if (start < end && text[start] === ' ') {
        start++
        continue
      }
      const blobs = afterBlobs(compared, start, end)
      const leader = afterReplyWord(compared, blobs.end, end)
      if (leader >= 0) {
        start = leader
        isReply = true
        continue
      }
      start = blobs.end < end ? blobs.end : blobs.last
      break
    }
    // Step 6: subj-fwd-hdr and subj-fwd-trl.
    if (end - start <= FORWARD_HEAD.length || text[end - 1] !== ']' || !compared.startsWith(FORWARD_HEAD, start)) break
    start += FORWARD_HEAD.length
    end--
    isReply = true
  }
  return { base: text.slice(start, end), isReply }
}

/** After `[…]` and blanks; `at` itself if there is no blob. */
function afterBlob(text: string, at: number, end: number): number {
  if (text[at] !== '[') return at
  let next = at + 1
  while (next < end && text[next] !== '[' && text[next] !== ']') next++
  if (next >= end || text[next] !== ']') return at
  next++
  while (next < end && text[next] === ' ') next++
  return next
}

/** Where a run of blobs ends, and where its last one begins: all of them are looked at once, however many there are. */
function afterBlobs(text: string, start: number, end: number): { readonly last: number; readonly end: number } {
  let last = start
  let at = start
  for (;;) {
    const next = afterBlob(text, at, end)
    if (next === at) return { last, end: at }
    last = at
    at = next
  }
}

/** After `re`, `fw` or `fwd`, perhaps a blob, and a colon; -1 if that is not there. */
function afterReplyWord(text: string, start: number, end: number): number {
  const word = ['re', 'fwd', 'fw'].find((candidate) => text.startsWith(candidate, start))
  if (word === undefined) return -1
  let at = start + word.length
  while (at < end && text[at] === ' ') at++
  at = afterBlob(text, at, end)
  return at < end && text[at] === ':' ? at + 1 : -1
}
