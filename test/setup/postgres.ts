import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from '../../src/embedded/supervisor.ts'
import { provideTemplate, type TestServer } from './template.ts'

/** The server that `TEST_DATABASE_URL` names, or an embedded one that promises nothing about disks. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const url = process.env['TEST_DATABASE_URL']
  return provideTemplate(project, url ? { url, stop: async () => {} } : await startServer())
}

/** Every test file has a few connections of its own. */
export const SETTINGS = { max_connections: '200' }

/** A new folder for a server, in memory where there is such a place, open to the account Postgres runs as. */
export function serverDirectory(): string {
  const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
  const dir = mkdtempSync(join(base, 'broadsheet-test-'))
  chmodSync(dir, 0o755)
  return dir
}

async function startServer(): Promise<TestServer> {
  const dir = serverDirectory()
  const server = await startEmbeddedPostgres({
    dir: join(dir, 'data'),
    durable: false,
    whenOwned: 'refuse',
    log: () => {},
    settings: SETTINGS,
  })
  return {
    url: server.url,
    stop: async () => {
      await server.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
