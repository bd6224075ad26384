import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { ImportRecord } from '../../src/domain/interchange.ts'
import { readNdjson } from '../../src/interchange/ndjson.ts'
import { importRecords, type Site } from './support.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes of the heap that are really in use. */
function heap(): number {
  collect()
  return process.memoryUsage().heapUsed
}

/** So many lines of some two kilobytes, made as they are read. */
export async function* lines(count: number): AsyncGenerator<string> {
  for (let i = 0; i < count; i++) {
    const body = `Line ${i}. ${'Some words of the harbour. '.repeat(75)}`
    yield `${JSON.stringify({ id: i, title: `Title ${i}`, body, publishedAt: '2024-01-01', tags: [`t${i % 50}`] })}\n`
  }
}

/** How much the heap grows between the first part of an import of so many lines and its end. */
export async function growth(site: Site, count: number, dryRun: boolean): Promise<number> {
  let early = 0
  async function* measured(): AsyncGenerator<ImportRecord> {
    let read = 0
    for await (const record of readNdjson(lines(count), new Map())) {
      if (++read === Math.floor(count / 10)) early = heap()
      yield record
    }
  }
  await importRecords(site, measured(), { dryRun })
  return heap() - early
}
