// Long work in steps: a generator that yields wherever the work may be left for a while. The same code then runs at once where nobody else waits,
// and in slices of time where a process has others to serve (`TimeSlice`, and `Slices` of `#account/turns.ts`).

export type Steps<T> = Generator<void, T, void>

/** All of it, now. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}
