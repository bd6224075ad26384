import { sql as fragment } from 'drizzle-orm'
import type postgres from 'postgres'
import type { Db } from '../../src/db/client.ts'

/** A door that stays shut until somebody opens it. */
export function gate(): { opened: Promise<void>; open: () => void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

/** Asks again at once, until it is so; the time limit of the test is the only one. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve))
}

/** How many sessions of this database wait for a lock. */
export async function waiting(sql: postgres.Sql): Promise<number> {
  const [row] = await sql`
    select count(*)::int as n from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`
  return row?.['n']
}

/** Waits until the server's sessions on this database are over: only then is all told that they did. */
export async function sessionsOver(sql: postgres.Sql): Promise<void> {
  await until(async () => {
    const [row] = await sql`
      select count(*)::int as n from pg_stat_activity
      where datname = current_database() and application_name = 'broadsheet'`
    return row?.['n'] === 0
  })
}

/**
 * The one order of events that exposes a missing lock: `first` has written, but not committed, when `second` runs,
 * until it has come to its end or waits for `first`.
 * @param sql watches; it must have a free connection.
 * @param first gets what it must await between its writes and its commit.
 */
export async function overlap(
  sql: postgres.Sql,
  first: (written: () => Promise<void>) => Promise<unknown>,
  second: () => Promise<unknown>,
): Promise<void> {
  const [wrote, mayCommit] = [gate(), gate()]
  let ended = false
  const firstDone = first(async () => {
    wrote.open()
    await mayCommit.opened
  })
  const secondDone = Promise.race([wrote.opened, firstDone])
    .then(second)
    .finally(() => {
      ended = true
    })
  // either may fail; both are awaited below
  secondDone.catch(() => {})
  firstDone.catch(() => {})
  await Promise.race([wrote.opened, firstDone])
  await until(async () => ended || (await waiting(sql)) > 0)
  mayCommit.open()
  await firstDone
  await secondDone
}

/** Plain SQL text in a transaction of the code under test. */
export const run = (tx: Db, text: string): Promise<unknown> => tx.execute(fragment.raw(text))

/**
 * For connections that are yet to be opened: a ring of waits is not found and its transaction not run again, so that
 * whoever is in it fails by the limit for locks, and is seen to.
 */
export async function withoutDetector(sql: postgres.Sql): Promise<void> {
  const [row] = await sql`select current_database() as name`
  await sql`alter database ${sql(row?.['name'])} set deadlock_timeout = '1min'`
}
