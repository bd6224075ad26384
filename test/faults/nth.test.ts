import { afterAll, beforeAll, expect, test } from 'vitest'
import { deciding, EDITS, FATES, failEach, IMPORTS, openStage, posting, type Stage, TERMS } from './nth.ts'

/** The whole matrix is in test/long. */
const SOME = FATES.filter(({ name }) => ['cut after', 'out of memory'].includes(name))
let stage: Stage

beforeAll(async () => {
  stage = await openStage()
})

afterAll(() => stage.close())

test.each([posting({ face: 'REST', reply: false, keyed: true }), deciding('REST', 1), ...EDITS.slice(0, 1)])(
  'whichever statement fails of $name: all or nothing, and sent again it is there once',
  async (write) => {
    expect(await failEach(stage, write, SOME)).toBeGreaterThan(15)
  },
)

const QUICK = ['a new category', 'an order of a series']
test.each(TERMS.filter(({ name }) => QUICK.includes(name)))(
  'whichever statement fails of $name: all or nothing',
  async (write) => {
    expect(await failEach(stage, write, SOME.slice(0, 1))).toBeGreaterThan(5)
  },
)

test('an import that the database asks to run again makes its terms again', async () => {
  const [categories] = IMPORTS
  if (!categories) throw new Error('there are imports')
  await failEach(
    stage,
    categories,
    FATES.filter(({ name }) => name === 'serialization'),
  )
})
