// Style sheets of mail, reduced to what cannot reach outside: the browser's own parser reads them, so that escapes and comments hide nothing, and
// what it understood is written out again without anything that fetches, covers the page or measures it.

/** Whatever takes an address, in a value as the browser writes it. */
const FETCHES =
  /(?:url|src|image|image-set|-webkit-image-set|cross-fade|-webkit-cross-fade|element|paint|attr|expression|env)\s*\(/i
const PROPERTIES_OUT = new Set([
  'behavior',
  '-moz-binding',
  'cursor',
  'src',
  'pointer-events',
  'view-transition-name',
  'anchor-name',
])
const RULES_MAX = 5000

function isHarmless(property: string, value: string): boolean {
  if (PROPERTIES_OUT.has(property) || FETCHES.test(value)) return false
  if (property === 'position') return !/fixed|sticky/i.test(value)
  return true
}

function filterDeclarations(style: CSSStyleDeclaration): string {
  const kept: string[] = []
  for (let at = 0; at < style.length; at++) {
    const property = style.item(at)
    const value = style.getPropertyValue(property)
    if (property === '' || value === '' || !isHarmless(property, value)) continue
    const priority = style.getPropertyPriority(property)
    kept.push(`${property}:${value}${priority === '' ? '' : ' !important'}`)
  }
  return kept.join(';')
}

/** Of a style attribute. The document is one that is never shown. */
export function filterStyleAttribute(inert: Document, text: string): string {
  const element = inert.createElement('p')
  element.style.cssText = text
  return filterDeclarations(element.style)
}

/** Of a style element. */
export function filterStyleSheet(text: string): string {
  const sheet = new CSSStyleSheet()
  try {
    sheet.replaceSync(text)
  } catch {
    return ''
  }
  return filterRules(sheet.cssRules, { left: RULES_MAX })
}

function filterRules(rules: CSSRuleList, count: { left: number }): string {
  let text = ''
  for (const rule of rules) {
    if (count.left-- <= 0) break
    if (rule instanceof CSSStyleRule) {
      // A selector in which an end of the element hides would be no selector to the parser; it is left out all the same.
      if (/[<{}]/.test(rule.selectorText)) continue
      text += `${rule.selectorText}{${filterDeclarations(rule.style)}}\n`
    } else if (rule instanceof CSSMediaRule && !/[<{}]/.test(rule.conditionText)) {
      text += `@media ${rule.conditionText}{${filterRules(rule.cssRules, count)}}\n`
    }
    // @import, @font-face, @keyframes, @namespace and all others go.
  }
  return text
}
