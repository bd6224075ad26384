import type { ImportRecord } from '../domain/interchange.ts'
import { sha256 } from '../lib/secrets.ts'

/** Grows when the importer makes something else of the same input, so that a second run brings old items up to date. */
const IMPORTER_VERSION = 1

/** What tells an item that changed from one that did not; where it stood in the file does not matter. */
export function fingerprintOf({ where: _, ...record }: ImportRecord): Buffer {
  return sha256(JSON.stringify([IMPORTER_VERSION, record]))
}

/** Text as Postgres can hold it: without U+0000, lone surrogates replaced. */
export const storable = (text: string): string => text.replaceAll('\u0000', '').toWellFormed()
