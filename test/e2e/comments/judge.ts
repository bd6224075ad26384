import type postgres from 'postgres'
import { expect } from 'vitest'
import { canaryWord, type Ledger } from './ledger.ts'

/** Milliseconds by which a moment that is rounded may lie on the other side. */
const ROUNDING = 2

/** The moment in the id of a comment, which is made after the rules have looked, with the locks held. */
const JUDGED_AT = `to_timestamp(('x' || substr(replace(id::text, '-', ''), 1, 12))::bit(48)::bigint / 1000.0)`

/** Holds the database against what the clients know, by SQL that shares nothing with the code. */
export async function judge(sql: postgres.Sql, ledger: Ledger): Promise<void> {
  await judgeExistence(sql, ledger)
  await judgeTree(sql)
  await judgeCounts(sql)
  await judgeWords(sql, ledger)
  await judgeLog(sql, ledger)
  await judgeLimits(sql)
  await judgeVotes(sql, ledger)
  await judgeErasure(sql, ledger)
}

/** Each comment that was acknowledged is there once, under its keys, and no other is there; but for who was erased. */
async function judgeExistence(sql: postgres.Sql, { acknowledged }: Ledger): Promise<void> {
  const all = new Set([...acknowledged.values()].map(({ id }) => id))
  const kept = [...acknowledged].filter(([, { reader }]) => !reader.erased)
  const rows = await sql<{ id: string }[]>`select id::text from comments`
  const stored = new Set(rows.map(({ id }) => id))
  const lost = kept.filter(([, { id }]) => !stored.has(id))
  expect.soft(lost, 'lost').toEqual([])
  const foreign = [...stored].filter((id) => !all.has(id))
  expect.soft(foreign, 'not acknowledged').toEqual([])
  const remembered = await sql<{ key: string; id: string }[]>`
    select key, subject_id::text as id from idempotency_keys where scope like '%:comment'`
  const found = Object.fromEntries(remembered.map(({ key, id }) => [key, id]))
  expect.soft(found, 'keys').toEqual(Object.fromEntries(kept.map(([key, { id }]) => [key, id])))
  const doubles = await sql`
    select substring(body from 'canary[0-9]+') as words from comments where body <> '' group by 1 having count(*) > 1`
  expect.soft(doubles, 'doubled').toEqual([])
}

/** Each comment hangs where its place says; none of both halves is there without the other. */
async function judgeTree(sql: postgres.Sql): Promise<void> {
  const misplaced = await sql`
    select c.id from comments c left join comments p on p.id = c.parent_id
    where (c.parent_id is null and (c.depth <> 0 or c.root_id <> c.id))
      or (c.parent_id is not null and (p.id is null or p.article_id <> c.article_id or p.root_id <> c.root_id
        or p.depth + 1 <> c.depth))`
  expect.soft(misplaced, 'orphans').toEqual([])
  const halves = await sql`
    select coalesce(c.id, p.comment_id) as id from comments c full join comment_private p on p.comment_id = c.id
    where c.id is null or (p.comment_id is null and c.status <> 'erased')`
  expect.soft(halves, 'halves').toEqual([])
  const hidden = await sql`
    with recursive up as (
      select c.id, c.hidden_by, p.id as above, p.parent_id as next, p.status, 1 as steps
      from comments c join comments p on p.id = c.parent_id
      union all
      select u.id, u.hidden_by, p.id, p.parent_id, p.status, u.steps + 1 from up u join comments p on p.id = u.next
    ), nearest as (
      select distinct on (id) id, above from up where status in ('rejected', 'spam') order by id, steps
    )
    select c.id, c.hidden_by, n.above from comments c left join nearest n on n.id = c.id
    where c.hidden_by is distinct from n.above`
  expect.soft(hidden, 'hidden_by').toEqual([])
}

/** Every counter is what a count of the rows gives. */
async function judgeCounts(sql: postgres.Sql): Promise<void> {
  const articles = await sql`
    select a.slug, a.comment_count, count(c.id)::int as counted
    from articles a left join comments c on c.article_id = a.id and c.status = 'approved' and c.hidden_by is null
    group by a.id having a.comment_count <> count(c.id)`
  expect.soft(articles, 'comment_count').toEqual([])
  const replies = await sql`
    with recursive below as (
      select c.parent_id as id, c.id as reply from comments c where c.parent_id is not null
      union all
      select p.parent_id, b.reply from below b join comments p on p.id = b.id where p.parent_id is not null
    ), counted as (
      select b.id, count(*)::int as replies from below b join comments r on r.id = b.reply
      where r.status = 'approved' and r.hidden_by is null group by b.id
    )
    select c.id, c.reply_count, n.replies from comments c left join counted n on n.id = c.id
    where c.reply_count <> coalesce(n.replies, 0)`
  expect.soft(replies, 'reply_count').toEqual([])
}

/** The words are those that were acknowledged last. */
async function judgeWords(sql: postgres.Sql, { byId }: Ledger): Promise<void> {
  const rows = await sql<{ id: string; body: string }[]>`select id::text, body from comments where body <> ''`
  const wrong = rows.filter(({ id, body }) => {
    const words = byId.get(id)?.words ?? -1
    return words >= 0 && !body.includes(canaryWord(words))
  })
  expect.soft(wrong, 'other words').toEqual([])
}

interface Logged {
  id: string
  revision: number
  status: string
  actor: string
}

/** Every revision has its row in the log; every decision that was acknowledged is there, made on the revision it named. */
async function judgeLog(sql: postgres.Sql, { asked, ruled }: Ledger): Promise<void> {
  const logged = await sql<Logged[]>`
    select subject_id::text as id, (payload ->> 'revision')::int as revision, payload ->> 'status' as status, actor
    from changes where kind = 'comment.created' or (kind = 'comment.updated' and payload -> 'columns' ? 'revision')`
  const nameOf = ({ id, revision, status, actor }: Logged) => `${id} ${revision} ${status} ${actor}`
  const entries = new Set(logged.map(nameOf))
  const missing = ruled.filter((ruling) => !entries.has(nameOf({ ...ruling, revision: ruling.revision + 1 })))
  expect.soft(missing, 'decisions that are not in the log').toEqual([])

  const allowed = new Set(asked.map(({ id, revision, actor }) => `${id} ${revision + 1} ${actor}`))
  const actors = new Set(asked.map(({ actor }) => actor))
  const unasked = logged.filter(
    ({ id, revision, actor }) => actors.has(actor) && !allowed.has(`${id} ${revision} ${actor}`),
  )
  expect.soft(unasked, 'decisions that were made on another revision').toEqual([])

  const gaps = await sql`
    select c.id, c.revision, count(l.*)::int as entries from comments c left join (
      select subject_id as id, (payload ->> 'revision')::int as revision, payload ->> 'status' as status
      from changes where kind = 'comment.created' or (kind = 'comment.updated' and payload -> 'columns' ? 'revision')
    ) l on l.id = c.id
    group by c.id having count(l.*) <> c.revision or count(distinct l.revision) <> c.revision
      or not bool_or(l.revision = c.revision and l.status = c.status)`
  expect.soft(gaps, 'revisions that are not in the log').toEqual([])
}

/**
 * What the limits promise: at the moment when the rules look at a comment, with the locks of its author and network, the
 * last one of the author is 15 s old, and less than 2 of the network are younger than a minute and less than 20 younger
 * than an hour. Ages count from the beginning of the transaction that wrote. So two may stand nearer to each other in
 * `created_at`, by as long as the later one waited for its locks.
 */
async function judgeLimits(sql: postgres.Sql): Promise<void> {
  const posted = sql`
    select p.comment_id as id, p.author_key, p.ip_prefix, p.created_at, ${sql.unsafe(JUDGED_AT.replace('id::', 'p.comment_id::'))} as judged
    from comment_private p`
  const hasty = await sql`
    with posted as (${posted})
    select p.id, e.id as earlier, p.judged - e.created_at as age from posted p join posted e using (author_key)
    where e.id < p.id and p.judged - e.created_at < interval '15 s' - make_interval(secs => ${ROUNDING / 1000})`
  expect.soft(hasty, 'pauses that are too short').toEqual([])
  for (const [limit, seconds] of [
    [2, 60],
    [20, 3600],
  ] as const) {
    const crowded = await sql`
      with posted as (${posted})
      select p.id, p.ip_prefix, count(*)::int as earlier from posted p join posted e using (ip_prefix)
      where e.id < p.id and p.judged - e.created_at < make_interval(secs => ${seconds - ROUNDING / 1000})
      group by p.id, p.ip_prefix having count(*) >= ${limit}`
    expect.soft(crowded, `more than ${limit} of a network in ${seconds} s`).toEqual([])
  }
  const twins = await sql`
    select p.author_key, c.article_id from comment_private p join comments c on c.id = p.comment_id
    where p.body_hash is not null
    group by p.author_key, c.article_id, coalesce(c.reply_to_id, c.parent_id), p.body_hash having count(*) > 1`
  expect.soft(twins, 'twins').toEqual([])
}

/** Votes and reports are those that were acknowledged, and the sums are theirs. */
async function judgeVotes(sql: postgres.Sql, { votes, reports, byId }: Ledger): Promise<void> {
  const sums = await sql`
    select c.id from comments c
    left join lateral (
      select count(*) filter (where v.value = 1) as up, count(*) filter (where v.value = -1) as down,
        coalesce(sum(v.value) filter (where v.proven), 0) as score
      from comment_votes v where v.comment_id = c.id) v on true
    left join lateral (
      select count(*) as open from comment_reports r where r.comment_id = c.id and r.resolution is null) r on true
    where c.upvotes <> v.up or c.downvotes <> v.down or c.score <> v.score or c.report_count <> r.open`
  expect.soft(sums, 'sums of votes, numbers of reports').toEqual([])

  const open = new Set([...votes.values()].filter(({ open }) => open).map(({ id }) => id))
  const wanted = new Map<string, { up: number; down: number; score: number }>()
  for (const { id, value, proven, reader } of votes.values()) {
    if (reader?.erased || byId.get(id)?.reader.erased || open.has(id) || value === 0) continue
    const { up, down, score } = wanted.get(id) ?? { up: 0, down: 0, score: 0 }
    wanted.set(id, {
      up: up + (value === 1 ? 1 : 0),
      down: down + (value === -1 ? 1 : 0),
      score: score + (proven ? value : 0),
    })
  }
  const rows = await sql<{ id: string; up: number; down: number; score: number }[]>`
    select id::text, upvotes as up, downvotes as down, score from comments where upvotes + downvotes > 0`
  const found = rows.filter(({ id }) => !open.has(id)).map(({ id, ...sums }) => [id, sums] as const)
  expect.soft(Object.fromEntries(found), 'votes').toEqual(Object.fromEntries(wanted))

  const reported = await sql<{ id: string; reports: number }[]>`
    select comment_id::text as id, count(*)::int as reports from comment_reports group by 1`
  const taken = new Map(reported.map(({ id, reports }) => [id, reports]))
  const acknowledged = new Map<string, number>()
  for (const { id, reader } of reports.values()) {
    if (!reader.erased && !byId.get(id)?.reader.erased) acknowledged.set(id, (acknowledged.get(id) ?? 0) + 1)
  }
  // one whose last attempt was refused may have been taken before
  const lost = [...acknowledged].filter(([id, count]) => (taken.get(id) ?? 0) < count)
  expect.soft(lost, 'reports that are lost').toEqual([])
}

/** Of who was erased no table has a word, a name, an address or a hash any more. */
async function judgeErasure(sql: postgres.Sql, { byId, canaries }: Ledger): Promise<void> {
  const erased = [...byId].filter(([, { reader }]) => reader.erased)
  const traces = new Set(erased.flatMap(([, { reader }]) => [reader.name, reader.subject ?? reader.name]))
  for (const [canary, { comment }] of canaries.entries()) {
    if (comment.reader.erased) traces.add(canaryWord(canary))
  }
  const tables = await sql<{ name: string }[]>`
    select tablename as name from pg_tables where schemaname = 'public' order by 1`
  for (const { name } of tables) {
    const rows = await sql<{ row: string }[]>`select t::text as row from ${sql(name)} t`
    const left = rows.filter(({ row }) =>
      Array.from(row.matchAll(/canary\d{7}|(?:reader|subject|guest)-\d+-\d+-\d+/g)).some(([word]) =>
        traces.has(word),
      ),
    )
    expect.soft(left.slice(0, 5), `of who was erased, in ${name}`).toEqual([])
  }
  const standing = await sql`
    select c.id, c.status from comments c
    where c.id = any(${erased.map(([id]) => id)}) and (c.status <> 'erased'
      or exists (select from comment_private p where p.comment_id = c.id)
      or exists (select from comment_revisions r where r.comment_id = c.id)
      or exists (select from comment_votes v where v.comment_id = c.id)
      or exists (select from comment_reports r where r.comment_id = c.id)
      or exists (select from moderation_batch_items i where i.comment_id = c.id))`
  expect.soft(standing, 'comments of who was erased').toEqual([])
}
