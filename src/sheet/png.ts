// A picture in black and white, as a PNG (ISO/IEC 15948, W3C Portable Network Graphics) of one bit for each pixel.

import { crc32, deflateSync } from 'node:zlib'
import { GLYPH_ADVANCE, GLYPH_HEIGHT, GLYPH_WIDTH, glyphRows, hasGlyph } from './pixel-font.ts'
import { type Face, PAPERS, type Paper, type SheetCanvas, writable } from './sheet-canvas.ts'

const PIXELS_PER_POINT = 3
const PIXELS_PER_METRE = Math.round((72 * PIXELS_PER_POINT) / 0.0254)
/** Of a letter's seven pixels, so that its height is about that of a capital letter of the size. */
const HEIGHT_OF_CAPITAL = 0.7

export class PngCanvas implements SheetCanvas {
  readonly width: number
  readonly height: number
  readonly #rowBytes: number
  readonly #columns: number
  readonly #rows: number
  /** Each row after a byte of 0, its filter. A bit of 1 is white. */
  readonly #pixels: Buffer

  constructor(paper: Paper) {
    ;({ width: this.width, height: this.height } = PAPERS[paper])
    this.#columns = this.width * PIXELS_PER_POINT
    this.#rows = this.height * PIXELS_PER_POINT
    this.#rowBytes = 1 + Math.ceil(this.#columns / 8)
    this.#pixels = Buffer.alloc(this.#rowBytes * this.#rows, 0xff)
    for (let row = 0; row < this.#rows; row++) this.#pixels[row * this.#rowBytes] = 0
  }

  widthOf(text: string, _face: Face, size: number): number {
    return (writable(text, hasGlyph).length * GLYPH_ADVANCE * scaleOf(size)) / PIXELS_PER_POINT
  }

  text(x: number, y: number, text: string, face: Face, size: number): void {
    const scale = scaleOf(size)
    let left = Math.round(x * PIXELS_PER_POINT)
    const top = Math.round(y * PIXELS_PER_POINT) - GLYPH_HEIGHT * scale
    for (const character of writable(text, hasGlyph)) {
      this.#glyph(left, top, character, scale, face === 'regular' ? 0 : Math.ceil(scale / 3))
      left += GLYPH_ADVANCE * scale
    }
  }

  rectangle(x: number, y: number, width: number, height: number): void {
    const [left, top] = [Math.round(x * PIXELS_PER_POINT), Math.round(y * PIXELS_PER_POINT)]
    const right = Math.max(left + 1, Math.round((x + width) * PIXELS_PER_POINT))
    const bottom = Math.max(top + 1, Math.round((y + height) * PIXELS_PER_POINT))
    this.#fill(left, top, right, bottom)
  }

  /** The whole file. The caller wipes it; the picture here is wiped. */
  finish(): Buffer {
    const header = Buffer.alloc(13)
    header.writeUInt32BE(this.#columns, 0)
    header.writeUInt32BE(this.#rows, 4)
    // One bit, greyscale, deflate, the one filter method, not interlaced.
    header[8] = 1
    const density = Buffer.alloc(9)
    density.writeUInt32BE(PIXELS_PER_METRE, 0)
    density.writeUInt32BE(PIXELS_PER_METRE, 4)
    density[8] = 1
    const data = deflateSync(this.#pixels, { level: 9 })
    this.#pixels.fill(0)
    const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
    const chunks = [chunk('IHDR', header), chunk('pHYs', density), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]
    data.fill(0)
    return Buffer.concat([signature, ...chunks])
  }

  /** `weight`: pixels that each of its own is wider. */
  #glyph(left: number, top: number, character: string, scale: number, weight: number): void {
    glyphRows(character)?.forEach((bits, row) => {
      for (let column = 0; column < GLYPH_WIDTH; column++) {
        if (((bits >> (GLYPH_WIDTH - 1 - column)) & 1) === 0) continue
        const [x, y] = [left + column * scale, top + row * scale]
        this.#fill(x, y, x + scale + weight, y + scale)
      }
    })
  }

  #fill(left: number, top: number, right: number, bottom: number): void {
    for (let y = Math.max(0, top); y < Math.min(this.#rows, bottom); y++) {
      for (let x = Math.max(0, left); x < Math.min(this.#columns, right); x++) {
        const at = y * this.#rowBytes + 1 + (x >> 3)
        this.#pixels[at] = (this.#pixels[at] as number) & ~(0x80 >> (x & 7))
      }
    }
  }
}

function scaleOf(size: number): number {
  return Math.max(2, Math.round((size * HEIGHT_OF_CAPITAL * PIXELS_PER_POINT) / GLYPH_HEIGHT))
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length, 0)
  check.writeUInt32BE(crc32(body), 0)
  return Buffer.concat([length, body, check])
}
