// What a sheet is drawn on, whatever file it becomes. Measures are in points (1/72 inch), from the top left corner; text stands on its baseline.

export type Face = 'regular' | 'bold' | 'code'

export interface SheetCanvas {
  readonly width: number
  readonly height: number
  /** In points, of one line. */
  widthOf(text: string, face: Face, size: number): number
  text(x: number, y: number, text: string, face: Face, size: number): void
  /** Filled, in black. */
  rectangle(x: number, y: number, width: number, height: number): void
}

export type Paper = 'a4' | 'letter'

export const PAPERS: Readonly<Record<Paper, { readonly width: number; readonly height: number }>> = {
  a4: { width: 595, height: 842 },
  letter: { width: 612, height: 792 },
}

/** Fonts of files that anybody can open have Latin letters alone: what they do not have is written by its number, so that nothing is lost. */
export function writable(text: string, has: (codePoint: number) => boolean): string {
  return Array.from(text, (character) => {
    const codePoint = character.codePointAt(0) as number
    return has(codePoint) ? character : `\\u{${codePoint.toString(16)}}`
  }).join('')
}
