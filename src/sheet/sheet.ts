// Recovery sheets as files: a page that is printed, or a picture of one.

import { PdfCanvas } from './pdf.ts'
import { PngCanvas } from './png.ts'
import type { Paper } from './sheet-canvas.ts'
import { type SheetFacts, sheetContent } from './sheet-content.ts'
import { drawSheet } from './sheet-layout.ts'

export type { Paper } from './sheet-canvas.ts'
export type { SheetFacts } from './sheet-content.ts'

/** The caller wipes it. */
export function sheetAsPdf(facts: SheetFacts, paper: Paper): Buffer {
  const canvas = new PdfCanvas(paper)
  const content = sheetContent(facts)
  drawSheet(canvas, content)
  return canvas.finish(content.title)
}

/** The caller wipes it. */
export function sheetAsPng(facts: SheetFacts, paper: Paper): Buffer {
  const canvas = new PngCanvas(paper)
  drawSheet(canvas, sheetContent(facts))
  return canvas.finish()
}
