import { eq, type SQL, sql } from 'drizzle-orm'
import type { AuthorPolicy, CommentPolicy, CommentStatus } from '../domain/comment.ts'
import type { Db } from './client.ts'
import type { ArticleKey } from './references.ts'
import { type Params, param, statements, textArray } from './statement.ts'
import { spentTokens } from './tables/comments.ts'
import { visibleArticle } from './visible.ts'

/** An article that takes comments, or took them, and the comment that is answered. */
export interface PostingContext {
  articleId: string
  commentPolicy: CommentPolicy | null
  commentsCloseAt: string | null
  publishedAt: string
  /** The clock of the database. */
  now: string
  /** The comment that is answered, in whatever state; null where this article has no such comment. */
  parent: ParentRow | null
}

export interface ParentRow {
  id: string
  parentId: string | null
  rootId: string
  depth: number
  status: CommentStatus
  hiddenBy: string | null
  sandbox: boolean
}

/** What the rules must know of an author and of what happened of late. Ages are in seconds; a clock may make them negative. */
export interface PostingFacts {
  /** End of the longest ban on the author. */
  bannedUntil: string | null
  /** The latest comment of this author with these words at this place. */
  twin: { id: string; age: number } | null
  /** Age of the author's latest comment, where it is within the pause. */
  lastOfAuthor: number | null
  /** Ages of the latest comments of the network within an hour, the youngest first; no more than the limit. */
  ofNetwork: number[]
  /** Age of the comment of the article that has to be a minute old before another one is taken; null where there is none. */
  ofArticle: number | null
  /** Comments of the last minute; no more than the limit. */
  ofSite: number
  /** What moderators decided about the author in the last seven days. */
  record: { decided: number; rejected: number }
  /** Approved comments of this identity within twelve months; no more than the limit. */
  approved: number
  authorPolicy: AuthorPolicy | null
  /** The name looks like one of the staff's. */
  nameReserved: boolean
  /** Of the word lists; 0 where there are none. */
  wordsVersion: number
}

/** Who writes, for `PostingFacts`. Keys are keyed hashes. */
export interface FactsOf {
  /** The name, in the ways in which it may be read. */
  names: readonly string[]
  authorKeys: readonly Buffer[]
  identityKey: Buffer
  /** Of the network: today's and yesterday's. None where no network is known. */
  networkKeys: readonly Buffer[]
  bans: readonly { kind: string; key: Buffer }[]
  bodyHash: Buffer
  /** The comment that is answered. */
  parentId: string | null
  limits: {
    pauseSeconds: number
    perHour: number
    articlePerMinute: number
    sitePerMinute: number
    knownAfter: number
    twinHours: number
  }
  /** The least id that a comment of the last minute can have. */
  minuteFloor: string
}

interface Variant {
  by: 'id' | 'slug'
  /** With what the rules must know of the author; locked, nobody closes or hides the article before the transaction ends. */
  facts: 'no' | 'read' | 'locked'
}

// bounds by now(), which an index takes; ages by the clock, for what others wrote while this one waited
const age = (row: SQL): SQL => sql`extract(epoch from clock_timestamp() - ${row}.created_at)::float8`
const AGE = age(sql`p`)
const key = (name: string) => sql`decode(${param.text(name)}, 'hex')`
const keys = (name: string) => sql`array(select decode(k, 'hex') from unnest(${param.texts(name)}) k)`

const OF_AUTHOR = sql`(p.author_key = any(${keys('authorKeys')}) or p.identity_key = ${key('identityKey')})`

/** Comments of an author, the latest ones, whose decisions make a record. */
const OF_RECORD = sql`200`

const SKELETONS = sql`array(select s from unnest(${param.texts('names')}) n, name_skeleton(n) s where s <> '')`

const FACTS = sql`json_build_object(
  'bannedUntil', (
    select max(b.until) from unnest(${param.texts('banKinds')}, ${param.texts('banKeys')}) k (kind, key)
    join comment_bans b on b.kind = k.kind and b.key = decode(k.key, 'hex')
    where b.lifted_at is null and b.until > now()),
  'twin', (
    select json_build_object('id', p.comment_id, 'age', ${AGE})
    from comment_private p join comments c on c.id = p.comment_id
    where ${OF_AUTHOR} and p.created_at > now() - make_interval(hours => ${param.integer('twinHours')})
      and p.body_hash = ${key('bodyHash')} and c.article_id = a.id
      and c.status <> 'erased' and not (c.status = 'deleted' and c.status_reason = 'withdrawn')
      and coalesce(c.reply_to_id, c.parent_id) is not distinct from ${param.uuid('parentId')}
    order by p.created_at desc limit 1),
  'lastOfAuthor', (
    select min(${AGE}) from comment_private p
    where ${OF_AUTHOR} and p.created_at > now() - make_interval(secs => ${param.integer('pauseSeconds')})),
  'ofNetwork', (
    select coalesce(json_agg(n.age order by n.age), '[]') from (
      select ${AGE} as age from comment_private p
      where p.ip_hmac = any(${keys('networkKeys')}) and p.created_at > now() - interval '1 hour'
      order by p.created_at desc limit ${param.integer('perHour')}) n),
  'ofArticle', (
    select ${age(sql`c`)} from comments c
    where c.article_id = a.id and c.id > ${param.uuid('minuteFloor')} and c.decided_by <> 'import' and not c.sandbox
    order by c.id desc offset greatest(${param.integer('articlePerMinute')} - 1, 0) limit 1),
  'ofSite', (
    select count(*) from (
      select from comments c where c.id > ${param.uuid('minuteFloor')} and c.decided_by <> 'import' and not c.sandbox
      order by c.id desc limit ${param.integer('sitePerMinute')}) c),
  'record', (
    select json_build_object('decided', count(*), 'rejected', count(*) filter (where c.status in ('rejected', 'spam')))
    from (
      select p.comment_id from comment_private p
      where ${OF_AUTHOR} and p.created_at > now() - interval '60 days'
      order by p.created_at desc limit ${OF_RECORD}) p
    cross join lateral (
      -- the limit keeps a plan from reading all comments that somebody decided of late
      select c.status, c.decided_at, c.decided_by from comments c where c.id = p.comment_id limit 1) c
    where c.decided_at > now() - interval '7 days' and c.decided_by ~ '^(key|user):'
      and c.status in ('approved', 'rejected', 'spam')),
  'approved', (
    select count(*) from (
      select from comment_private p join comments c on c.id = p.comment_id
      where p.identity_key = ${key('identityKey')} and p.created_at > now() - interval '12 months'
        and c.status = 'approved'
      limit ${param.integer('knownAfter')}) c),
  'authorPolicy', (
    select o.policy from author_policies o where o.key = ${key('identityKey')} or o.key = any(${keys('authorKeys')})
    order by o.policy limit 1),
  'nameReserved',
    exists (select from authors x where name_skeleton(x.name) = any(${SKELETONS}))
    or exists (select from moderation_words w cross join unnest(w.reserved) r
               where name_skeleton(r) = any(${SKELETONS})),
  'wordsVersion', coalesce((select w.version from moderation_words w), 0))`

export const postingContext = statements<Variant, PostingContext & { facts?: PostingFacts }>(
  'posting_context',
  ({ by, facts }) => {
    const wanted =
      by === 'id'
        ? sql`a.id = ${param.uuid('id')}`
        : sql`a.id = (select subject_id from slugs
                    where kind = 'article' and locale = ${param.text('locale')} and slug = ${param.text('slug')})`
    return sql`
    select json_build_object(
      'articleId', a.id, 'commentPolicy', a.comment_policy, 'commentsCloseAt', a.comments_close_at,
      'publishedAt', a.published_at, 'now', now(),
      'parent', (select json_build_object('id', c.id, 'parentId', c.parent_id, 'rootId', c.root_id, 'depth', c.depth,
                   'status', c.status, 'hiddenBy', c.hidden_by, 'sandbox', c.sandbox)
                 from comments c where c.article_id = a.id and c.id = ${param.uuid('parentId')})
      ${facts === 'no' ? sql`` : sql`, 'facts', ${FACTS}`}) as answer
    from articles a where ${wanted} and ${visibleArticle(sql`a`)}
    ${facts === 'locked' ? sql`for no key update of a` : sql``}`
  },
)

/** @returns a visible article and the comment that is answered, or undefined. One statement. */
export async function readPostingContext(
  db: Db,
  article: ArticleKey,
  parentId: string | null,
): Promise<PostingContext | undefined> {
  const [row] = await postingContext.run(db, { by: byOf(article), facts: 'no' }, { ...article, parentId })
  return row
}

/**
 * @param facts `locked` for who is going to write, after `lockThread` and `lockAuthors`.
 * @returns the same with all that the rules must know of the author. One statement.
 */
export async function readPostingFacts(
  db: Db,
  article: ArticleKey,
  of: FactsOf,
  facts: 'read' | 'locked',
): Promise<{ context: PostingContext; facts: PostingFacts } | undefined> {
  const [row] = await postingContext.run(db, { by: byOf(article), facts }, { ...article, ...factParams(of) })
  if (!row?.facts) return undefined
  const { facts: found, ...context } = row
  return { context, facts: found }
}

const byOf = (article: ArticleKey): Variant['by'] => ('id' in article ? 'id' : 'slug')

function factParams({ limits, bans, networkKeys, authorKeys, names, ...of }: FactsOf): Params {
  return {
    names: textArray(names),
    authorKeys: textArray(authorKeys.map((hash) => hash.toString('hex'))),
    identityKey: of.identityKey.toString('hex'),
    bodyHash: of.bodyHash.toString('hex'),
    networkKeys: textArray(networkKeys.map((hash) => hash.toString('hex'))),
    banKinds: textArray(bans.map(({ kind }) => kind)),
    banKeys: textArray(bans.map(({ key }) => key.toString('hex'))),
    parentId: of.parentId,
    minuteFloor: of.minuteFloor,
    ...limits,
  }
}

/**
 * Makes everybody who posts as one of these wait for the transaction, so that limits count what others have just posted.
 * Always in one order, so that nobody waits in a circle.
 */
export async function lockAuthors(tx: Db, hashes: readonly Buffer[]): Promise<void> {
  const names = textArray(hashes.map((hash) => `comment author ${hash.toString('hex')}`))
  await tx.execute(sql`
    select pg_advisory_xact_lock(k)
    from (select distinct hashtextextended(name, 0) as k from unnest(${names}::text[]) name order by k) locks`)
}

/** @returns true where a token was used before. */
export async function isSpent(db: Db, id: string): Promise<boolean> {
  const [row] = await db.select({ id: spentTokens.id }).from(spentTokens).where(eq(spentTokens.id, id))
  return row !== undefined
}

/** Uses up a token. @returns false where it was used before. */
export async function spendToken(tx: Db, id: string, expiresAt: string): Promise<boolean> {
  const spent = await tx
    .insert(spentTokens)
    .values({ id, expiresAt })
    .onConflictDoNothing()
    .returning({ id: spentTokens.id })
  return spent.length === 1
}
