// What is printed in place of the page: shown on the page as well, and once more beside it for the printer, where nothing around it can cut it off.

import type { ReactNode } from 'react'
import { createPortal } from 'react-dom'

export function Printed({ children }: { readonly children: ReactNode }) {
  return (
    <>
      <div className="preview">{children}</div>
      {createPortal(
        <div className="print-only" aria-hidden="true">
          {children}
        </div>,
        document.body,
      )}
    </>
  )
}
