import { expect } from 'vitest'
import { everyRow } from '../import/support.ts'
import type { TestApp } from '../setup/app.ts'
import type { Delivery, Door } from './doors.ts'
import { Judge } from './judge.ts'

/** Against hanging, not a bound: hundreds of requests a door. */
export const PATIENCE = 240_000

/** One for all doors, which have much in common. */
const judge = new Judge()

/** Sends the whole corpus through a door, and sees that nothing runs, and that what is refused leaves no trace. */
export async function nothingRuns(
  { corpus, deliver, allowed }: Door,
  { database }: TestApp,
): Promise<Delivery> {
  const delivery = await deliver(corpus)
  const { shown, refused } = delivery
  expect(shown.length).toBeGreaterThan(0)
  expect(shown.flatMap((one) => judge.faults(one, allowed))).toEqual([])
  judge.write(shown.flatMap(({ html }) => html))
  expect(await judge.called()).toEqual([])
  const before = await everyRow(database)
  expect((await deliver(refused)).shown).toEqual([])
  expect(await everyRow(database)).toEqual(before)
  return delivery
}
