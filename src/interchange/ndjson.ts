import type { ImportRecord } from '../domain/interchange.ts'
import { lossy, skipped } from './faults.ts'
import type { FieldMap } from './field-map.ts'
import { type Line, splitLines } from './lines.ts'
import { articleOf } from './ndjson-article.ts'
import { Row } from './row.ts'

/** In characters, a little more than any article has; a longer line is passed over without being kept. */
export const LONGEST_LINE = 5 * 1024 * 1024

/**
 * Reads one JSON object a line, each an article, with the fields named by the map. Blank lines are ignored;
 * whatever cannot be taken over becomes a fault, and reading goes on with the next line.
 */
export async function* readNdjson(
  chunks: AsyncIterable<string>,
  map: FieldMap,
): AsyncGenerator<ImportRecord> {
  for await (const line of splitLines(chunks, LONGEST_LINE)) {
    if (line.text === null || line.text.trim() !== '') yield* readLine(line, map)
  }
}

function readLine({ number, text }: Line, map: FieldMap): ImportRecord[] {
  const where = `line ${number}`
  if (text === null) return [skipped(where, `longer than ${LONGEST_LINE} characters`)]
  const values = parseObject(text)
  if (typeof values === 'string') return [skipped(where, values)]
  const row = new Row(values, map)
  const record = articleOf(row, where)
  if (record.kind === 'fault') return [record]
  return [...row.losses.map((reason) => lossy(where, reason)), record]
}

/** The object, or the reason why there is none. */
function parseObject(text: string): object | string {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
    return 'not a JSON object'
  } catch {
    return 'not well-formed JSON'
  }
}
