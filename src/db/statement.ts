import { type SQL, sql } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import { timeDatabase } from '../lib/meter.ts'
import type { Db } from './client.ts'
import { toAppError } from './pg-errors.ts'

/** Values of a statement's placeholders. Lists travel as Postgres array text: see `uuidArray`. */
export type Params = Record<string, string | number | boolean | null>

/**
 * A family of prepared reads: one statement for each variant, built once and then only executed. Each must
 * select a single JSON column called `answer`.
 *
 * A variant holds what changes the text: parts, direction, kinds of filters. Of their many combinations only the
 * ones of late are kept here, and only so many are prepared (slot.ts).
 */
export interface Statements<Variant, Answer> {
  /** @throws AppError for what the database refuses. */
  run(db: Db, variant: Variant, params: Params): Promise<Answer[]>
  /** The exact text, for docs/sql. */
  text(variant: Variant): string
}

/** Variants of one statement that are kept built. */
const KEPT = 500

interface Prepared<Answer> {
  execute(params: Params): Promise<{ answer: Answer }[]>
}

export function statements<Variant, Answer>(
  name: string,
  build: (variant: Variant) => SQL,
): Statements<Variant, Answer> {
  const byDb = new WeakMap<Db, Map<string, Prepared<Answer>>>()
  const prepare = (db: Db, variant: Variant): Prepared<Answer> =>
    // only a named statement is prepared on the server
    db
      .select({ answer: sql<Answer>`answer` })
      .from(sql`(${build(variant)}) as q`)
      .prepare(name)
  const find = (db: Db, variant: Variant): Prepared<Answer> => {
    const byVariant = byDb.get(db) ?? new Map<string, Prepared<Answer>>()
    byDb.set(db, byVariant)
    const key = JSON.stringify(variant)
    const found = byVariant.get(key) ?? prepare(db, variant)
    if (byVariant.size >= KEPT) byVariant.clear()
    byVariant.set(key, found)
    return found
  }
  return {
    run: async (db, variant, params) => {
      try {
        const rows = await timeDatabase(() => find(db, variant).execute(params))
        return rows.map((row) => row.answer)
      } catch (error) {
        throw toAppError(error)
      }
    },
    text: (variant) => new PgDialect({ casing: 'snake_case' }).sqlToQuery(build(variant)).sql,
  }
}

/** A value that is given when the statement runs, with the type that Postgres shall take it for. */
export const param = {
  text: (name: string) => sql`${sql.placeholder(name)}::text`,
  texts: (name: string) => sql`${sql.placeholder(name)}::text[]`,
  uuid: (name: string) => sql`${sql.placeholder(name)}::uuid`,
  uuids: (name: string) => sql`${sql.placeholder(name)}::uuid[]`,
  moment: (name: string) => sql`${sql.placeholder(name)}::timestamptz`,
  boolean: (name: string) => sql`${sql.placeholder(name)}::boolean`,
  integer: (name: string) => sql`${sql.placeholder(name)}::int`,
}

/** Ids as the text of a Postgres array; Drizzle would expand a JavaScript array to a list of parameters. */
export const uuidArray = (ids: readonly string[]): string => `{${ids.join(',')}}`

/** Any texts as the text of a Postgres array. */
export const textArray = (texts: readonly string[]): string =>
  `{${texts.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join(',')}}`

/** A moment as JSON from Postgres writes it, or null, in the one form that leaves: UTC with milliseconds. */
export const isoMoment = (text: string): string => new Date(text).toISOString()
export const isoMomentOrNull = (text: string | null): string | null =>
  text === null ? null : isoMoment(text)
