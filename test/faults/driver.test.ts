import { sql } from 'drizzle-orm'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { ensureSchema, OperatorError } from '../../src/cli/database.ts'
import { loadConfig } from '../../src/config.ts'
import { openDatabase } from '../../src/db/client.ts'

/** The driver, as a version of it that has forgotten the option `socket`. */
vi.mock('postgres', async (original) => {
  const { default: postgres } = await original<{ default: typeof import('postgres') }>()
  const forgetful = (url: string, { socket: _, ...options }: Record<string, unknown>) =>
    postgres(url, options)
  return { default: Object.assign(forgetful, postgres) }
})

const SENTENCE = /^postgres\.js did not use the socket that it was given, .*package-lock\.json names\.$/

test('a driver that dials by itself is not trusted with a statement', async () => {
  const database = openDatabase({
    url: inject('serverUrl'),
    connections: 2,
    acquireTimeout: 10_000,
    statementTimeout: 5000,
    prepare: true,
  })
  onTestFinished(() => database.close())
  await expect(database.db.execute(sql`select 1`)).rejects.toMatchObject({
    cause: { message: expect.stringMatching(SENTENCE) },
  })
})

test('the start fails with one sentence then', async () => {
  const failure: unknown = await ensureSchema(loadConfig({}), inject('serverUrl'), false, () => {}).catch(
    (error: unknown) => error,
  )
  expect(failure).toBeInstanceOf(OperatorError)
  expect((failure as Error).message).toMatch(SENTENCE)
})
