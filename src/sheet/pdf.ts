// A PDF of one page (ISO 32000-1): text in the fonts that every reader has, and rectangles. Nothing is compressed, nothing is fetched, nothing runs, and
// the file says nothing of who made it.

import { type Face, PAPERS, type Paper, type SheetCanvas, writable } from './sheet-canvas.ts'

const FONTS: Readonly<Record<Face, { readonly name: string; readonly base: string }>> = {
  regular: { name: 'F1', base: 'Helvetica' },
  bold: { name: 'F2', base: 'Helvetica-Bold' },
  code: { name: 'F3', base: 'Courier-Bold' },
}

/** Advance widths of Helvetica in thousandths, from the space on: what Adobe's metrics of the standard fonts say. */
const HELVETICA = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
  556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
  722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
  556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
  260, 334, 584,
]
const WIDEST_LATIN = 1000
/** Bold is a little wider: so much that no line of it is longer than it was reckoned. */
const BOLD = 1.09
const COURIER = 600
/** Object numbers: catalog, pages, page and content come before. */
const FIRST_FONT = 5

export class PdfCanvas implements SheetCanvas {
  readonly width: number
  readonly height: number
  readonly #operators: string[] = []

  constructor(paper: Paper) {
    ;({ width: this.width, height: this.height } = PAPERS[paper])
  }

  widthOf(text: string, face: Face, size: number): number {
    let thousandths = 0
    for (const character of latin(text)) {
      thousandths += face === 'code' ? COURIER : (HELVETICA[character.charCodeAt(0) - 0x20] ?? WIDEST_LATIN)
    }
    return (thousandths * size * (face === 'bold' ? BOLD : 1)) / 1000
  }

  text(x: number, y: number, text: string, face: Face, size: number): void {
    const string = latin(text).replaceAll(/[\\()]/g, (character) => `\\${character}`)
    this.#operators.push(
      `BT /${FONTS[face].name} ${size} Tf ${place(x)} ${place(this.height - y)} Td (${string}) Tj ET`,
    )
  }

  rectangle(x: number, y: number, width: number, height: number): void {
    this.#operators.push(`${place(x)} ${place(this.height - y - height)} ${place(width)} ${place(height)} re f`)
  }

  /** The whole file. The caller wipes it. */
  finish(title: string): Buffer {
    const content = this.#operators.join('\n')
    const fonts = Object.values(FONTS)
    const resources = fonts.map(({ name }, at) => `/${name} ${FIRST_FONT + at} 0 R`).join(' ')
    const objects = [
      '<< /Type /Catalog /Pages 2 0 R /Lang (en) /ViewerPreferences << /DisplayDocTitle true >> >>',
      '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${this.width} ${this.height}] /Contents 4 0 R /Resources << /Font << ${resources} >> >> >>`,
      `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
      ...fonts.map(({ base }) => `<< /Type /Font /Subtype /Type1 /BaseFont /${base} /Encoding /WinAnsiEncoding >>`),
      `<< /Title (${title}) >>`,
    ]
    // A comment of four high bytes tells programs that it is not a text file (§7.5.2).
    let file = '%PDF-1.4\n%\xe2\xe3\xcf\xd3\n'
    const offsets = objects.map((object, at) => {
      const offset = file.length
      file += `${at + 1} 0 obj\n${object}\nendobj\n`
      return offset
    })
    const start = file.length
    const entries = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
    const size = objects.length + 1
    file += `xref\n0 ${size}\n0000000000 65535 f \n${entries}`
    file += `trailer\n<< /Size ${size} /Root 1 0 R /Info ${objects.length} 0 R >>\nstartxref\n${start}\n%%EOF\n`
    return Buffer.from(file, 'latin1')
  }
}

/** Printable ASCII, and what WinAnsiEncoding has in common with Latin-1. */
function latin(text: string): string {
  return writable(text, (code) => (code >= 0x20 && code < 0x7f) || (code >= 0xa0 && code <= 0xff && code !== 0xad))
}

function place(points: number): string {
  return String(Math.round(points * 1000) / 1000)
}
