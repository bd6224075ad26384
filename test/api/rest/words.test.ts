import { expect, test } from 'vitest'
import { readWords } from '../../../src/db/moderation-words.ts'
import { startApp } from '../../setup/app.ts'
import { keyHeaders, problemOf } from '../support.ts'

const server = await startApp()
const { app, deps, database } = server
const { sql } = database
const { authorization, id: keyId } = await keyHeaders(server, 'comments:moderate')
const url = '/v1/moderation/words'

const get = () => app.inject({ url, headers: { authorization } })
const put = (payload: object, ifMatch?: string) =>
  app.inject({
    method: 'PUT',
    url,
    headers: { authorization, ...(ifMatch !== undefined && { 'if-match': ifMatch }) },
    payload,
  })
const NONE = { banned: [], suspect: [], reserved: [] }

test('word lists begin empty, and are replaced on the version that was read, by one of many', async () => {
  const first = await get()
  expect(first.json()).toEqual(NONE)
  problemOf(await put(NONE), 428, 'PRECONDITION_REQUIRED')
  // the first row, and one that is there
  for (const version of [1, 2]) {
    const tag = String((await get()).headers['etag'])
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => put({ ...NONE, banned: [`word ${n}`] }, tag)),
    )
    const done = answers.filter(({ statusCode }) => statusCode === 200)
    expect(done).toHaveLength(1)
    for (const response of answers) {
      if (response.statusCode === 200) continue
      problemOf(response, 412, 'WORDS_STALE')
      expect(response.headers['etag']).toBe(done[0]?.headers['etag'])
    }
    expect((await get()).body).toBe(done[0]?.body)
    expect((await get()).headers['etag']).toBe(done[0]?.headers['etag'])
    const [row] = await sql`select version, updated_by from moderation_words`
    expect({ ...row }).toEqual({ version, updated_by: `key:${keyId}` })
  }
})

test('entries are kept folded, each once', async () => {
  const lists = {
    banned: ['Straße', 'STRASSE', ' cheap \n WATCHES ', 'ﬁne'],
    suspect: ['ΟΔΟΣ', 'οδος', '.*'],
    reserved: ['The  Editors'],
  }
  const response = await put(lists, '*')
  expect(response.json()).toEqual({
    banned: ['strasse', 'cheap watches', 'fine'],
    suspect: ['οδοσ', '.*'],
    reserved: ['the editors'],
  })
  const { version, ...stored } = await readWords(deps.database.db)
  expect(stored).toEqual(response.json())
  expect(response.headers['etag']).toBe(`"${version}"`)
})

test.each<[object, string]>([
  [{ banned: [], suspect: [] }, '/reserved'],
  [{ ...NONE, banned: ['fine', '\u3000 \n'] }, '/banned/1'],
  [{ ...NONE, suspect: ['\u200b'] }, '/suspect/0'],
  [{ ...NONE, reserved: [''] }, '/reserved/0'],
  [{ ...NONE, banned: ['x'.repeat(65)] }, '/banned/0'],
  [{ ...NONE, banned: ['\ufdfa'.repeat(10)] }, '/banned/0'],
  [{ ...NONE, banned: Array.from({ length: 2001 }, (_, n) => `word ${n}`) }, '/banned'],
  [{ ...NONE, banned: [7] }, '/banned/0'],
  [{ ...NONE, other: [] }, '/other'],
])('what is no list is refused and changes nothing: %#', async (payload, path) => {
  const before = (await get()).body
  expect(problemOf(await put(payload, '*'), 400, 'VALIDATION_FAILED').errors?.[0]?.path).toBe(path)
  expect((await get()).body).toBe(before)
})

test('full lists of the longest entries are taken', async () => {
  const full = Array.from({ length: 2000 }, (_, n) => `${String(n).padStart(4, '0')}${'語'.repeat(60)}`)
  const response = await put({ banned: full, suspect: full, reserved: full }, '*')
  expect(response.statusCode).toBe(200)
  expect(response.json().reserved).toHaveLength(2000)
})

test('word lists are for moderators', async () => {
  problemOf(await app.inject(url), 401, 'AUTHENTICATION_FAILED')
  const writer = await keyHeaders(server, 'content:write', 'comments:write')
  const headers = { authorization: writer.authorization }
  problemOf(await app.inject({ url, headers }), 403, 'FORBIDDEN')
})
