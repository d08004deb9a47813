// What is shown to be put on paper: as it will be printed, and gone when it is closed.

import type { ReactNode } from 'react'
import { Printed } from './printed.tsx'
import { QrPicture } from './qr-picture.tsx'

export interface PaperProps {
  /** For whoever cannot see it. */
  readonly label: string
  readonly heading: string
  readonly words: string
  /** What closes it. */
  readonly done: string
  readonly onClose: () => void
  /** Pages. */
  readonly children: ReactNode
}

export function Paper({ label, heading, words, done, onClose, children }: PaperProps) {
  return (
    <section aria-label={label}>
      <h2>{heading}</h2>
      <p className="settings-words">{words}</p>
      <Printed>{children}</Printed>
      <div className="recovery-actions">
        <button type="button" className="button button-primary" onClick={() => print()}>
          Print
        </button>
        <button type="button" className="button" onClick={onClose}>
          {done}
        </button>
      </div>
    </section>
  )
}

/** A secret as it is typed, and as it is read by a camera. */
export function PaperCode({
  text,
  label,
  children,
}: {
  readonly text: string
  readonly label: string
  readonly children: ReactNode
}) {
  return (
    <div className="sheet-code">
      {children}
      <QrPicture text={text} label={label} />
    </div>
  )
}
