// Ten clients in one mailbox, a model beside them: rounds of random steps, all at once, each followed by rest, in which everything is compared.

import { Random } from '../../sim/random.ts'
import type { Response } from '../response.ts'
import { textOf } from '../values.ts'
import type { Server } from '../wire.ts'
import { kindsFor } from './kinds.ts'
import { Model } from './model.ts'
import { plain } from './actions.ts'
import { Keeper, compareAtRest } from './quiet.ts'
import { Session } from './session.ts'
import { Walker } from './steps.ts'
import { Talk } from './talk.ts'
import { Violation } from './violation.ts'

export interface StressOptions {
  readonly seed: number
  readonly stepsPerRound: number
  readonly messagesMax: number
  readonly idleMoments: number
  /** Kinds of clients that are left out. */
  readonly without?: readonly string[]
  /** Hears every line of every client. */
  readonly trace?: (line: string) => void
  /** Asked after each round. */
  isOver(rounds: number): boolean
}

export interface Stressed {
  readonly rounds: number
  readonly commands: number
  readonly kinds: readonly string[]
  /** What no RFC explains, with the lines before it; null if all went well. */
  readonly problem: string | null
}

const BOXES = ['stress', 'stress-other'] as const

export async function stress(server: Server, options: StressOptions): Promise<Stressed> {
  using stack = new DisposableStack()
  const model = new Model(BOXES, options.trace ?? null)
  const capabilities = await capabilitiesOf(server)
  const [main, other] = BOXES.map((name) => model.box(name)) as [ReturnType<Model['box']>, ReturnType<Model['box']>]
  const keeper = stack.use(await Keeper.begin(model, server, capabilities.has('CONDSTORE')))
  const kinds = kindsFor(capabilities, options.without ?? [])
  const around = { main, other, capabilities, messagesMax: options.messagesMax, idleMoments: options.idleMoments }
  const walkers = kinds.map((kind, at) => {
    const session = stack.use(new Session(model, kind, `${kind.name}${at}x`, server))
    return new Walker(session, new Random(options.seed * 1000 + at), around)
  })
  const random = new Random(options.seed * 1000 + 999)
  let rounds = 0
  let culprit: Session | null = null
  const blame = async (session: Session | null, work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      culprit ??= session
      throw error
    }
  }
  const told = (problem: string | null): Stressed => ({
    rounds,
    commands: walkers.reduce((sum, { session }) => sum + session.commands, 0),
    kinds: kinds.map(({ name }) => name),
    problem,
  })
  try {
    for (const walker of walkers) await blame(walker.session, () => walker.begin())
    for (; !options.isOver(rounds); rounds++) {
      await Promise.all(
        walkers.map((walker) =>
          blame(walker.session, async () => {
            for (let step = 0; step < options.stepsPerRound; step++) await walker.step()
          }),
        ),
      )
      const listings = await keeper.settled()
      for (const { session } of walkers) await blame(session, () => compareAtRest(session, listings, main, random))
    }
    return told(null)
  } catch (error) {
    if (!(error instanceof Violation) && !(error instanceof Error && error.name === 'SyntaxProblem')) throw error
    const lines = (culprit as Session | null)?.lines ?? keeper.lines
    const name = (culprit as Session | null)?.name ?? 'who reads everything'
    return told(`${name}: ${error.message}\n${lines.map((line) => `  ${line}`).join('\n')}`)
  }
}

async function capabilitiesOf(server: Server): Promise<ReadonlySet<string>> {
  const names = new Set<string>()
  const heard = ({ values }: Response): void => {
    if (textOf(values[0])?.toUpperCase() !== 'CAPABILITY') return
    for (const value of values.slice(1)) names.add((textOf(value) ?? '').toUpperCase())
  }
  using talk = await Talk.open(server, 'a', heard)
  await talk.all([plain(`LOGIN "${server.user}" "${server.password}"`)])
  await talk.all([plain('CAPABILITY')])
  return names
}
