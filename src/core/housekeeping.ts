import { type Database, type Db, inTransaction } from '../db/client.ts'
import {
  deleteIdleChecks,
  deleteOldBans,
  deleteOldBatches,
  deleteOldIdempotencyKeys,
  deleteSpentTokens,
  forgetNetworks,
  lockHousekeeping,
  overduePending,
  scrubOverdue,
} from '../db/housekeeping.ts'
import type { Retention } from '../domain/retention.ts'
import { findComment, transition } from './comment-states.ts'

/** One kind of thing that time brings. */
export interface HousekeepingStep {
  /** What was done to the rows: "rejected as expired". */
  name: string
  /** Rows at most in one transaction. */
  size: number
  /** Does the next of them. @returns how many rows, 0 when there is nothing left; undefined while another instance works. */
  run(size: number): Promise<number | undefined>
}

/** The same, within a transaction that one instance has at a time. */
interface LockedStep {
  name: string
  size: number
  run(tx: Db, size: number): Promise<number>
}

/** Rows done, by name of the step; steps that had nothing to do are not in it. */
export type Housekept = Record<string, number>

/** Few enough that each is found by index and nobody waits long for what is locked. */
const SIZE = 100

/**
 * What time brings, in this order. Each transaction is small and stands for itself: the run may stop after any of them, and
 * the next one goes on.
 * @param more steps of other parts, done before these, which see to it by themselves that two instances do not meet.
 */
export function housekeepingCore(
  db: Database['db'],
  keep: Retention,
  more: readonly HousekeepingStep[] = [],
) {
  const steps = [...more, ...retentionSteps(keep).map(locked)]

  /**
   * Does all that is due. One instance works at a time: while another one does, this returns early.
   * @param report called after each batch, with all that was done so far.
   * @param stopping true once the run shall end with the batch under way.
   */
  async function run(
    report: (done: Housekept) => void = () => {},
    stopping: () => boolean = () => false,
  ): Promise<Housekept> {
    const done: Housekept = {}
    for (const { name, size, run: step } of steps) {
      for (let rows = size; rows > 0 && !stopping(); ) {
        const batch = await step(size)
        if (batch === undefined) return done
        rows = batch
        if (rows > 0) report(Object.assign(done, { [name]: (done[name] ?? 0) + rows }))
      }
    }
    return done
  }

  function locked({ name, size, run: step }: LockedStep): HousekeepingStep {
    const run = (rows: number) =>
      inTransaction(db, 'system', async (tx) => ((await lockHousekeeping(tx)) ? step(tx, rows) : undefined))
    return { name, size, run }
  }

  return { run, steps }
}

/** The steps of retention, each for one transaction. */
export function retentionSteps(keep: Retention): LockedStep[] {
  const scrub = (state: 'spam' | 'rejected' | 'deleted'): LockedStep[] =>
    kept(keep[state], `scrubbed of ${state}`, (tx, days, size) => scrubOverdue(tx, state, days, size))
  return [
    // one at a time: a transaction holds one thread, as everybody else's
    ...kept(keep.pending, 'rejected as expired', expire, 1),
    ...scrub('spam'),
    ...scrub('rejected'),
    ...scrub('deleted'),
    ...kept(keep.network, 'networks forgotten', forgetNetworks),
    { name: 'idempotency keys', size: SIZE, run: deleteOldIdempotencyKeys },
    { name: 'spent tokens', size: SIZE, run: deleteSpentTokens },
    { name: 'batches of decisions', size: SIZE, run: deleteOldBatches },
    { name: 'bans', size: SIZE, run: deleteOldBans },
    { name: 'checks', size: SIZE, run: deleteIdleChecks },
  ]
}

/** A step that waits for so many days; none where that is for ever. */
function kept(
  days: number,
  name: string,
  run: (tx: Db, days: number, size: number) => Promise<number>,
  size = SIZE,
): LockedStep[] {
  return days === 0 ? [] : [{ name, size, run: (tx, rows) => run(tx, days, rows) }]
}

/** Nobody decided in time. What was approved below goes out of sight with it, as below any rejected comment. */
async function expire(tx: Db, days: number): Promise<number> {
  const id = await overduePending(tx, days)
  if (id === undefined) return 0
  const change = { status: 'rejected', reason: 'expired', decidedBy: 'system' } as const
  await transition(tx, await findComment(tx, id), change, 'system')
  return 1
}
