import postgres from 'postgres'
import type { TestProject } from 'vitest/node'
import { applyMigrations } from '../../src/db/migrate.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A server on which databases may be made, and the migrated one to clone. */
    serverUrl: string
    template: string
  }
}

/** A server for one run of the tests. */
export interface TestServer {
  url: string
  stop(): Promise<void>
}

/**
 * Makes the migrated template of a run, which test files clone: see database.ts.
 * @returns what puts it away afterwards, with whatever was cloned, and the server.
 */
export async function provideTemplate(
  project: TestProject,
  server: TestServer,
): Promise<() => Promise<void>> {
  const template = `broadsheet_template_${process.pid}`
  const admin = postgres(server.url, { max: 1, onnotice: () => {} })
  await admin`create database ${admin(template)}`
  await applyMigrations(withDatabase(server.url, template))
  project.provide('serverUrl', server.url)
  project.provide('template', template)
  return async () => {
    const left = await admin<
      { name: string }[]
    >`select datname as name from pg_database where datname like ${`${template}%`}`
    for (const { name } of left) await admin`drop database ${admin(name)} with (force)`
    await admin.end()
    await server.stop()
  }
}

export function withDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}
