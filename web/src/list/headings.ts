// Where the rows and date headings of a long list stand, in pixels. All rows are alike high, and so are headings: a position is a
// multiplication, whatever the length.

export interface Heading {
  /** The row before which it stands. */
  readonly row: number
  readonly label: string
}

export interface Layout {
  readonly rowHeight: number
  readonly headingHeight: number
  readonly headings: readonly Heading[]
  readonly rows: number
}

/** How many headings stand before the row, its own included. */
function headingsUpTo(headings: readonly Heading[], row: number): number {
  let low = 0
  let high = headings.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((headings[middle] as Heading).row <= row) low = middle + 1
    else high = middle
  }
  return low
}

export function rowTop({ rowHeight, headingHeight, headings }: Layout, row: number): number {
  return row * rowHeight + headingsUpTo(headings, row) * headingHeight
}

export function headingTop(layout: Layout, heading: Heading): number {
  return rowTop(layout, heading.row) - layout.headingHeight
}

export function totalHeight({ rowHeight, headingHeight, headings, rows }: Layout): number {
  return rows * rowHeight + headings.length * headingHeight
}

/** The row at a height; the last one for what is beyond. */
export function rowAt(layout: Layout, top: number): number {
  let low = 0
  let high = layout.rows
  while (low < high) {
    const middle = (low + high) >> 1
    if (rowTop(layout, middle) + layout.rowHeight <= top) low = middle + 1
    else high = middle
  }
  return Math.min(low, Math.max(0, layout.rows - 1))
}

/** The heading under which the row stands. */
export function headingOf({ headings }: Layout, row: number): Heading | undefined {
  return headings[headingsUpTo(headings, row) - 1]
}
