// Shares that were just made, each on a page of its own, for whoever is to keep it.

import { shareLetter } from '#sheet/share-letter.ts'
import { Paper, PaperCode } from './paper.tsx'
import type { Share } from './recovery-client.ts'

export interface LettersViewProps {
  readonly address: string
  readonly threshold: number
  readonly shares: readonly Share[]
  readonly onClose: () => void
}

export function LettersView({ address, threshold, shares, onClose }: LettersViewProps) {
  const common = { of: shares.length, threshold, address, server: location.hostname }
  return (
    <Paper
      label="New shares"
      heading="Your new shares"
      words="They are shown this once; those that were made before open nothing any more. Print them, and give each to whom it is for."
      done="I have them on paper"
      onClose={onClose}
    >
      {shares.map(({ number, contact, text }) => (
        <article key={number} className="sheet letter">
          <h3 className="sheet-title">Mailkeep share</h3>
          {shareLetter({ ...common, number, contact }).map((sentence) => (
            <p key={sentence}>{sentence}</p>
          ))}
          <PaperCode text={text} label={`QR code of share ${number}`}>
            <p className="code-text">
              {text.split('-').map((group, at) => (
                <span key={at}>
                  {at > 0 && '-'}
                  {at > 0 && <wbr />}
                  {group}
                </span>
              ))}
            </p>
          </PaperCode>
        </article>
      ))}
    </Paper>
  )
}
