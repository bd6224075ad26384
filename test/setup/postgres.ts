import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import type { TestProject } from 'vitest/node'
import { applyMigrations } from '../../src/db/migrate.ts'
import { startEmbeddedPostgres } from '../../src/embedded/supervisor.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A server on which databases may be made, and the migrated one to clone. */
    serverUrl: string
    template: string
  }
}

/**
 * One migrated template a run, on `TEST_DATABASE_URL` or an embedded server that promises nothing about disks.
 * Test files clone it: see database.ts.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = process.env['TEST_DATABASE_URL']
    ? { url: process.env['TEST_DATABASE_URL'], stop: async () => {} }
    : await startServer()
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

async function startServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
  const dir = mkdtempSync(join(base, 'broadsheet-test-'))
  chmodSync(dir, 0o755)
  const server = await startEmbeddedPostgres({
    dir: join(dir, 'data'),
    durable: false,
    whenOwned: 'refuse',
    log: () => {},
    settings: { max_connections: '200' },
  })
  return {
    url: server.url,
    stop: async () => {
      await server.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

export function withDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}
