import postgres from 'postgres'
import { inject } from 'vitest'
import { withDatabase } from './template.ts'

/** A database of a test file's own. */
export interface TestDatabase {
  url: string
  /** For the test's own SQL, which judges the code; never the client of the code. */
  sql: postgres.Sql
  drop(): Promise<void>
}

let clones = 0

/** Clones the migrated template: some 25 ms. */
export async function cloneDatabase(): Promise<TestDatabase> {
  const template = inject('template')
  const name = `${template}_${process.pid}_${clones++}`
  await onServer(async (admin) => {
    // one at a time across all files: nobody else may look at the template meanwhile
    await admin`select pg_advisory_lock(4711)`
    await admin`create database ${admin(name)} template ${admin(template)} strategy file_copy`
    await admin`select pg_advisory_unlock(4711)`
  })
  return database(name)
}

/** A database without anything in it. */
export async function emptyDatabase(): Promise<TestDatabase> {
  const name = `${inject('template')}_${process.pid}_${clones++}`
  await onServer((admin) => admin`create database ${admin(name)}`)
  return database(name)
}

function database(name: string): TestDatabase {
  const url = withDatabase(inject('serverUrl'), name)
  const sql = postgres(url, { max: 4, onnotice: () => {}, connection: { TimeZone: 'UTC' } })
  return {
    url,
    sql,
    drop: async () => {
      await sql.end({ timeout: 1 })
      await onServer((admin) => admin`drop database ${admin(name)} with (force)`)
    },
  }
}

async function onServer(work: (admin: postgres.Sql) => PromiseLike<unknown>): Promise<void> {
  const admin = postgres(inject('serverUrl'), { max: 1, onnotice: () => {} })
  await work(admin)
  await admin.end()
}
