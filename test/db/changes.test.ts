import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import postgres from 'postgres'
import { afterAll, expect, test } from 'vitest'
import { ANONYMOUS } from '../../src/core/viewer.ts'
import {
  type FeedPosition,
  feedChanges,
  type TailPosition,
  tailChanges,
  tailFromNow,
} from '../../src/db/changes.ts'
import { inTransaction } from '../../src/db/client.ts'
import { startApp } from '../setup/app.ts'
import { article, author, category, comment, tag } from '../setup/data.ts'
import { run } from './concurrent.ts'
import { MODERATOR, WRITER } from './viewers.ts'

const { deps, database } = await startApp()
const { sql } = database
const { db } = deps.database
const { comments, moderation } = deps.core
/** Writers whose transactions overlap, each on a connection of its own. */
const writers = postgres(database.url, { max: 6, onnotice: () => {} })
afterAll(() => writers.end({ timeout: 1 }))

interface Row {
  id: string
  kind: string
  subject_id: string
  article_id: string | null
  actor: string
  payload: Record<string, unknown>
  old_position: { series: { id: string }[] } | null
  new_position: { series: { id: string }[] } | null
}

/** The changes that some work made, in order. */
async function changesOf(work: () => Promise<unknown>): Promise<Row[]> {
  const [last] = await sql`select coalesce(max(id), 0)::text as id from changes`
  await work()
  return sql<Row[]>`select * from changes where id > ${last?.['id']} order by id`
}

const brief = (rows: Row[]) => rows.map(({ kind, subject_id, actor }) => [kind, subject_id, actor])

/** As a writer with a name does it: core sets the actor. */
const writeAs = (actor: string, text: string) => inTransaction(db, actor, (tx) => run(tx, text))

test('every kind of written row leaves its own kind of change, with who did it', async () => {
  const terms = { category: 'categories', tag: 'tags', author: 'authors', series: 'series' } as const
  for (const [kind, table] of Object.entries(terms)) {
    const id = randomUUID()
    const title = kind === 'series' ? 'title' : 'name'
    const written = await changesOf(async () => {
      await writeAs(
        'key:1',
        `insert into ${table} (id, slug, ${title}) values ('${id}', 'slug-${kind}', 'T')`,
      )
      await writeAs('key:2', `update ${table} set slug = 'new-${kind}' where id = '${id}'`)
      await sql.unsafe(`delete from ${table} where id = '${id}'`)
    })
    expect(brief(written)).toEqual([
      [`${kind}.created`, id, 'key:1'],
      [`${kind}.updated`, id, 'key:2'],
      [`${kind}.deleted`, id, 'system'],
    ])
    expect(written[1]?.payload).toEqual({ slug: `new-${kind}`, oldSlug: `slug-${kind}`, columns: ['slug'] })
    expect(written.every((row) => row.article_id === null)).toBe(true)
  }
})

test('an article tells of its making, its saves, its links and its places, and its end', async () => {
  const [port, ships, ann] = [await category(sql, 'port'), await tag(sql, 'ships'), await author(sql, 'ann')]
  const series = randomUUID()
  await sql`insert into series (id, slug, title) values (${series}, 'walls', 'Walls')`
  let id = ''
  const made = await changesOf(async () => {
    id = await article(sql, { status: 'draft', slug: 'tide', publishedAt: '2026-01-01T00:00:00Z' })
  })
  expect(brief(made)).toEqual([['article.created', id, 'system']])
  expect(made[0]?.payload).toEqual({ slug: 'tide', locale: 'en', status: 'draft' })

  for (const [table, part, values] of [
    ['article_categories', 'categories', `'${id}', '${port}', 0`],
    ['article_tags', 'tags', `'${id}', '${ships}', 0`],
    ['article_authors', 'authors', `'${id}', '${ann}', 0`],
    ['series_articles', 'series', `'${series}', '${id}', 1`],
  ] as const) {
    const linked = await changesOf(() => writeAs('cli', `insert into ${table} values (${values})`))
    expect(brief(linked)).toEqual([['article.updated', id, 'cli']])
    expect(linked[0]?.payload).toEqual({ columns: [part] })
  }

  const published = await changesOf(() =>
    writeAs('cli', `update articles set status = 'published' where id = '${id}'`),
  )
  expect(brief(published).sort()).toEqual([
    ['article.placed', id, 'cli'],
    ['article.updated', id, 'cli'],
  ])
  const placed = published.find(({ kind }) => kind === 'article.placed')
  expect(placed?.old_position).toBeNull()
  // site, locale, the category twice, tag, author, manual series
  expect(placed?.new_position?.series).toHaveLength(7)
  expect(placed?.new_position?.series.map((place) => place.id)).toEqual(
    expect.arrayContaining([port, ships, ann, series]),
  )

  const unlinked = await changesOf(() =>
    writeAs('cli', `delete from article_tags where article_id = '${id}'`),
  )
  expect(brief(unlinked).sort()).toEqual([
    ['article.placed', id, 'cli'],
    ['article.updated', id, 'cli'],
  ])
  expect(unlinked.find(({ kind }) => kind === 'article.placed')?.old_position?.series).toMatchObject([
    { id: ships },
  ])

  const saved = await changesOf(() =>
    writeAs('cli', `update articles set title = 'T', excerpt = 'E' where id = '${id}'`),
  )
  expect(saved.map(({ payload }) => payload['columns'])).toEqual([['excerpt', 'title']])
  expect(
    await changesOf(() => writeAs('cli', `update articles set title = title where id = '${id}'`)),
  ).toEqual([])

  const gone = await changesOf(() => writeAs('cli', `delete from articles where id = '${id}'`))
  expect(brief(gone)).toEqual([
    ['article.placed', id, 'cli'],
    ['article.deleted', id, 'cli'],
  ])
  expect(gone[0]?.new_position).toBeNull()
})

test('a link that is taken from one article and given to another is a change of both', async () => {
  const ships = await tag(sql, `ships-${randomUUID()}`)
  const [from, to] = [await article(sql, { tags: [ships] }), await article(sql)]
  const moved = await changesOf(
    () => sql`update article_tags set article_id = ${to} where article_id = ${from}`,
  )
  for (const kind of ['article.updated', 'article.placed']) {
    expect(
      moved
        .filter((row) => row.kind === kind)
        .map((row) => row.subject_id)
        .sort(),
    ).toEqual([from, to].sort())
  }
})

test('a category that is moved tells of every article that got other places', async () => {
  const [top, below] = [await category(sql, 'top'), await category(sql, 'below')]
  const inside = [await article(sql, { categories: [below] }), await article(sql, { categories: [below] })]
  await article(sql)
  const moved = await changesOf(() =>
    writeAs('key:1', `update categories set parent_id = '${top}' where id = '${below}'`),
  )
  expect(brief(moved.filter(({ kind }) => kind === 'article.placed')).sort()).toEqual(
    inside.map((id) => ['article.placed', id, 'key:1']).sort(),
  )
  expect(brief(moved.filter(({ kind }) => kind === 'category.updated'))).toEqual([
    ['category.updated', below, 'key:1'],
  ])
})

const CANARIES = {
  name: 'Canary Namesworth',
  email: 'canary-mail@private.example',
  url: 'https://canary-home.example/',
  body: 'canary-words-of-the-body',
  edited: 'canary-words-after-the-edit',
  address: '198.51.100.77',
}

test('a comment tells of every change of its state, by whom, and never a word, a name or an address', async () => {
  const articleId = await article(sql)
  const delivery = { viewer: WRITER, address: CANARIES.address, idempotencyKey: `canary-key-${randomUUID()}` }
  const { name, email, url, body } = CANARIES
  let [id, receipt] = ['', '']
  const posted = await changesOf(async () => {
    const { answer } = await comments.post(
      articleId,
      undefined,
      { body, author: { name, email, url } },
      delivery,
    )
    id = String(answer.comment?.id)
    receipt = String(answer.receipt)
  })
  const writer = `key:${WRITER.kind === 'key' && WRITER.keyId}`
  const moderator = `key:${MODERATOR.kind === 'key' && MODERATOR.keyId}`
  expect(brief(posted)).toEqual([['comment.created', id, writer]])
  expect(posted[0]).toMatchObject({
    article_id: articleId,
    payload: { status: 'approved', reason: 'accepted', revision: 1 },
  })

  const edited = await changesOf(() => comments.edit(id, CANARIES.edited, { viewer: ANONYMOUS, receipt }))
  expect(brief(edited)).toEqual([['comment.updated', id, 'receipt']])

  const decided = await changesOf(() =>
    moderation.decide([{ commentId: id, revision: 2, action: 'reject', reasonCode: 'off_topic' }], {
      viewer: MODERATOR,
    }),
  )
  expect(brief(decided)).toEqual([['comment.updated', id, moderator]])
  expect(decided[0]?.payload).toMatchObject({
    status: 'rejected',
    oldStatus: 'approved',
    reason: 'off_topic',
    revision: 3,
  })

  const again = await changesOf(() =>
    moderation.decide([{ commentId: id, revision: 3, action: 'reject', reasonCode: 'off_topic' }], {
      viewer: MODERATOR,
    }),
  )
  expect(again).toEqual([])

  const withdrawn = await changesOf(() => comments.withdraw(id, { viewer: ANONYMOUS, receipt }))
  expect(brief(withdrawn)).toEqual([['comment.updated', id, 'receipt']])

  const anonymous = await changesOf(() =>
    comments.post(
      articleId,
      undefined,
      { body, author: { name, email, url } },
      { ...delivery, viewer: ANONYMOUS, idempotencyKey: undefined },
    ),
  )
  expect(anonymous.map(({ kind, actor }) => [kind, actor])).toEqual([['comment.created', 'anonymous']])

  const [all] = await sql`select coalesce(string_agg(c::text, ' '), '') as log from changes c`
  for (const canary of [...Object.values(CANARIES), '198.51.100', receipt, 'canary']) {
    expect(all?.['log'].toLowerCase()).not.toContain(canary.toLowerCase())
  }
})

test('a reply that moves counters announces itself only, and hiding announces each comment that is hidden', async () => {
  const articleId = await article(sql)
  const root = await comment(sql, articleId)
  const middle = await comment(sql, articleId, { parentId: root })
  let leaf = ''
  const replied = await changesOf(async () => {
    leaf = await comment(sql, articleId, { parentId: middle })
  })
  expect(brief(replied)).toEqual([['comment.created', leaf, 'system']])
  const rejected = await changesOf(() =>
    moderation.decide([{ commentId: root, revision: 1, action: 'spam' }], { viewer: MODERATOR }),
  )
  expect(new Set(rejected.map(({ subject_id }) => subject_id))).toEqual(new Set([root, middle, leaf]))
})

test('what a transaction that fails wrote was never changed', async () => {
  const failed = await changesOf(() =>
    inTransaction(db, 'test', async (tx) => {
      await run(tx, `insert into tags (id, slug, name) values (gen_random_uuid(), 'never', 'Never')`)
      throw new Error('no')
    }).catch(() => {}),
  )
  expect(failed).toEqual([])
})

/** A transaction that stays open, has written one tag, and is ended when told. */
async function openWriter(slug: string): Promise<{ end(commit: boolean): Promise<void> }> {
  const connection = await writers.reserve()
  await connection`begin`
  await connection`insert into tags (id, slug, name) values (gen_random_uuid(), ${slug}, '')`
  return {
    end: async (commit) => {
      await connection.unsafe(commit ? 'commit' : 'rollback')
      connection.release()
    },
  }
}

const slugsOf = (changes: { payload: Record<string, unknown> }[]): unknown[] =>
  changes.map(({ payload }) => payload['slug'])

/** The end of the log, for a tail and for the feed. A transaction of any database of the server may hold the horizon below it. */
async function endOfLog(): Promise<{ tail: TailPosition; feed: FeedPosition }> {
  const { position } = await tailChanges(db, await tailFromNow(db))
  const [last] =
    await sql`select xid::text, id::text from changes order by changes.xid desc, changes.id desc limit 1`
  return { tail: position, feed: { xid: last?.['xid'] ?? '0', id: last?.['id'] ?? '0' } }
}

test('a transaction that stays open delays nobody else in the tail, and is seen once when it commits', async () => {
  const { tail: start } = await endOfLog()
  const slow = await openWriter('slow')
  const quick = await openWriter('quick')
  await quick.end(true)
  const first = await tailChanges(db, start)
  expect(slugsOf(first.changes)).toEqual(['quick'])
  const second = await tailChanges(db, first.position)
  expect(slugsOf(second.changes)).toEqual([])
  await slow.end(true)
  const third = await tailChanges(db, second.position)
  expect(slugsOf(third.changes)).toEqual(['slow'])
  expect((await tailChanges(db, third.position)).changes).toEqual([])
})

test('a transaction that stays open holds the feed back, so that nothing appears before what was read', async () => {
  const { feed: end } = await endOfLog()
  const slow = await openWriter('held-slow')
  const quick = await openWriter('held-quick')
  await quick.end(true)
  expect(slugsOf(await feedChanges(db, end, 100))).not.toContain('held-quick')
  await slow.end(true)
  await expect
    .poll(async () => slugsOf(await feedChanges(db, end, 100)), { interval: 5, timeout: 25_000 })
    .toEqual(['held-slow', 'held-quick'])
})

type Event =
  | { do: 'open' }
  | { do: 'end'; which: number; commit: boolean }
  | { do: 'tail' }
  | { do: 'feed'; limit: number }

const events: fc.Arbitrary<Event[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant({ do: 'open' as const }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('end' as const),
        which: fc.nat(5),
        commit: fc.integer({ min: 0, max: 4 }).map(Boolean),
      }),
    },
    { weight: 2, arbitrary: fc.constant({ do: 'tail' as const }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('feed' as const), limit: fc.integer({ min: 1, max: 5 }) }),
    },
  ),
  { minLength: 10, maxLength: 30 },
)

test('however transactions overlap, the tail sees each committed change once, the feed each in an order that stands', async () => {
  let serial = 0
  await fc.assert(
    fc.asyncProperty(events, async (sequence) => {
      let { tail, feed } = await endOfLog()
      const open: { slug: string; end(commit: boolean): Promise<void> }[] = []
      const committed = new Set<string>()
      const tailed: unknown[] = []
      const fed: { xid: string; id: string; payload: Record<string, unknown> }[] = []
      const readTail = async () => {
        const { changes, position } = await tailChanges(db, tail)
        tail = position
        tailed.push(...slugsOf(changes))
        // everything that is committed has been seen by now
        expect(new Set(tailed)).toEqual(committed)
      }
      const readFeed = async (limit: number) => {
        const page = await feedChanges(db, feed, limit)
        expect(page.length).toBeLessThanOrEqual(limit)
        fed.push(...page)
        const last = fed.at(-1)
        if (last) feed = { xid: last.xid, id: last.id }
      }
      for (const event of sequence) {
        if (event.do === 'open' && open.length < 6) {
          const slug = `serial-${serial++}`
          open.push({ slug, ...(await openWriter(slug)) })
        } else if (event.do === 'end' && open.length > 0) {
          const [ended] = open.splice(event.which % open.length, 1)
          await ended?.end(event.commit)
          if (event.commit && ended) committed.add(ended.slug)
        } else if (event.do === 'tail') await readTail()
        else if (event.do === 'feed') await readFeed(event.limit)
      }
      for (const { slug, end } of open) {
        await end(true)
        committed.add(slug)
      }
      await readTail()
      while (fed.length < committed.size) await readFeed(100)
      expect(tailed).toHaveLength(committed.size)
      expect(new Set(slugsOf(fed))).toEqual(committed)
      expect(fed).toHaveLength(committed.size)
      const order = fed.map(({ xid, id }) => [BigInt(xid), BigInt(id)] as const)
      for (const [i, [xid, id]] of order.entries()) {
        const [beforeXid, beforeId] = order[i - 1] ?? [-1n, -1n]
        expect(xid > beforeXid || (xid === beforeXid && id > beforeId)).toBe(true)
      }
    }),
    { numRuns: 20, endOnFailure: true },
  )
})
