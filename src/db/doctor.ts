import { sql } from 'drizzle-orm'
import type { Db } from './client.ts'

export interface ServerFacts {
  version: string
  major: number
  encoding: string
  /** Titles are sorted by ICU, the same everywhere. */
  icu: boolean
}

/** @returns what `doctor` wants to know of a server. @throws what the driver throws where it does not answer. */
export async function inspectServer(db: Db): Promise<ServerFacts> {
  const [row] = await db.execute<{ version: string; number: string; encoding: string; icu: boolean }>(sql`
    select current_setting('server_version') as version, current_setting('server_version_num') as number,
      current_setting('server_encoding') as encoding,
      exists (select from pg_collation where collname = 'und-x-icu') as icu`)
  if (!row) throw new Error('no answer')
  return {
    version: row.version,
    major: Math.floor(Number(row.number) / 10_000),
    encoding: row.encoding,
    icu: row.icu,
  }
}
