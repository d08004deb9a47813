// What the server says of reading its disk again, in sentences for the owner: nothing that is not so.

import type { ServerScrub } from './check.ts'
import { formatMoment } from './moment.ts'

const DAY_MS = 86_400_000

export function scrubSentences(scrub: ServerScrub, now: number): string[] {
  return [readSentence(scrub, now), promiseSentence(scrub, now), damageSentence(scrub)].filter((text) => text !== null)
}

function readSentence({ since, isRead, isDirect }: ServerScrub, now: number): string {
  if (!isRead) return 'Not every byte of your mail has been read again since it was stored.'
  if (since === null) return 'The server does not know when the oldest byte of your mail was read.'
  const days = Math.max(1, Math.ceil((now - Date.parse(since)) / DAY_MS))
  const from = isDirect ? 'from the disk' : 'through the memory of the machine, which may say nothing about its disk'
  return `Every byte of your mail was read ${from}, or came, within the last ${inDays(days)}; the oldest ${formatMoment(since)}.`
}

function promiseSentence({ every, since }: ServerScrub, now: number): string {
  if (every === null)
    return 'The server does not read your mail again by itself: damage to what you do not open is not noticed.'
  const promised = `The server promises to read every byte again within ${inDays(Math.round((every * 1000) / DAY_MS))}`
  if (since === null || now - Date.parse(since) <= every * 1000) return `${promised}.`
  return `${promised}, and has not kept that.`
}

function damageSentence({ repaired, unrepairable }: ServerScrub): string | null {
  if (repaired + unrepairable === 0) return 'No damage was found.'
  const mended = `Damage was found and repaired ${repaired === 1 ? 'once' : `${repaired} times`}.`
  if (unrepairable === 0) return mended
  return `${repaired === 0 ? '' : `${mended} `}Something cannot be repaired: whoever runs the server knows which messages.`
}

function inDays(days: number): string {
  return days === 1 ? '1 day' : `${days} days`
}
