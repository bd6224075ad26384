import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import { afterAll, expect, test } from 'vitest'
import type { Target } from '../../src/core/article-writing.ts'
import type { AppError } from '../../src/lib/errors.ts'
import type { ArticlePatch } from '../../src/shapes/article-writing.ts'
import { startApp } from '../setup/app.ts'
import { article, category, tag } from '../setup/data.ts'
import { overlap, until, waiting } from './concurrent.ts'
import { wrongCounts, wrongEntries, wrongPaths } from './judge.ts'
import { EDITOR } from './viewers.ts'

const { deps, database } = await startApp({ DATABASE_CONNECTIONS: '12' })
const { sql } = database
const { writing } = deps.core
/** Writers by plain SQL, each on a connection of its own. */
const writers = postgres(database.url, { max: 6, onnotice: () => {} })
afterAll(() => writers.end({ timeout: 1 }))

const at = (ref: string, wanted: Target['wanted'] = 'any'): Target => ({
  ref,
  locale: undefined,
  wanted,
  viewer: EDITOR,
})
const newArticle = async (input: object = {}) =>
  (await writing.create({ title: 'Words', ...input }, { viewer: EDITOR, idempotencyKey: undefined })).article
    .id
const documentOf = async (id: string) => (await writing.document(id, undefined, EDITOR)).document
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: AppError) => error.code,
  )

/** Writes by plain SQL, once, and commits when told. */
const writeAndWait = (statement: string) => (written: () => Promise<void>) =>
  writers.begin(async (tx) => {
    await tx.unsafe(statement)
    await written()
  })

async function expectOrder(): Promise<void> {
  expect(await wrongPaths(sql)).toEqual([])
  expect(await wrongEntries(sql)).toEqual({ missing: [], surplus: [] })
  expect(await wrongCounts(sql)).toEqual([])
}

test('of editors who save one version at once one wins, and the others lose nothing: they begin anew on top', async () => {
  const tags = await Promise.all(Array.from({ length: 6 }, (_, i) => tag(sql, `mine-${i}`)))
  const id = await newArticle()
  /** As a client does: what is refused is put on top of what is there now. */
  const save = async (mine: string): Promise<number> => {
    for (let version = 1, tries = 1; ; tries++) {
      const { tags: there } = await documentOf(id)
      const answer = await writing
        .patch(at(id, [version]), { tags: [...there, mine] })
        .catch((error: AppError) => error)
      if (!('code' in answer)) return tries
      expect(answer.code).toBe('VERSION_STALE')
      expect(answer.details.extra).toMatchObject({ changed: ['/tags'] })
      version = answer.details.extra?.['version'] as number
    }
  }
  await Promise.all(tags.map(save))
  expect((await documentOf(id)).tags.toSorted()).toEqual(tags.toSorted())
  const kept = await sql`select version, jsonb_array_length(document -> 'tags') as n from article_revisions
    where article_id = ${id} order by version`
  expect(kept.map(({ version, n }) => [version, n])).toEqual([0, 1, 2, 3, 4, 5, 6].map((n) => [n + 1, n]))
})

test('who waits for another editor is told what that one changed, terms too', async () => {
  const boats = await tag(sql, 'boats')
  const id = await newArticle()
  const first = writeAndWait(`
    insert into article_tags values ('${id}', '${boats}', 0);
    update articles set title = 'Theirs', version = version + 1 where id = '${id}'`)
  let told: AppError | undefined
  await overlap(sql, first, async () => {
    told = await writing.patch(at(id, [1]), { title: 'Mine' }).then(
      () => undefined,
      (error: AppError) => error,
    )
  })
  expect(told).toMatchObject({ code: 'VERSION_STALE', details: { extra: { version: 2 } } })
  expect(new Set(told?.details.extra?.['changed'] as string[])).toEqual(new Set(['/tags', '/title']))
})

test('a new text and publishing at the same moment are both there afterwards, whoever comes first', async () => {
  for (let round = 0; round < 10; round++) {
    const id = await newArticle()
    await Promise.all([
      writing.patch(at(id), { title: 'New', body: { source: 'New words' } }),
      writing.transition(at(id), 'publish'),
    ])
    const [row] = await sql`select title, status, version, body_text from articles where id = ${id}`
    expect(row).toEqual({ title: 'New', status: 'published', version: 3, body_text: 'New words' })
  }
  await expectOrder()
})

test('a save that meets a purge finds nothing, and never leaves a part of an article', async () => {
  const boats = await tag(sql, 'purged-boats')
  for (let round = 0; round < 10; round++) {
    const id = await newArticle()
    await writing.transition(at(id), 'trash')
    const [saved, purged] = await Promise.all([
      codeOf(writing.patch(at(id), { tags: [boats], body: { source: 'x' } })),
      codeOf(writing.purge(at(id))),
    ])
    expect(['done', 'ARTICLE_NOT_FOUND']).toContain(saved)
    expect(purged).toBe('done')
    expect(await sql`select 1 from article_revisions where article_id = ${id}`).toEqual([])
  }
  const id = await newArticle()
  await overlap(sql, writeAndWait(`delete from articles where id = '${id}'`), async () =>
    expect(await codeOf(writing.patch(at(id), { tags: [boats] }))).toBe('ARTICLE_NOT_FOUND'),
  )
})

test('what is deleted while an article is saved with it is not found, or stays', async () => {
  const kinds = {
    tags: ['tags', () => tag(sql, `gone-${randomUUID()}`)],
    categories: ['categories', () => category(sql, `gone-${randomUUID()}`)],
  } as const
  for (const [member, [table, make]] of Object.entries(kinds)) {
    const deleted = await make()
    const id = await newArticle()
    await overlap(sql, writeAndWait(`delete from ${table} where id = '${deleted}'`), async () =>
      expect(await codeOf(writing.patch(at(id), { [member]: [deleted] }))).toBe('REFERENCE_NOT_FOUND'),
    )
    const other = await newArticle()
    await overlap(sql, writeAndWait(`delete from articles where id = '${other}'`), async () => {
      const patch: ArticlePatch = { adjacent: { site: { next: other } } }
      expect(await codeOf(writing.patch(at(id), patch))).toBe('REFERENCE_NOT_FOUND')
      expect(await codeOf(writing.patch(at(id), { translationOf: other }))).toBe('REFERENCE_NOT_FOUND')
    })
    for (let round = 0; round < 10; round++) {
      const subject = await make()
      const [saved, removed] = await Promise.all([
        codeOf(writing.patch(at(id), { [member]: [subject] })),
        writers.unsafe(`delete from ${table} where id = '${subject}'`).then(
          () => 'done',
          () => 'refused',
        ),
      ])
      expect([
        ['done', 'refused'],
        ['REFERENCE_NOT_FOUND', 'done'],
      ]).toContainEqual([saved, removed])
    }
  }
  await expectOrder()
})

test('nobody waits for the category tree with an article in hand that the holder of the tree needs', async () => {
  const [one, two] = [await category(sql, 'tree-one'), await category(sql, 'tree-two')]
  const [id, other] = [await newArticle(), await article(sql)]
  const others: Promise<unknown>[] = []
  const waits = async (n: number, work: Promise<unknown>) => {
    others.push(work)
    await until(async () => (await waiting(sql)) === n)
  }
  await writers.begin(async (tx) => {
    // less than it takes the server to look for a ring: who is in one fails here
    await tx`set local lock_timeout = '500ms'`
    await tx`insert into article_categories values (${other}, ${one}, 0)`
    await waits(1, writers.unsafe(`update categories set parent_id = '${two}' where id = '${one}'`).execute())
    await waits(2, writing.patch(at(id), { title: 'New', categories: [one] }))
    await tx`update articles set subtitle = 'Theirs' where id = ${id}`
  })
  await Promise.all(others)
  expect(await documentOf(id)).toMatchObject({ title: 'New', subtitle: 'Theirs', categories: [one] })
  await expectOrder()
})

test('nor with anything in hand that a new article refers to', async () => {
  const port = await category(sql, 'tree-port')
  let created: Promise<string> | undefined
  await writers.begin(async (tx) => {
    await tx`set local lock_timeout = '500ms'`
    await tx`select pg_advisory_xact_lock(hashtext('broadsheet.category_tree'))`
    created = codeOf(newArticle({ categories: [port] }))
    await until(async () => (await waiting(sql)) === 1)
    await tx`delete from categories where id = ${port}`
  })
  expect(await created).toBe('REFERENCE_NOT_FOUND')
})

test('while terms become one and go, articles are saved with them or told that they are gone', async () => {
  const { categories, tags } = deps.core
  for (let round = 0; round < 5; round++) {
    const name = (kind: string, n: number) => `${kind}-${round}-${n}`
    for (const n of [0, 1, 2]) {
      await category(sql, name('cat', n))
      await tag(sql, name('tag', n))
    }
    const id = await newArticle({ categories: [name('cat', 0)], tags: [name('tag', 0)] })
    const saved = await Promise.all([
      codeOf(writing.patch(at(id), { categories: [name('cat', 0), name('cat', 1)] })),
      codeOf(writing.patch(at(id), { tags: [name('tag', 1), name('tag', 2)] })),
      codeOf(newArticle({ categories: [name('cat', 1), name('cat', 2)], tags: [name('tag', 0)] })),
      codeOf(writing.transition(at(id), 'publish')),
      codeOf(categories.merge(name('cat', 0), { into: name('cat', 2) }, EDITOR)),
      codeOf(tags.merge(name('tag', 1), { into: name('tag', 0) }, EDITOR)),
      codeOf(tags.remove(name('tag', 2), { articles: 'unlink' }, EDITOR)),
    ])
    // a slug that was merged goes on to name what it was merged into; both in one list are one twice
    for (const code of saved.slice(0, 3))
      expect(['done', 'REFERENCE_NOT_FOUND', 'VALIDATION_FAILED']).toContain(code)
    expect(saved.slice(3)).toEqual(['done', 'done', 'done', 'done'])
    await expectOrder()
  }
})

test('many editors of many articles, while categories move, all come through, and the order is exact', async () => {
  const tops = await Promise.all([1, 2, 3].map((n) => category(sql, `top-${n}`)))
  const subs = await Promise.all([0, 1, 2, 3].map((n) => category(sql, `sub-${n}`, tops[n % 3])))
  const ids = await Promise.all(Array.from({ length: 8 }, () => newArticle({ categories: [subs[0]] })))
  const pick = <T>(list: T[], n: number): T => list[n % list.length] as T
  for (let round = 0; round < 4; round++) {
    const edits = ids.flatMap((id, i) => [
      writing.patch(at(id), {
        categories: [pick(subs, round + i), pick(tops, i)],
        locale: i % 2 ? 'en' : 'de',
      }),
      writing.transition(at(id), (round + i) % 2 ? 'publish' : 'unpublish'),
      writing.patch(at(id), { title: `Round ${round}`, adjacent: { site: { next: pick(ids, i + 1) } } }),
    ])
    const moves = subs.map((sub, i) =>
      writers`update categories set parent_id = ${pick(tops, round + i)} where id = ${sub}`.execute(),
    )
    expect(await Promise.allSettled([...edits, ...moves])).toEqual(
      [...edits, ...moves].map(() => expect.objectContaining({ status: 'fulfilled' })),
    )
    await expectOrder()
  }
  const gaps = await sql`
    select a.id from articles a join article_revisions r on r.article_id = a.id
    group by a.id, a.version having count(*) <> a.version`
  expect(gaps).toEqual([])
})

test('two articles that shall translate each other do not: one does, and the other leads', async () => {
  for (let round = 0; round < 3; round++) {
    const [english, german] = [await newArticle(), await newArticle({ locale: 'de' })]
    const codes = await Promise.all([
      codeOf(writing.patch(at(english), { translationOf: german })),
      codeOf(writing.patch(at(german), { translationOf: english })),
    ])
    expect(codes.toSorted()).toEqual(['CONFLICT', 'done'])
  }
})

test('who joins an original that becomes a translation itself meanwhile has its original', async () => {
  const [leading, german, first] = [
    await newArticle(),
    await newArticle({ locale: 'de' }),
    await newArticle({ locale: 'fr' }),
  ]
  // it leads, with nobody behind it
  await sql`update articles set translation_group = id where id = ${leading}`
  const joins = `update articles set translation_group = '${first}' where id in ('${first}', '${leading}')`
  await overlap(sql, writeAndWait(joins), () => writing.patch(at(german), { translationOf: leading }))
  expect((await documentOf(german)).translationOf).toBe(first)
})

test('of translations into one language that are made at once there is one', async () => {
  const original = await newArticle()
  const codes = await Promise.all(
    Array.from({ length: 4 }, () => codeOf(newArticle({ locale: 'fr', translationOf: original }))),
  )
  expect(codes.toSorted()).toEqual(['TRANSLATION_EXISTS', 'TRANSLATION_EXISTS', 'TRANSLATION_EXISTS', 'done'])
})
