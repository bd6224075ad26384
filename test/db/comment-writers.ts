import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import postgres from 'postgres'
import { comment } from '../setup/data.ts'

/** What somebody does to comments, within a transaction that may stay open while others come and go. */
export type Deed =
  | { do: 'open'; article: number }
  | { do: 'end'; which: number; commit: boolean }
  | { do: 'post'; which: number; status: string; under: number }
  | { do: 'move'; which: number; target: number; status: string }
  | { do: 'edit' | 'vote' | 'report' | 'purge'; which: number; target: number }
  | { do: 'flash'; which: number; status: string }

const which = fc.nat(5)
const target = fc.nat(30)
const STATUSES = ['approved', 'approved', 'pending', 'rejected', 'spam', 'deleted', 'erased']
const status = fc.constantFrom(...STATUSES)

export const deeds: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('open' as const), article: fc.nat(2) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      which,
      commit: fc.integer({ min: 0, max: 4 }).map(Boolean),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('post' as const), which, status, under: target }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('move' as const), which, target, status }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('edit' as const, 'vote' as const, 'report' as const, 'purge' as const),
      which,
      target,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('flash' as const), which, status }) },
)

interface Open {
  article: number
  connection: postgres.ReservedSql
}

/**
 * Writers with overlapping transactions over some articles. Whoever would wait for another one's lock gives up, and its
 * transaction with it.
 */
export class Writers {
  readonly ids: string[][]
  private readonly articles: readonly string[]
  private readonly client: postgres.Sql
  private open: Open[] = []
  private words = 0

  constructor(url: string, articles: readonly string[]) {
    this.articles = articles
    this.ids = articles.map(() => [])
    this.client = postgres(url, { max: 6, onnotice: () => {}, connection: { lock_timeout: 5 } })
  }

  async perform(deed: Deed): Promise<void> {
    if (deed.do === 'open') return this.begin(deed.article)
    const writer = this.open[deed.which % Math.max(1, this.open.length)]
    if (!writer) return
    if (deed.do === 'end') return this.end(writer, deed.commit)
    try {
      await this.write(writer, deed)
    } catch {
      await this.end(writer, false)
    }
  }

  async finish(): Promise<void> {
    for (const writer of [...this.open]) await this.end(writer, true)
  }

  async close(): Promise<void> {
    await this.finish()
    await this.client.end({ timeout: 1 })
  }

  private async begin(article: number): Promise<void> {
    if (this.open.length >= 5) return
    const connection = await this.client.reserve()
    await connection`begin`
    // a number of its own from the beginning, as a transaction that writes something else first
    await connection`select pg_current_xact_id()`
    this.open.push({ article, connection })
  }

  private async end(writer: Open, commit: boolean): Promise<void> {
    this.open = this.open.filter((other) => other !== writer)
    await writer.connection.unsafe(commit ? 'commit' : 'rollback')
    writer.connection.release()
  }

  private async write({ article, connection }: Open, deed: Exclude<Deed, { do: 'open' | 'end' }>) {
    const articleId = this.articles[article] as string
    const ids = this.ids[article] as string[]
    const chosen = 'target' in deed ? ids[deed.target % Math.max(1, ids.length)] : undefined
    const body = `words ${this.words++}`
    if (deed.do === 'post' || deed.do === 'flash') {
      const parentId =
        deed.do === 'post' && deed.under % 2 ? ids[deed.under % Math.max(1, ids.length)] : undefined
      const [parent] = parentId ? await connection`select depth from comments where id = ${parentId}` : []
      const id = randomUUID()
      const nested = parent && parent['depth'] < 5 && parentId ? { parentId } : {}
      const first = deed.do === 'flash' ? 'approved' : deed.status
      await comment(connection, articleId, { id, status: first, body, ...nested })
      // stands in lists for as long as nobody else can see it
      if (deed.do === 'flash') await move(connection, id, 'spam')
      if (deed.do === 'post') ids.push(id)
    } else if (!chosen) return
    else if (deed.do === 'move') await move(connection, chosen, deed.status)
    else if (deed.do === 'edit')
      await connection`update comments set body = ${body}, body_html = ${body}, body_text = ${body}, edited_at = now()
        where id = ${chosen} and status <> 'erased'`
    else if (deed.do === 'purge') await connection`delete from comments where id = ${chosen}`
    else if (deed.do === 'report')
      await connection`insert into comment_reports (comment_id, reporter_key, proven, reason)
        select id, ${Buffer.from(body)}, true, 'spam' from comments where id = ${chosen}`
    else
      await connection`insert into comment_votes (comment_id, voter_key, value, proven)
        select id, ${Buffer.from(body)}, 1, true from comments where id = ${chosen}`
  }
}

/** As a decision does it: what stands below is hidden, or shown. */
async function move(sql: postgres.Sql, id: string, status: string): Promise<void> {
  const words =
    status === 'erased'
      ? sql`, author_name = '', author_url = null, body = '', body_html = '', body_text = '',
    scrubbed_at = now()`
      : sql``
  await sql`update comments set status = ${status}${words} where id = ${id} and status <> 'erased'`
  await sql`
    with recursive below (id, hidden_by) as (
      select c.id, case when p.status in ('rejected', 'spam') then p.id else p.hidden_by end
      from comments c join comments p on p.id = c.parent_id where p.id = ${id}
      union all
      select c.id, case when p.status in ('rejected', 'spam') then p.id else b.hidden_by end
      from below b join comments p on p.id = b.id join comments c on c.parent_id = p.id
    )
    update comments c set hidden_by = b.hidden_by from below b where c.id = b.id and c.hidden_by is distinct from b.hidden_by`
}

/** A comment as the tests compare it. */
export interface Standing {
  text: string | null
  placeholder: string | null
}

/** What stands in public lists, by plain SQL. */
export async function standing(
  sql: postgres.Sql,
  articles: readonly string[],
): Promise<Map<string, Standing>> {
  const rows = await sql<{ id: string; status: string; text: string }[]>`
    select c.id, c.status, c.body_text as text from comments c join articles a on a.id = c.article_id
    where a.id = any(${articles as string[]}::uuid[]) and a.status = 'published' and a.published_at <= now()
      and c.hidden_by is null and not c.sandbox
      and (c.status = 'approved' or c.status in ('pending', 'deleted', 'erased') and c.reply_count > 0)`
  return new Map(
    rows.map(({ id, status, text }) => [
      id,
      status === 'approved'
        ? { text, placeholder: null }
        : { text: null, placeholder: status === 'pending' ? 'withheld' : 'deleted' },
    ]),
  )
}
