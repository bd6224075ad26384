import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import { type Db, onOneConnection } from './client.ts'

const FOLDER = fileURLToPath(new URL('../../migrations', import.meta.url))

/** Milliseconds between two looks whether another instance has migrated. */
const ASK_AGAIN = 100
/** Milliseconds for one statement of a migration. */
const MIGRATION_TIMEOUT = 30 * 60_000

/** What the database holds against what this build needs. */
export type SchemaState = 'current' | 'empty' | 'older' | 'newer'

/** The migrations of this build, oldest first, by the time that drizzle-kit stamped them with. */
async function journal(): Promise<number[]> {
  const text = await readFile(`${FOLDER}/meta/_journal.json`, 'utf8')
  const { entries } = JSON.parse(text) as { entries: { when: number }[] }
  return entries.map(({ when }) => when)
}

/**
 * Applies what is missing, under a lock, so that any number of instances may do it at once.
 * @param stopping true once the wait for another instance shall be given up.
 * @returns how many were applied.
 * @throws Error with a sentence for the operator where the journal is out of order or not wholly applied: the
 * migrator skips, without a word, an entry stamped earlier than the last one applied.
 */
export async function applyMigrations(url: string, stopping: () => boolean = () => false): Promise<number> {
  const stamps = await journal()
  if (stamps.some((when, i) => i > 0 && when <= (stamps[i - 1] as number))) {
    throw new Error(
      'The stamps in migrations/meta/_journal.json do not rise strictly; migrations would be skipped.',
    )
  }
  // one connection throughout: the lock belongs to the session
  return onOneConnection({ url, statementTimeout: MIGRATION_TIMEOUT }, async (db) => {
    // others may take their time
    await db.execute(sql`select set_config('lock_timeout', '0', false)`)
    while (!(await takesLock(db))) {
      if (stopping()) throw new Error('Stopped while another instance migrated.')
      await pause(ASK_AGAIN)
    }
    const before = await countApplied(db)
    await migrate(db, { migrationsFolder: FOLDER })
    const after = await countApplied(db)
    if (after < stamps.length) throw new Error(`Only ${after} of ${stamps.length} migrations are applied.`)
    return after - before
  })
}

/** Asked for again and again, not waited for: so a wait can be given up. It ends with the session. */
async function takesLock(db: Db): Promise<boolean> {
  const [row] = await db.execute<{ taken: boolean }>(
    sql`select pg_try_advisory_lock(hashtext('broadsheet.migrate')) as taken`,
  )
  return row?.taken ?? false
}

async function countApplied(db: Db): Promise<number> {
  if (!(await hasJournal(db))) return 0
  const [row] = await db.execute<{ applied: number }>(
    sql`select count(*)::int as applied from drizzle.__drizzle_migrations`,
  )
  return row?.applied ?? 0
}

async function hasJournal(db: Db): Promise<boolean> {
  const [found] = await db.execute<{ present: boolean }>(
    sql`select to_regclass('drizzle.__drizzle_migrations') is not null as present`,
  )
  return found?.present ?? false
}

/** @returns how the schema of the database stands to this build. */
export async function schemaState(db: Db): Promise<SchemaState> {
  const stamps = await journal()
  if (!(await hasJournal(db))) return 'empty'
  const applied = await db.execute<{ when: string }>(
    sql`select created_at::text as when from drizzle.__drizzle_migrations order by created_at`,
  )
  if (applied.length === 0) return 'empty'
  const known = new Set(stamps.map(String))
  if (applied.some(({ when }) => !known.has(when))) return 'newer'
  return applied.length < stamps.length ? 'older' : 'current'
}
