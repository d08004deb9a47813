// What no RFC explains: the stress ends with it.

export class Violation extends Error {
  override name = 'Violation'
}

export function must(isSo: boolean, section: string, text: () => string): asserts isSo {
  if (!isSo) throw new Violation(`${section}: ${text()}`)
}
