// Where everything stands on a recovery sheet. It fits both A4 and Letter, with margins that every printer has.

import { QUIET_MODULES, qrModules } from './qr.ts'
import type { Face, SheetCanvas } from './sheet-canvas.ts'
import type { SheetContent, SheetStep } from './sheet-content.ts'

const MARGIN = 54
const BODY = 10.5
const LEADING = 1.4
const QR_WIDTH = 132
const RULE = 0.8

export function drawSheet(canvas: SheetCanvas, content: SheetContent): void {
  const right = canvas.width - MARGIN
  const width = right - MARGIN
  let y = MARGIN + 22
  canvas.text(MARGIN, y, content.title, 'bold', 20)
  y += 24
  for (const line of wrapped(canvas, content.address, 'bold', 13, width)) {
    canvas.text(MARGIN, y, line, 'bold', 13)
    y += 17
  }
  const facts = content.facts.map(([name, value]) => `${name}: ${value}`).join('     ')
  y = paragraph(canvas, y + 2, facts, MARGIN, width)
  y = paragraph(canvas, y + 8, content.purpose, MARGIN, width) + 10
  y = drawCode(canvas, y, content, right)
  for (const step of content.steps) y = drawStep(canvas, y + 12, step, width)
}

/** The code on the left, the picture of it on the right, in one frame. */
function drawCode(canvas: SheetCanvas, top: number, { code, reading }: SheetContent, right: number): number {
  const height = QR_WIDTH + 20
  const qrLeft = right - QR_WIDTH - 10
  frame(canvas, MARGIN, top, right - MARGIN, height)
  let y = top + 24
  canvas.text(MARGIN + 14, y, 'Recovery code', 'bold', BODY)
  y += 28
  for (const line of codeLines(code)) {
    canvas.text(MARGIN + 14, y, line, 'code', 17)
    y += 24
  }
  paragraph(canvas, y, reading, MARGIN + 14, qrLeft - MARGIN - 28)
  drawQr(canvas, qrLeft, top + 10, QR_WIDTH, code)
  return top + height + 8
}

/** Four groups and three. */
function codeLines(code: string): string[] {
  const groups = code.split('-')
  return [`${groups.slice(0, 4).join('-')}-`, groups.slice(4).join('-')]
}

function drawQr(canvas: SheetCanvas, left: number, top: number, width: number, text: string): void {
  const rows = qrModules(text)
  const module = width / (rows.length + 2 * QUIET_MODULES)
  const inset = QUIET_MODULES * module
  rows.forEach((row, at) => {
    for (let start = 0; start < row.length; start++) {
      if (row[start] !== true) continue
      let end = start
      while (row[end] === true) end++
      canvas.rectangle(left + inset + start * module, top + inset + at * module, (end - start) * module, module)
      start = end
    }
  })
}

function frame(canvas: SheetCanvas, x: number, y: number, width: number, height: number): void {
  canvas.rectangle(x, y, width, RULE)
  canvas.rectangle(x, y + height - RULE, width, RULE)
  canvas.rectangle(x, y, RULE, height)
  canvas.rectangle(x + width - RULE, y, RULE, height)
}

function drawStep(canvas: SheetCanvas, top: number, { title, text, command, after }: SheetStep, width: number): number {
  canvas.text(MARGIN, top + BODY, title, 'bold', 11.5)
  let y = paragraph(canvas, top + BODY * LEADING + 2, text, MARGIN, width)
  if (command !== null) {
    for (const line of wrapped(canvas, command, 'code', 10, width - 18)) {
      canvas.text(MARGIN + 18, y + BODY + 1, line, 'code', 10)
      y += BODY * LEADING + 1
    }
  }
  return after === null ? y : paragraph(canvas, y, after, MARGIN, width)
}

/** From `top` on; returns where what follows begins. */
function paragraph(canvas: SheetCanvas, top: number, text: string, x: number, width: number): number {
  let y = top
  for (const line of wrapped(canvas, text, 'regular', BODY, width)) {
    canvas.text(x, y + BODY, line, 'regular', BODY)
    y += BODY * LEADING
  }
  return y
}

/** Lines that are no wider, broken at spaces, and within a word where there is none. */
function wrapped(canvas: SheetCanvas, text: string, face: Face, size: number, width: number): string[] {
  const lines: string[] = []
  let line = ''
  const fits = (candidate: string): boolean => canvas.widthOf(candidate, face, size) <= width
  for (const word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`
    if (fits(joined)) {
      line = joined
      continue
    }
    if (line !== '') lines.push(line)
    line = ''
    for (const character of word) {
      if (line !== '' && !fits(line + character)) {
        lines.push(line)
        line = ''
      }
      line += character
    }
  }
  return [...lines, line]
}
