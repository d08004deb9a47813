// Something that is tried when a form is sent: it is under way, or it failed, which the form then says.

import { useState } from 'react'
import { reasonOf } from '#web/jmap/failure.ts'

export interface Attempt {
  readonly isBusy: boolean
  /** Why it failed, in words; null if it has not. */
  readonly problem: string | null
  /** Instead of trying. */
  readonly refuse: (problem: string) => void
  /** What is done when it has succeeded is a part of `work`. */
  readonly run: (work: () => Promise<void>) => void
}

export function useAttempt(): Attempt {
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const run = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true)
    setProblem(null)
    try {
      await work()
    } catch (error) {
      setProblem(reasonOf(error))
    }
    setBusy(false)
  }
  return { isBusy, problem, refuse: setProblem, run: (work) => void run(work) }
}
