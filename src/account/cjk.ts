// Text of scripts that are written without spaces, for an index of words: each run of such characters becomes its pairs, each pair a word
// (`日本語` is `日本 本語`). A search does the same with what it looks for, so that it finds every run of two characters and more.

const RUN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー々〆]+/gu
const ANY = /[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc]|[\ud840-\ud8bf]/

export function pairCharacters(text: string): string {
  // Most text has none, which one pass over it tells.
  if (!ANY.test(text)) return text
  return text.replace(RUN, (run) => {
    const characters = Array.from(run)
    if (characters.length < 3) return ` ${run} `
    let pairs = ' '
    for (let index = 0; index + 1 < characters.length; index++) {
      pairs += `${characters[index]}${characters[index + 1]} `
    }
    return pairs
  })
}
