import { setTimeout as pause } from 'node:timers/promises'
import type postgres from 'postgres'
import { expect, vi } from 'vitest'
import { type EventClient, follow, type Heard } from '../../setup/events.ts'
import type { Stage } from './actions.ts'
import type { Instances } from './instances.ts'
import { canariesIn } from './ledger.ts'

/**
 * A reader who follows the stream of one article from its first comment on, and resumes wherever the connection broke: what
 * it has put together at the end is what lists show.
 */
export class Follower {
  readonly slug: string
  /** The text of each comment that stands in lists, null for a placeholder. */
  readonly shown = new Map<string, unknown>()
  connections = 0
  private lastId: string | undefined
  private client: EventClient | undefined
  private over = false

  constructor(slug: string) {
    this.slug = slug
  }

  /** Follows until `leave`. Each event is a state: whoever takes one in twice knows no more. */
  async follow(instances: Instances, stage: Stage): Promise<void> {
    while (!this.over) {
      const began = performance.now()
      this.client = await this.connect(instances).catch(() => undefined)
      if (!this.client?.response.ok) {
        await pause(50)
        continue
      }
      this.connections++
      const { ended, events } = this.client
      const broken = ended.then(() => true)
      while (!(await Promise.race([broken, pause(20, false)]))) this.takeAll(events, began, stage)
      this.takeAll(events, began, stage)
    }
  }

  async leave(): Promise<void> {
    this.over = true
    await this.client?.leave()
  }

  private connect(instances: Instances): Promise<EventClient> {
    const headers: Record<string, string> = this.lastId === undefined ? {} : { 'last-event-id': this.lastId }
    return follow(`${instances.url()}/v1/articles/${this.slug}/comments/stream`, headers)
  }

  private takeAll(events: Heard[], began: number, { ledger }: Stage): void {
    for (const { type, data } of events.splice(0)) {
      // so short a time ago nothing is too old to be resumed
      if (type === 'reset' || type === 'closed') ledger.faults.push(`the stream of ${this.slug} says ${type}`)
      if (type === 'comment') this.shown.set(data.id ?? '', data['text'])
      if (type === 'removed') this.shown.delete(data.id ?? '')
      const canaries = canariesIn(JSON.stringify(data))
      ledger.looks.push({ what: `stream of ${this.slug}`, began, ended: performance.now(), canaries })
    }
    this.lastId = this.client?.lastId
  }

  /** Holds what it has put together against the database, as soon as everything has been told. */
  async judge(sql: postgres.Sql): Promise<void> {
    const rows = await sql<{ id: string; text: string | null }[]>`
      select c.id::text, case when c.status = 'approved' then c.body_text end as text
      from comments c join articles a on a.id = c.article_id
      where a.slug = ${this.slug} and c.hidden_by is null and (c.status = 'approved'
        or (c.status in ('pending', 'deleted', 'erased') and c.reply_count > 0))`
    const listed = Object.fromEntries(rows.map(({ id, text }) => [id, text]))
    await vi.waitFor(() => expect(Object.fromEntries(this.shown)).toEqual(listed), { timeout: 30_000 })
  }
}
