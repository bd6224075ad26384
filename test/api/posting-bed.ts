import type { Response } from 'light-my-request'
import type postgres from 'postgres'
import { expect } from 'vitest'
import { createSecrets } from '../../src/lib/secrets.ts'
import type { NewComment, OwnComment, PostedComment } from '../../src/shapes/comments.ts'
import type { TestApp } from '../setup/app.ts'
import { article } from '../setup/data.ts'
import { NO_LIMITS } from '../setup/limits.ts'
import { problemOf, rowCounts } from './support.ts'

/** Of the server under test: what it signs, tests sign. */
export const secrets = createSecrets(Buffer.from('a secret for tests, 32 characters'))

/** The limits of posting as they are by default: an empty variable is none. */
export const LIMITS = Object.fromEntries(Object.keys(NO_LIMITS).map((name) => [name, '']))

let networks = 0
/** An address in a network that nobody had before. */
export const newAddress = (): string => `10.${++networks >> 8}.${networks & 255}.7`

let names = 0
/** A name that nobody had before. */
export const newName = (): string => `Reader ${++names}`

export const words = (body = 'Fine words', more: Partial<NewComment> = {}): NewComment => ({
  body,
  author: { name: 'Tamsin' },
  ...more,
})

/** Words by somebody else, from nowhere known. */
export const others = (body = 'Fine words', more: Partial<NewComment> = {}): NewComment =>
  words(body, { author: { name: newName() }, ...more })

export interface Posting {
  headers?: Record<string, string>
  ip?: string
}

/** What tests of posting say again and again, to one server. */
export function postingTo({ app, database: { sql } }: Pick<TestApp, 'app' | 'database'>) {
  const post = (slug: string, payload: object, { headers = {}, ip = newAddress() }: Posting = {}) =>
    app.inject({ method: 'POST', url: `/v1/articles/${slug}/comments`, payload, headers, remoteAddress: ip })

  /** @returns what the author gets, of a comment that was taken. */
  async function posted(slug: string, payload: object, posting: Posting = {}): Promise<Taken> {
    const response = await post(slug, payload, posting)
    const answer = response.json<PostedComment>()
    expect([201, 202], response.body).toContain(response.statusCode)
    const { comment, receipt, verdict } = answer
    if (!comment || !receipt) throw new Error('a new comment comes with itself and a receipt')
    return { status: response.statusCode, comment, receipt, verdict, holder: { 'comment-receipt': receipt } }
  }

  /** @returns the state of a comment in the database, and the reason for it. */
  async function stateOf({ id }: { id: string }): Promise<string> {
    const [row] = await sql`select status, status_reason from comments where id = ${id}`
    return `${row?.['status']} ${row?.['status_reason']}`
  }

  /** A post that is refused leaves nothing behind. */
  async function refused(answer: () => Promise<Response>, status: number, code: string): Promise<Refusal> {
    const before = await rowCounts(sql)
    const response = await answer()
    const problem = problemOf(response, status, code)
    expect(await rowCounts(sql)).toEqual(before)
    return { ...problem, headers: response.headers } as Refusal
  }

  /** An article of its own for one test. */
  const newArticle = async (fields: Parameters<typeof article>[1] = {}): Promise<string> =>
    article(sql, fields)

  return { post, posted, stateOf, refused, newArticle }
}

export interface Taken {
  status: number
  comment: OwnComment
  receipt: string
  verdict: PostedComment['verdict']
  holder: { 'comment-receipt': string }
}

export type Refusal = ReturnType<typeof problemOf> & {
  headers: Response['headers']
  retryAfter?: number
  nextAction?: string
  duplicateOf?: string
  until?: string
}

/** Makes comments as old as that, in seconds. */
export async function setAge(sql: postgres.Sql, seconds: number, ...ids: string[]): Promise<void> {
  const createdAt = sql`clock_timestamp() - make_interval(secs => ${seconds})`
  await sql`update comments set created_at = ${createdAt} where id = any(${ids})`
  await sql`update comment_private set created_at = ${createdAt} where comment_id = any(${ids})`
}

/** Decides as a moderator does, by plain SQL: for what others will read of the decision. */
export async function decide(sql: postgres.Sql, status: string, ...ids: string[]): Promise<void> {
  await sql`update comments set status = ${status}, status_reason = 'moderator', decided_by = 'key:0',
    decided_at = now(), revision = revision + 1 where id = any(${ids})`
}
