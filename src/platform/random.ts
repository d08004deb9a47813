// Randomness that decides nothing secret and nothing durable: jitter, sampling. Keys and nonces come from `crypto/`.

/** From 0 up to, not including, 1. */
export function jitter(): number {
  return Math.random()
}
