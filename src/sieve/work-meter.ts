/** Counts what is compared, so that a run is bounded. */
export interface WorkMeter {
  /** Throws when there was too much. */
  work(octets: number): void
}
