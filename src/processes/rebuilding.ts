// What sessions and browsers are told while the index of an account is being made again: by the vault as numbers, by the gate in words.

import { fractionOf } from '#account/catch-up.ts'
import type { RebuildProgress } from '#unlock/index-work.ts'

export interface Rebuilding {
  readonly kind: 'rebuilding'
  readonly percent: number
  readonly secondsLeft: number | null
}

export function rebuilding(progress: RebuildProgress): Rebuilding {
  const { secondsLeft } = progress
  return {
    kind: 'rebuilding',
    // Not all of it, as long as it is not.
    percent: Math.min(99, Math.floor(100 * fractionOf(progress))),
    secondsLeft: secondsLeft === null ? null : Math.ceil(secondsLeft),
  }
}

/** In ASCII, for a reply of a mail protocol. */
export function describeRebuilding({ percent, secondsLeft }: Pick<Rebuilding, 'percent' | 'secondsLeft'>): string {
  const left = secondsLeft === null ? '' : `, about ${inWords(secondsLeft)} left`
  return `The index of this account is being made again: ${percent} %${left}. Nothing is lost; try again then`
}

function inWords(seconds: number): string {
  if (seconds < 90) return seconds === 1 ? '1 second' : `${seconds} seconds`
  const minutes = Math.round(seconds / 60)
  return minutes < 90 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`
}
