import { beforeEach, expect, test } from 'vitest'
import { startApp } from '../../setup/app.ts'
import { article } from '../../setup/data.ts'
import { newName, others, postingTo, words } from '../posting-bed.ts'
import { keyHeaders } from '../support.ts'

const server = await startApp()
const { app, database } = server
const { sql } = database
const { posted, stateOf } = postingTo(server)
/** Another instance over the same database. */
const second = postingTo(await startApp({}, database))
await article(sql, { slug: 'tides' })

/** Lists as an administrator leaves them. */
const setWords = (banned: string[], suspect: string[], reserved: string[] = []) => sql`
  insert into moderation_words (id, banned, suspect, reserved, updated_by)
  values (1, ${banned}, ${suspect}, ${reserved}, 'test')
  on conflict (id) do update set banned = excluded.banned, suspect = excluded.suspect, reserved = excluded.reserved,
    version = moderation_words.version + 1`
beforeEach(() => setWords(['casino', 'cheap pills', '(a+)+$'], ['dubious', 'bit.ly']))

const stateFrom = async (body: string, more: object = {}) =>
  stateOf((await posted('tides', others(body, more))).comment)

test.each([
  ['CASINO', 'rejected banned_word'],
  ['the c\u200bas\u00adino is open', 'rejected banned_word'],
  ['ca**si**no', 'rejected banned_word'],
  ['[click](https://casino.example)', 'rejected banned_word'],
  ['cheap,\n pills', 'rejected banned_word'],
  ['a casinos', 'approved accepted'],
  ['cheap is not pills', 'approved accepted'],
  ['Dubious!', 'pending suspect_word'],
  ['see bit.ly now', 'pending suspect_word'],
  ['dubious casino', 'rejected banned_word'],
  // an entry is a literal: neither a pattern, nor a way to keep the server busy
  [`${'a'.repeat(4000)}!`, 'approved accepted'],
  ['as is: (a+)+$', 'rejected banned_word'],
])('%j is %s', async (body, state) => {
  expect(await stateFrom(body)).toBe(state)
})

test('words count in the name and in the address of the author as well', async () => {
  expect(await stateFrom('Hello', { author: { name: 'Best casino' } })).toBe('rejected banned_word')
  expect(await stateFrom('Hello', { author: { name: newName(), url: 'https://casino.example' } })).toBe(
    'rejected banned_word',
  )
})

test('all that was found is kept, the first decides, and the author of a rejection learns the reason', async () => {
  const { comment, verdict, holder } = await posted(
    'tides',
    others('casino dubious https://a.example https://b.example'),
  )
  const [row] = await sql`select reasons from comments where id = ${comment.id}`
  expect(row?.['reasons']).toEqual(['banned_word', 'suspect_word', 'links'])
  expect(comment).toMatchObject({ status: 'rejected', statusReason: 'banned_word', editableUntil: null })
  expect(verdict).toEqual({
    status: 'rejected',
    reasons: ['banned_word', 'links', 'review'],
    retryAfter: null,
    nextAction: 'edit_text',
  })
  const url = `/v1/comments/${comment.id}`
  expect((await app.inject(url)).statusCode).toBe(404)
  const edit = await app.inject({ method: 'PATCH', url, headers: holder, payload: { body: 'Better' } })
  expect(edit.json().code).toBe('EDIT_WINDOW_CLOSED')
})

test('a change of the lists counts at once, on every instance, for edits too', async () => {
  const before = await second.posted('tides', others('A harmless novelty'))
  expect(before.status).toBe(201)
  await setWords([], ['novelty'])
  for (const instance of [second, postingTo(server)]) {
    expect(await stateOf((await instance.posted('tides', others('A harmless novelty'))).comment)).toBe(
      'pending suspect_word',
    )
    expect(await stateOf((await instance.posted('tides', others('A casino'))).comment)).toBe(
      'approved accepted',
    )
  }
  const edited = await app.inject({
    method: 'PATCH',
    url: `/v1/comments/${before.comment.id}`,
    headers: before.holder,
    payload: { body: 'Still a novelty' },
  })
  expect(edited.json().status).toBe('pending')
  await sql`delete from moderation_words`
  expect((await second.posted('tides', others('A harmless novelty'))).status).toBe(201)
})

test('reserved names are held, by what they look like', async () => {
  await setWords([], [], ['Moderator', 'The Editors'])
  for (const name of [
    'moderator',
    'M0derat0r',
    'Моdеrаtоr',
    'the-editors',
    'Mоderator ✓',
    'Moderator!!',
    '★Moderator★',
  ]) {
    expect([name, await stateFrom('Hi', { author: { name } })]).toEqual([name, 'pending reserved_name'])
  }
  expect(await stateFrom('Hi', { author: { name: 'Moderators friend' } })).toBe('approved accepted')
  const staff = await keyHeaders(server, 'comments:moderate')
  expect(
    (await posted('tides', words('Hi', { author: { name: 'Moderator' } }), { headers: staff })).status,
  ).toBe(201)
})
