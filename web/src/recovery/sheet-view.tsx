// The recovery sheet: what `mailkeep account sheet` prints, as a page.

import { sheetContent } from '#sheet/sheet-content.ts'
import { Paper, PaperCode } from './paper.tsx'

export interface SheetViewProps {
  readonly address: string
  readonly code: string
  readonly identity: 'hybrid' | 'x25519'
  /** It was shown for the first time, and cannot be shown again. */
  readonly isNew: boolean
  readonly onClose: () => void
}

export function SheetView({ address, code, identity, isNew, onClose }: SheetViewProps) {
  const content = sheetContent({ address, server: location.hostname, code, made: Date.now(), identity })
  const groups = code.split('-')
  return (
    <Paper
      label="Recovery sheet"
      heading={isNew ? 'Your new recovery code' : 'Your recovery sheet'}
      words={
        isNew
          ? 'It is shown this once; the old one opens nothing any more. Print it or write it down before you go on.'
          : 'Print it now: it is gone when you leave this page.'
      }
      done="I have it on paper"
      onClose={onClose}
    >
      <article className="sheet">
        <h3 className="sheet-title">{content.title}</h3>
        <p className="sheet-address">{content.address}</p>
        <p>
          {content.facts.map(([name, value]) => (
            <span key={name} className="sheet-fact">
              {name}: {value}
            </span>
          ))}
        </p>
        <p>{content.purpose}</p>
        <PaperCode text={code} label="QR code of the recovery code">
          <div>
            <p className="sheet-strong">Recovery code</p>
            <p className="code-text">
              <span className="code-line">{groups.slice(0, 4).join('-')}-</span>
              <span className="code-line">{groups.slice(4).join('-')}</span>
            </p>
            <p>{content.reading}</p>
          </div>
        </PaperCode>
        {content.steps.map(({ title, text, command, after }) => (
          <div key={title} className="sheet-step">
            <p className="sheet-strong">{title}</p>
            <p>{text}</p>
            {command !== null && <p className="sheet-command">{command}</p>}
            {after !== null && <p>{after}</p>}
          </div>
        ))}
      </article>
    </Paper>
  )
}
