// SEARCH keys that look for text (RFC 9051 §6.4.4): a substring without regard to case, in decoded text. The account's index finds it.

import type { TextCriterion } from '#account/account.ts'
import type { SearchLeaf } from './search-node.ts'

export function textLeaf(criterion: TextCriterion): SearchLeaf {
  return {
    kind: 'leaf',
    cost: 2,
    async test(rows, within) {
      const candidates = rows.emails.subarray(0, rows.count).filter((_, row) => within[row] === 1)
      const { account, progress } = rows.session
      const tell = (done: number): void => progress.tell(done, candidates.length)
      const found = new Set<number>(await account.searchText(criterion, candidates, tell))
      rows.session.checkConnected()
      return within.map((value, row) => (found.has(rows.emails[row] as number) ? value : 0))
    },
  }
}
