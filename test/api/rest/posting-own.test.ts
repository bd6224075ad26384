import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import type { OwnComment } from '../../../src/shapes/comments.ts'
import { startApp } from '../../setup/app.ts'
import { article } from '../../setup/data.ts'
import { AUDIENCE, ISSUER, sign, startIdentityProvider } from '../../setup/identity.ts'
import { decide, newName, others, postingTo, setAge, type Taken, words } from '../posting-bed.ts'
import { keyHeaders, problemOf } from '../support.ts'

const provider = await startIdentityProvider()
afterAll(() => provider.close())
const signer = await provider.publish('RS256')
const identity = { JWT_JWKS_URL: provider.url, JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE }
const server = await startApp(identity)
const { app, database } = server
const { sql } = database
const { post, posted, refused, stateOf } = postingTo(server)
await article(sql, { slug: 'tides' })
await article(sql, { slug: 'ebb' })
const key = await keyHeaders(server, 'comments:write')

type Headers = Record<string, string>
interface Owner {
  write(body: string, slug?: string): Promise<Taken>
  /** What proves that a comment of this owner is theirs. */
  proof(): Headers
}

const OWNERS: [string, () => Promise<Owner> | Owner][] = [
  [
    'a receipt',
    () => {
      let headers: Headers = {}
      return {
        write: async (body, slug = 'tides') => {
          const taken = await posted(slug, others(body), { headers })
          headers = taken.holder
          return taken
        },
        proof: () => headers,
      }
    },
  ],
  [
    'an account',
    async () => {
      const headers = {
        authorization: `Bearer ${await sign(signer, { sub: randomUUID(), name: 'Account' })}`,
      }
      return { write: (body, slug = 'tides') => posted(slug, { body }, { headers }), proof: () => headers }
    },
  ],
  [
    'a subject',
    () => {
      const subject = `Zoë/${randomUUID()} &`
      return {
        write: (body, slug = 'tides') =>
          posted(slug, words(body, { author: { name: newName(), subject } }), { headers: key }),
        proof: () => ({ ...key, 'comment-subject': encodeURIComponent(subject) }),
      }
    },
  ],
]

const mine = (headers: Headers, query = '', slug = 'tides') =>
  app.inject({ url: `/v1/articles/${slug}/comments/mine${query}`, headers })

interface OwnPage {
  data: OwnComment[]
  page: { next: string | null; previous: string | null }
}

/** All pages from a cursor on, joined in the order of the list; and the cursor that leads back from the last one. */
async function pages(headers: Headers, limit: number, way: 'next' | 'previous', from: string | null) {
  const ids: string[] = []
  let back: string | null = null
  for (let at = from; at !== null; ) {
    const cursor = at && `&${way === 'next' ? 'after' : 'before'}=${at}`
    const { data, page }: OwnPage = (await mine(headers, `?limit=${limit}${cursor}`)).json()
    if (way === 'next') ids.push(...idsOf(data))
    else ids.unshift(...idsOf(data))
    back = page.previous
    at = page[way]
  }
  return { ids, back }
}
const idsOf = (data: OwnComment[]) => data.map(({ id }) => id)

describe.each(OWNERS)('own comments, by %s', (_, owner) => {
  test('are listed newest first, in every state, and nobody else’s among them', async () => {
    const [me, other] = [await owner(), await owner()]
    const taken: Taken[] = []
    for (let n = 0; n < 6; n++) {
      taken.push(await me.write(`Mine ${n}`))
      await other.write(`Theirs ${n}`)
    }
    await me.write('Elsewhere', 'ebb')
    const ids = taken.map(({ comment }) => comment.id)
    for (const [n, id] of ids.entries()) await setAge(sql, 100 - n, id)
    for (const [n, status] of ['pending', 'rejected', 'spam', 'deleted'].entries())
      await decide(sql, status, ids[n] as string)
    const { data } = (await mine(me.proof())).json()
    expect(idsOf(data)).toEqual(ids.toReversed())
    const isTrusted = 'comment-subject' in me.proof()
    expect(data.map(({ status }: OwnComment) => status).toReversed()).toEqual([
      'pending',
      'rejected',
      isTrusted ? 'spam' : 'pending',
      'deleted',
      'approved',
      'approved',
    ])
    expect(data[2]).toMatchObject({ source: '', text: null })
  })

  test('joined page by page, in either direction, are the whole', async () => {
    const me = await owner()
    const ids: string[] = []
    for (let n = 0; n < 7; n++) ids.push((await me.write(`Paged ${n}`)).comment.id)
    // some at one moment
    for (const table of ['comments', 'comment_private']) {
      const id = sql(table === 'comments' ? 'id' : 'comment_id')
      await sql`update ${sql(table)} set created_at = date_trunc('minute', created_at) where ${id} = any(${ids})`
    }
    const whole = ids.toSorted().toReversed()
    for (const limit of [1, 2, 3, 7, 8]) {
      const forth = await pages(me.proof(), limit, 'next', '')
      expect(forth.ids).toEqual(whole)
      // from the last page back to the first
      const back = await pages(me.proof(), limit, 'previous', forth.back)
      expect(back.ids).toEqual(whole.slice(0, back.ids.length))
      expect(back.ids.length).toBe(limit >= whole.length ? 0 : whole.length - (whole.length % limit || limit))
    }
    const stranger = await owner()
    await stranger.write('Stranger')
    const { next } = (await mine(me.proof(), '?limit=2')).json().page
    problemOf(await mine(stranger.proof(), `?after=${next}`), 400, 'CURSOR_INVALID')
  })

  test('are edited and withdrawn by their owner, and not by another one', async () => {
    const [me, other] = [await owner(), await owner()]
    const { comment } = await me.write('First words')
    await other.write('Somebody else')
    const url = `/v1/comments/${comment.id}`
    const edit = (headers: Headers, body: string) =>
      app.inject({ method: 'PATCH', url, headers, payload: { body } })
    problemOf(await edit(other.proof(), 'Stolen'), 401, 'AUTHENTICATION_FAILED')
    expect((await edit(me.proof(), 'Better words')).json()).toMatchObject({
      status: 'approved',
      source: 'Better words',
    })
    problemOf(
      await app.inject({ method: 'DELETE', url, headers: other.proof() }),
      401,
      'AUTHENTICATION_FAILED',
    )
    expect((await app.inject({ method: 'DELETE', url, headers: me.proof() })).statusCode).toBe(204)
    expect(await stateOf(comment)).toBe('deleted withdrawn')
  })
})

test('own comments need a proof', async () => {
  for (const headers of [{}, key, { 'comment-receipt': 'bsr_x' }] as Headers[]) {
    problemOf(await mine(headers), 401, 'AUTHENTICATION_FAILED')
  }
  const token = await sign(signer, { sub: randomUUID() })
  problemOf(await mine({ authorization: `Bearer ${token}`, 'comment-subject': 'x' }), 403, 'FORBIDDEN')
  problemOf(await mine({ ...key, 'comment-subject': '%ff' }), 400, 'VALIDATION_FAILED')
  problemOf(await mine({ ...key, 'comment-subject': 'x' }, '', 'nowhere'), 404, 'ARTICLE_NOT_FOUND')
})

describe('an edit', () => {
  const edit = ({ comment, holder }: Taken, body: string, instance = app) =>
    instance.inject({
      method: 'PATCH',
      url: `/v1/comments/${comment.id}`,
      headers: holder,
      payload: { body },
    })

  test('is possible for as long as the site says', async () => {
    for (const [seconds, age, open] of [
      [60, 50, true],
      [60, 60, false],
      [0, 0, false],
      [3600, 3590, true],
    ] as const) {
      const instance = await startApp({ ...identity, COMMENTS_EDIT_WINDOW: String(seconds) }, database)
      const taken = await posted('tides', others('Timed'))
      await setAge(sql, age, taken.comment.id)
      const response = await edit(taken, 'Edited', instance.app)
      expect([seconds, age, response.statusCode]).toEqual([seconds, age, open ? 200 : 403])
      if (!open) problemOf(response, 403, 'EDIT_WINDOW_CLOSED')
      const read = await instance.app.inject({
        url: `/v1/comments/${taken.comment.id}`,
        headers: taken.holder,
      })
      expect(read.json().editableUntil !== null).toBe(open)
    }
  })

  test('meets the rules anew and can only take out of sight', async () => {
    await sql`insert into moderation_words (id, banned, suspect, updated_by) values (1, '{forbidden}', '{dubious}', 'test')`
    for (const [body, reason, reasons] of [
      ['https://a.example https://b.example', 'links', ['links']],
      ['forbidden', 'banned_word', ['banned_word']],
      ['dubious https://a.example https://b.example', 'suspect_word', ['suspect_word', 'links']],
    ] as const) {
      const taken = await posted('tides', others('Harmless'))
      expect((await edit(taken, body)).json().status).toBe('pending')
      expect(await stateOf(taken.comment)).toBe(`pending ${reason}`)
      const [row] = await sql`select reasons from comments where id = ${taken.comment.id}`
      expect(row?.['reasons']).toEqual(reasons)
      expect((await edit(taken, 'Harmless again')).json().status).toBe('pending')
      expect(await stateOf(taken.comment)).toBe(`pending ${reason}`)
    }
    await sql`delete from moderation_words`
  })

  test.each(['pending', 'spam'])('undoes no decision of a person: %s', async (status) => {
    const taken = await posted('tides', others('Decided'))
    await decide(sql, status, taken.comment.id)
    expect((await edit(taken, 'Harmless')).json().status).toBe('pending')
    expect(await stateOf(taken.comment)).toBe(`${status} moderator`)
    const [row] = await sql`select decided_by from comments where id = ${taken.comment.id}`
    expect(row?.['decided_by']).toBe('key:0')
  })

  test('is no comment: no limit acts on it, and it makes the next comment neither twin nor too fast', async () => {
    const strict = await startApp({ ...identity, COMMENTS_PAUSE: '15', COMMENTS_PER_MINUTE: '2' }, database)
    const there = postingTo(strict)
    const taken = await there.posted('tides', others('Edited often'))
    for (let n = 0; n < 4; n++) expect((await edit(taken, `Edit ${n}`, strict.app)).statusCode).toBe(200)
    await setAge(sql, 15, taken.comment.id)
    expect((await there.posted('tides', others('Next'), { headers: taken.holder })).status).toBe(201)
  })

  test('is possible twenty times, those that change nothing not counted, and finds twins of the last words', async () => {
    const strict = await startApp({ ...identity, COMMENTS_TWIN_HOURS: '24' }, database)
    const there = postingTo(strict)
    const taken = await there.posted('tides', others('Edited to the end'))
    for (let n = 0; n < 20; n++) {
      expect((await edit(taken, `The end ${n}`, strict.app)).statusCode).toBe(200)
      expect((await edit(taken, `The end ${n}`, strict.app)).statusCode).toBe(200)
    }
    problemOf(await edit(taken, 'Once more', strict.app), 403, 'EDIT_WINDOW_CLOSED')
    const [row] = await sql`select revision, body from comments where id = ${taken.comment.id}`
    expect(row).toEqual({ revision: 21, body: 'The end 19' })
    const again = await there.post('tides', others('The end 19'), { headers: taken.holder })
    expect(again.json().duplicateOf).toBe(taken.comment.id)
  })

  test('of words that are none changes nothing', async () => {
    const taken = await posted('tides', others('Kept'))
    for (const body of ['', ' \n', '\u202e']) {
      await refused(() => edit(taken, body), 400, 'VALIDATION_FAILED')
    }
    problemOf(await post('tides', {}), 400, 'VALIDATION_FAILED')
    expect((await app.inject(`/v1/comments/${taken.comment.id}`)).json().text).toBe('Kept')
  })
})
