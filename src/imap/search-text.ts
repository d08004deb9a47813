// SEARCH keys that look for text (RFC 9051 §6.4.4): a substring without regard to case, in decoded text.

import { SEARCH_BATCH, type TextQuery, searchTexts } from './search-port.ts'
import type { SearchLeaf } from './search-node.ts'

export function textLeaf(query: TextQuery): SearchLeaf {
  return {
    kind: 'leaf',
    cost: 2,
    async test(rows, within) {
      const mask = new Uint8Array(within.length)
      const candidates: number[] = []
      for (let row = 0; row < within.length; row++) if (within[row] === 1) candidates.push(row)
      for (let from = 0; from < candidates.length; from += SEARCH_BATCH) {
        const batch = candidates.slice(from, from + SEARCH_BATCH)
        const emails = Uint32Array.from(batch, (row) => rows.emails[row] as number)
        const found = await searchTexts(rows.session.account, query, emails, () => rows.pause())
        for (const [index, row] of batch.entries()) if (found[index] === 1) mask[row] = 1
        await rows.pause()
      }
      return mask
    },
  }
}
