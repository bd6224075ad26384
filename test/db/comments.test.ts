import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findComment, transition } from '../../src/core/comment-states.ts'
import type { TransitionActor } from '../../src/core/comment-transitions.ts'
import { ANONYMOUS } from '../../src/core/viewer.ts'
import { inTransaction } from '../../src/db/client.ts'
import { lockThread } from '../../src/db/comment-writes.ts'
import { COMMENT_STATUSES, type CommentStatus } from '../../src/domain/comment.ts'
import type { Viewer } from '../../src/domain/viewer.ts'
import { AppError } from '../../src/lib/errors.ts'
import { DECISIONS, type DecisionAction } from '../../src/shapes/moderation.ts'
import { startApp } from '../setup/app.ts'
import { article, comment } from '../setup/data.ts'
import { wrongComments } from './judge.ts'
import { MODERATOR, SANDBOX_WRITER } from './viewers.ts'

const { deps, database } = await startApp()
const { sql } = database
const { comments, moderation } = deps.core

const ACTORS: TransitionActor[] = ['system', 'author', 'moderator', 'admin', 'subject']

/** Through the one transition function, as everything in core does it. */
function move(id: string, status: CommentStatus, actor: TransitionActor): Promise<boolean> {
  return inTransaction(deps.database.db, 'test', async (tx) => {
    await lockThread(tx, id)
    return transition(
      tx,
      await findComment(tx, id),
      { status, reason: 'moderator', decidedBy: 'test' },
      actor,
    )
  })
}

const codeOf = (error: unknown): string => {
  if (error instanceof AppError) return error.code
  throw error
}

interface Receipts {
  id: string
  receipt: string
}

async function post(
  articleId: string,
  fields: { parentId?: string; body?: string; viewer?: Viewer } = {},
): Promise<Receipts> {
  const { parentId, body = 'Words', viewer = ANONYMOUS } = fields
  const { answer } = await comments.post(
    articleId,
    undefined,
    { body, author: { name: 'Reader' }, ...(parentId && { parentId }) },
    { viewer, address: '203.0.113.7', idempotencyKey: undefined },
  )
  return { id: String(answer.comment?.id), receipt: String(answer.receipt) }
}

type Step =
  | { do: 'post'; on: number; parent: number | null; body: 'plain' | 'links'; sandbox: boolean }
  | { do: 'decide'; on: number; action: DecisionAction }
  | { do: 'withdraw'; on: number; moderator: boolean }
  | { do: 'edit'; on: number; body: 'plain' | 'links' }
  | { do: 'move'; on: number; to: CommentStatus; actor: TransitionActor }

const n = fc.nat(1000)
const body = fc.constantFrom('plain' as const, 'plain' as const, 'plain' as const, 'links' as const)
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('post' as const),
        on: n,
        parent: fc.option(n, { freq: 4 }),
        body,
        sandbox: fc.integer({ min: 0, max: 9 }).map((chance) => chance === 0),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('decide' as const),
        on: n,
        action: fc.constantFrom(...DECISIONS),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('withdraw' as const), on: n, moderator: fc.boolean() }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('edit' as const), on: n, body }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('move' as const),
        on: n,
        to: fc.constantFrom(...COMMENT_STATUSES),
        actor: fc.constantFrom(...ACTORS),
      }),
    },
  ),
  { minLength: 15, maxLength: 45 },
)

const WORDS = { plain: 'Words', links: 'https://one.example and https://two.example' }
const EXPECTED = [
  'PARENT_NOT_FOUND',
  'PARENT_NOT_REPLYABLE',
  'INVALID_TRANSITION',
  'COMMENT_NOT_FOUND',
  'EDIT_WINDOW_CLOSED',
  'AUTHENTICATION_FAILED',
]

async function take(step: Step, articleIds: string[], posted: Receipts[]): Promise<void> {
  const articleId = articleIds[step.on % articleIds.length] as string
  if (step.do === 'post') {
    const parent = step.parent === null ? undefined : posted[step.parent % Math.max(1, posted.length)]
    const [home] = parent ? await sql`select article_id from comments where id = ${parent.id}` : []
    posted.push(
      await post(home?.['article_id'] ?? articleId, {
        ...(parent && { parentId: parent.id }),
        body: WORDS[step.body],
        ...(step.sandbox && { viewer: SANDBOX_WRITER }),
      }),
    )
    return
  }
  const target = posted[step.on % Math.max(1, posted.length)]
  if (!target) return
  if (step.do === 'move') await move(target.id, step.to, step.actor)
  if (step.do === 'edit')
    await comments.edit(target.id, WORDS[step.body], { viewer: ANONYMOUS, receipt: target.receipt })
  if (step.do === 'withdraw')
    await comments.withdraw(target.id, {
      viewer: step.moderator ? MODERATOR : ANONYMOUS,
      receipt: target.receipt,
    })
  if (step.do === 'decide') {
    const [row] = await sql`select revision from comments where id = ${target.id}`
    const decision = { commentId: target.id, revision: row?.['revision'], action: step.action }
    const { results } = await moderation.decide(
      [{ ...decision, ...(step.action === 'reject' && { reasonCode: 'off_topic' }) }],
      { viewer: MODERATOR },
    )
    const [result] = results
    if (!result?.ok) expect(EXPECTED).toContain(result?.code)
  }
}

/** What everybody may see of an article's comments, by walking threads and replies. */
async function walkPublic(articleId: string): Promise<{ id: string; words: boolean; replyCount: number }[]> {
  const seen: { id: string; words: boolean; replyCount: number }[] = []
  const below = async (id: string): Promise<void> => {
    let after: string | undefined
    for (;;) {
      const page = await comments.replies(id, { limit: 2, ...(after && { after }) })
      for (const reply of page.nodes) await meet(reply)
      if (!page.hasNext) return
      after = page.cursors.at(-1)
    }
  }
  const meet = async (one: { id: string; html: string | null; replyCount: number }): Promise<void> => {
    seen.push({ id: one.id, words: one.html !== null, replyCount: one.replyCount })
    await below(one.id)
  }
  let after: string | undefined
  for (;;) {
    const page = await comments.threads(articleId, undefined, { limit: 2, ...(after && { after }) })
    for (const thread of page.nodes) await meet(thread)
    if (!page.hasNext) return seen
    after = page.cursors.at(-1)
  }
}

test('after any sequence of posts, decisions, edits and withdrawals every counter and every hiding is right', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      await sql`delete from articles`
      const articleIds = [await article(sql), await article(sql)]
      const posted: Receipts[] = []
      for (const [i, step] of sequence.entries()) {
        await take(step, articleIds, posted).catch((error) => expect(EXPECTED).toContain(codeOf(error)))
        if (i % 4 === 0) expect(await wrongComments(sql)).toEqual([])
      }
      expect(await wrongComments(sql)).toEqual([])
      for (const articleId of articleIds) {
        const seen = await walkPublic(articleId)
        const approved = await sql`
          with recursive shown as (
            select id, status, parent_id from comments where article_id = ${articleId} and parent_id is null and not sandbox
            union all
            select c.id, c.status, c.parent_id from comments c join shown on c.parent_id = shown.id
            where shown.status not in ('rejected', 'spam') and not c.sandbox
          )
          select id from shown where status = 'approved' order by id`
        expect(
          seen
            .filter(({ words }) => words)
            .map(({ id }) => id)
            .sort(),
        ).toEqual(approved.map((row) => row['id']))
        expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length)
        for (const { words, replyCount } of seen) expect(words || replyCount > 0).toBe(true)
        const [row] = await sql`select comment_count from articles where id = ${articleId}`
        expect(row?.['comment_count']).toBe(approved.length)
      }
    }),
    { numRuns: 20, endOnFailure: true },
  )
})

test('rejections within one another hide and show again only what each of them hides', async () => {
  const articleId = await article(sql)
  const root = await comment(sql, articleId)
  const middle = await comment(sql, articleId, { parentId: root })
  const leaf = await comment(sql, articleId, { parentId: middle })
  const hiddenBy = async (id: string) =>
    (await sql`select hidden_by from comments where id = ${id}`)[0]?.['hidden_by']
  const counts = async () =>
    (await sql`select comment_count from articles where id = ${articleId}`)[0]?.['comment_count']
  const steps: [string, CommentStatus, string | null, string | null, number][] = [
    [middle, 'rejected', null, middle, 1],
    [root, 'rejected', root, middle, 0],
    [middle, 'approved', root, root, 0],
    [middle, 'spam', root, middle, 0],
    [root, 'approved', null, middle, 1],
    [middle, 'deleted', null, null, 2],
    [root, 'deleted', null, null, 1],
    [root, 'erased', null, null, 1],
  ]
  expect(await counts()).toBe(3)
  for (const [id, status, ofMiddle, ofLeaf, count] of steps) {
    await move(id, status, status === 'erased' ? 'admin' : 'moderator')
    expect([status, await hiddenBy(middle), await hiddenBy(leaf), await counts()]).toEqual([
      status,
      ofMiddle,
      ofLeaf,
      count,
    ])
  }
  expect(await wrongComments(sql)).toEqual([])
})

test('statements of plain SQL that write many comments at once keep the counters right', async () => {
  const articleId = await article(sql)
  const root = await comment(sql, articleId)
  await sql`
    with made as (select gen_random_uuid() as id, i from generate_series(1, 12) i)
    insert into comments (id, article_id, parent_id, root_id, depth, status, status_reason, decided_by, author_name,
      body, body_html, body_text)
    select id, ${articleId}, ${root}, ${root}, 1, (array['approved', 'pending', 'spam'])[1 + i % 3], 'imported', 'cli', 'N',
      'b', 'b', 'b' from made`
  expect(await wrongComments(sql)).toEqual([])
  expect((await sql`select reply_count from comments where id = ${root}`)[0]?.['reply_count']).toBe(4)
  await sql`update comments set status = case status when 'approved' then 'pending' else 'approved' end
            where parent_id = ${root} and status <> 'spam'`
  expect(await wrongComments(sql)).toEqual([])
  await sql`delete from comments where parent_id = ${root} and status in ('approved', 'spam')`
  expect(await wrongComments(sql)).toEqual([])
  await sql`delete from comments where article_id = ${articleId} and parent_id is not null`
  expect((await sql`select reply_count from comments where id = ${root}`)[0]?.['reply_count']).toBe(0)
})

test('a reply past the depth limit hangs beside the one it answers and remembers it', async () => {
  const articleId = await article(sql)
  let last = await post(articleId)
  for (let depth = 1; depth <= 5; depth++) last = await post(articleId, { parentId: last.id })
  const { id } = await post(articleId, { parentId: last.id })
  const [row] = await sql`
    select c.depth, c.reply_to_id, c.parent_id = p.parent_id as beside
    from comments c join comments p on p.id = ${last.id} where c.id = ${id}`
  expect(row).toEqual({ depth: 5, reply_to_id: last.id, beside: true })
  expect(await wrongComments(sql)).toEqual([])
})

interface RawComment {
  id?: string
  article: string
  parent: string | null
  root?: string
  depth: number
  status?: string
  body?: string
}

const insertRaw = ({
  id = randomUUID(),
  article,
  parent,
  root = id,
  depth,
  status = 'approved',
  body = 'b',
}: RawComment) => sql`
  insert into comments (id, article_id, parent_id, root_id, depth, status, status_reason, decided_by, author_name, body,
    body_html, body_text)
  values (${id}, ${article}, ${parent}, ${root}, ${depth}, ${status}, 'accepted', 'system', 'N', ${body}, '', '')`

test('the database refuses foreign parents, false depths, unknown states and bodies that are too large', async () => {
  const [here, there] = [await article(sql), await article(sql)]
  const root = await comment(sql, here)
  const foreign = await comment(sql, there)
  const refusals: [RawComment, string][] = [
    [{ article: here, parent: foreign, root: foreign, depth: 1 }, 'comments_parent_in_article'],
    [{ article: here, parent: randomUUID(), root, depth: 1 }, 'comments_parent_in_article'],
    [{ article: here, parent: root, root, depth: 6 }, 'comments_depth_bounded'],
    [{ article: here, parent: root, root, depth: -1 }, 'comments_depth_bounded'],
    [{ article: here, parent: root, root, depth: 0 }, 'comments_root_has_no_parent'],
    [{ article: here, parent: null, depth: 1 }, 'comments_root_has_no_parent'],
    [{ article: here, parent: null, root, depth: 0 }, 'comments_root_is_itself'],
    [{ article: here, parent: null, depth: 0, status: 'hidden' }, 'comments_status_known'],
    [{ article: here, parent: null, depth: 0, body: 'é'.repeat(10_241) }, 'comments_body_bounded'],
    [{ article: randomUUID(), parent: null, depth: 0 }, 'comments_article_id_articles_id_fk'],
  ]
  for (const [raw, constraint] of refusals) {
    await expect(insertRaw(raw)).rejects.toMatchObject({ constraint_name: constraint })
  }
  expect(await wrongComments(sql)).toEqual([])
})

test('a comment with replies cannot be deleted from under them', async () => {
  const articleId = await article(sql)
  const root = await comment(sql, articleId)
  const reply = await comment(sql, articleId, { parentId: root })
  await expect(sql`delete from comments where id = ${root}`).rejects.toMatchObject({
    constraint_name: 'comments_parent_in_article',
  })
  expect(await sql`select from comments where id = any(${[root, reply]})`).toHaveLength(2)
  await sql`delete from articles where id = ${articleId}`
  expect(await sql`select from comments where id = any(${[root, reply]})`).toHaveLength(0)
  expect(await sql`select from comment_private where comment_id = any(${[root, reply]})`).toHaveLength(0)
})

test('a comment stays in its article, below its parent, and keeps its id, whoever writes', async () => {
  const [here, there] = [await article(sql), await article(sql)]
  const root = await comment(sql, here)
  const other = await comment(sql, here)
  const reply = await comment(sql, here, { parentId: root })
  const alone = await comment(sql, here)
  const refusals: [string, Record<string, string | number | null>, string][] = [
    [alone, { article_id: there }, 'comments_keep_place'],
    [reply, { parent_id: other }, 'comments_keep_place'],
    [reply, { parent_id: other, root_id: other }, 'comments_keep_place'],
    [reply, { parent_id: null, root_id: reply, depth: 0 }, 'comments_keep_place'],
    [reply, { root_id: other }, 'comments_keep_place'],
    [reply, { depth: 2 }, 'comments_keep_place'],
    [alone, { id: randomUUID() }, 'comments_keep_id'],
  ]
  for (const [id, set, constraint] of refusals) {
    await expect(sql`update comments set ${sql(set)} where id = ${id}`).rejects.toMatchObject({
      constraint_name: constraint,
    })
  }
  await sql`update comments set id = id, article_id = article_id, parent_id = parent_id, body = 'New words'
    where status <> 'erased'`
  expect(await wrongComments(sql)).toEqual([])
})

test('a comment that becomes a test comment, or ceases to be one, leaves and enters every counter above it', async () => {
  const articleId = await article(sql)
  const root = await comment(sql, articleId)
  const middle = await comment(sql, articleId, { parentId: root })
  const leaf = await comment(sql, articleId, { parentId: middle })
  const pending = await comment(sql, articleId, { parentId: middle, status: 'pending' })
  const counts = async () => {
    const [row] = await sql`
      select (select comment_count from articles where id = ${articleId}) as article,
        (select reply_count from comments where id = ${root}) as root,
        (select reply_count from comments where id = ${middle}) as middle`
    return { ...row }
  }
  const flip = (ids: string[], sandbox: boolean) =>
    sql`update comments set sandbox = ${sandbox} where id = any(${ids})`
  await flip([leaf, pending], true)
  expect(await counts()).toEqual({ article: 2, root: 1, middle: 0 })
  await flip([middle], true)
  expect(await counts()).toEqual({ article: 1, root: 0, middle: 0 })
  await sql`update comments set sandbox = false, status = 'approved' where id = any(${[leaf, middle, pending]})`
  expect(await counts()).toEqual({ article: 4, root: 3, middle: 2 })
  await sql`update comments set sandbox = true, status = 'spam' where id = ${leaf}`
  expect(await counts()).toEqual({ article: 3, root: 2, middle: 1 })
  expect(await wrongComments(sql)).toEqual([])
})

test('a reply to an absent, foreign, hidden or test comment is refused as absent, to a deleted one as not replyable', async () => {
  const [here, there] = [await article(sql), await article(sql)]
  const root = await comment(sql, here)
  const rejected = await comment(sql, here, { status: 'rejected' })
  const absent = [
    randomUUID(),
    await comment(sql, there),
    await comment(sql, here, { status: 'pending', parentId: root }),
    await comment(sql, here, { status: 'spam' }),
    await comment(sql, here, { status: 'erased' }),
    rejected,
    await comment(sql, here, { parentId: rejected }),
    await comment(sql, here, { parentId: rejected, status: 'deleted' }),
    (await post(here, { viewer: SANDBOX_WRITER })).id,
  ]
  for (const parentId of absent) {
    await expect(post(here, { parentId })).rejects.toMatchObject({ code: 'PARENT_NOT_FOUND' })
  }
  const deleted = await comment(sql, here, { status: 'deleted' })
  await expect(post(here, { parentId: deleted })).rejects.toMatchObject({ code: 'PARENT_NOT_REPLYABLE' })
  expect(await wrongComments(sql)).toEqual([])
})
