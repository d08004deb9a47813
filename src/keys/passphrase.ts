// A passphrase that people can read out, type and remember: syllables of a consonant and a vowel, six bits each.

import { randomBytes } from '#crypto/random.ts'

const CONSONANTS = 'bdfghjklmnprstvz'
const VOWELS = 'aiou'
const GROUPS = 6
const SYLLABLES_PER_GROUP = 2

/** 72 random bits, like `bido-safu-…`. */
export function generatePassphrase(): string {
  const bytes = randomBytes(GROUPS * SYLLABLES_PER_GROUP)
  const syllables = Array.from(bytes, (byte) => (CONSONANTS[byte & 15] as string) + (VOWELS[(byte >> 4) & 3] as string))
  bytes.fill(0)
  const groups = Array.from({ length: GROUPS }, (_, at) =>
    syllables.slice(at * 2, at * 2 + SYLLABLES_PER_GROUP).join(''),
  )
  return groups.join('-')
}
