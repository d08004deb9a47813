// Looking for one string in another in time linear in both, whatever they are: what strangers send is looked through.

/** Shorter ones cost so little in the worst case that the engine's own search is good enough. */
const SHORT = 24

/** The first position at or after `from`; -1 if there is none. */
export function findText(text: string, key: string, from = 0): number {
  if (key.length <= SHORT) return text.indexOf(key, from)
  return knuthMorrisPratt(text, key, from)
}

/** For each prefix of the key, how long its longest proper prefix is that ends it, too. */
function borders(key: string): Uint32Array {
  const table = new Uint32Array(key.length)
  let length = 0
  for (let at = 1; at < key.length; at++) {
    while (length > 0 && key.charCodeAt(at) !== key.charCodeAt(length)) length = table[length - 1] as number
    if (key.charCodeAt(at) === key.charCodeAt(length)) length++
    table[at] = length
  }
  return table
}

function knuthMorrisPratt(text: string, key: string, from: number): number {
  const table = borders(key)
  let matched = 0
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    while (matched > 0 && key.charCodeAt(matched) !== code) matched = table[matched - 1] as number
    if (key.charCodeAt(matched) === code) matched++
    if (matched === key.length) return at - matched + 1
  }
  return -1
}
