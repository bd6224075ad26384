import { expect, test } from 'vitest'
import { startApp } from '../setup/app.ts'
import { ofFamilies } from './corpus.ts'
import { commentDoors } from './doors.ts'
import { nothingRuns, PATIENCE } from './judging.ts'

const server = await startApp({ BUDGET_ANONYMOUS: '0' })
const doors = await commentDoors(server)

test.each(doors)('$name: nothing runs', { timeout: PATIENCE }, async (door) => {
  const { shown, refused } = await nothingRuns(door, server)
  expect(shown.length + refused.length).toBe(door.corpus.length)
})

test('a name is neither escaped nor cut: to show it as text is for the page', async () => {
  const door = doors.find(({ name }) => name === 'the name of a reader')
  const payloads = ofFamilies('breaking', 'entities', 'polyglots')
  const delivery = await door?.deliver(payloads)
  const taken = payloads.filter((payload) => !delivery?.refused.includes(payload))
  expect(taken.length).toBeGreaterThan(30)
  expect(delivery?.shown.map(({ texts }) => texts[0])).toEqual(taken.map(({ text }) => text.trim()))
})
