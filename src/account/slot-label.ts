// What an owner calls a key slot: a short text in one line.

const LABEL_BYTES_MAX = 200

export function isSlotLabel(label: string): boolean {
  const isText = label.trim() === label && label !== '' && label.isWellFormed() && !/\p{Cc}/u.test(label)
  return isText && Buffer.byteLength(label) <= LABEL_BYTES_MAX
}
