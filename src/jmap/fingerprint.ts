// A short string that differs when a text does: for state strings and ids that only have to tell apart what this account has. Not for secrets.

/** 64 bits of FNV-1a, as 16 hexadecimal digits. */
export function fingerprint(text: string): string {
  let hash = 0xcbf29ce484222325n
  for (const byte of Buffer.from(text, 'utf8')) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  return hash.toString(16).padStart(16, '0')
}
