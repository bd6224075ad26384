import { gzipSync } from 'node:zlib'
import type { ImportedArticle, ImportFault, ImportRecord } from '../../../src/domain/interchange.ts'

export async function* chunked<Part>(parts: Iterable<Part>): AsyncGenerator<Part> {
  yield* parts
}

/** Cuts a text or bytes into pieces of the given sizes, the rest in one. */
export function cut<Whole extends string | Uint8Array>(whole: Whole, sizes: readonly number[]): Whole[] {
  const pieces: Whole[] = []
  let at = 0
  for (const size of sizes) {
    pieces.push(whole.slice(at, at + size) as Whole)
    at += size
  }
  return [...pieces, whole.slice(at) as Whole]
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = []
  for await (const item of items) collected.push(item)
  return collected
}

/** What was read before reading failed, and how it failed. */
export async function collectUntilError<Item>(items: AsyncIterable<Item>) {
  const collected: Item[] = []
  try {
    for await (const item of items) collected.push(item)
  } catch (error) {
    return { collected, error }
  }
  return { collected, error: null }
}

export function articles(records: readonly ImportRecord[]): ImportedArticle[] {
  return records.filter((record) => record.kind === 'article')
}

export function faults(records: readonly ImportRecord[]): ImportFault[] {
  return records.filter((record) => record.kind === 'fault')
}

export function gzipped(text: string): Uint8Array {
  return new Uint8Array(gzipSync(text))
}

export function wxr(inner: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.0/"><channel><title>Site</title>
<wp:wxr_version>1.0</wp:wxr_version>
${inner}
</channel></rss>`
}

export function item(fields: Record<string, string>, inner = ''): string {
  const all = { 'wp:post_id': '7', 'wp:post_type': 'post', 'wp:status': 'publish', title: 'A', ...fields }
  const dated = { 'wp:post_date_gmt': '2020-01-02 03:04:05', ...all }
  return `<item>${elements(dated)}${inner}</item>`
}

export function comment(fields: Record<string, string>): string {
  return `<wp:comment>${elements({
    'wp:comment_approved': '1',
    'wp:comment_date_gmt': '2020-02-02 02:02:02',
    'wp:comment_content': 'Hello',
    ...fields,
  })}</wp:comment>`
}

function elements(fields: Record<string, string>): string {
  return Object.entries(fields)
    .map(([name, text]) => `<${name}><![CDATA[${text}]]></${name}>`)
    .join('\n')
}
