import type { EditedRow } from '../db/article-writes.ts'
import type { Db } from '../db/client.ts'
import { readRevision } from '../db/revisions.ts'
import { AppError, invalid } from '../lib/errors.ts'
import { differences } from '../lib/json.ts'
import { sha256 } from '../lib/secrets.ts'

/** The versions on which a change may be made, or any that exists. */
export type Precondition = 'any' | readonly number[]

/** The same of what has no versions: entity tags, quoted. */
export type TagPrecondition = 'any' | readonly string[]

/** RFC 9110: `W/` and what is between the quotes. */
const ENTITY_TAG = /^(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"$/
const VERSION = /^(\d{1,9})[."]/

/**
 * The header `If-Match`: `*`, or a list of entity tags. A weak one never matches (RFC 9110, 13.1.1), and is left out.
 * @returns undefined where there is none. @throws VALIDATION_FAILED where it is not well-formed.
 */
export function readEntityTags(header: string | string[] | undefined): TagPrecondition | undefined {
  if (header === undefined) return undefined
  const text = [header].flat().join(',').trim()
  if (text === '*') return 'any'
  const members = text.match(/(?:[^",]|"[^"]*")+/g) ?? []
  const tags = members.map((member) => ENTITY_TAG.exec(member.trim()))
  if (tags.length === 0 || tags.includes(null))
    throw invalid('/if-match', 'must be * or entity tags, as in "7"')
  return tags.flatMap((tag) => (tag && !tag[1] ? [tag[0]] : []))
}

/**
 * The header `If-Match` of what has versions: what stands in a tag before the first point is one. A tag that is none of ours
 * never matches. @returns and @throws as `readEntityTags`.
 */
export function readIfMatch(header: string | string[] | undefined): Precondition | undefined {
  const tags = readEntityTags(header)
  if (tags === undefined || tags === 'any') return tags
  return tags.flatMap((tag) => {
    const version = VERSION.exec(tag.slice(1))?.[1]
    return version === undefined ? [] : [Number(version)]
  })
}

/** @param what has to be named: "the order". @throws PRECONDITION_REQUIRED where no `If-Match` came. */
export function required<T>(wanted: T | undefined, what: string): T {
  if (wanted !== undefined) return wanted
  throw new AppError('PRECONDITION_REQUIRED', {
    detail: `If-Match has to name ${what} that the change is made on: the ETag, or *`,
  })
}

/** The entity tag of an article at a version, as every write answers it. */
export const versionTag = (version: number): string => `"${version}"`

/** The entity tag of a document: terms that are merged or deleted change it without a version. */
export const documentTag = ({ version, document }: EditedRow): string =>
  `"${version}.${sha256(JSON.stringify(document)).toString('base64url').slice(0, 10)}"`

/**
 * @throws PRECONDITION_REQUIRED where no version was named. @throws VERSION_STALE with the current `version` and, where the version that the editor had is known, what is
 * `changed` since then, as JSON Pointers into document and standing: so that an edit can be made anew on top.
 */
export async function checkVersion(tx: Db, row: EditedRow, wanted: Precondition | undefined): Promise<void> {
  const named = required(wanted, 'the version')
  if (named === 'any' || named.includes(row.version)) return
  const had = await readRevision(tx, row.id, Math.max(0, ...named.filter((version) => version < row.version)))
  const { document, status, publishedAt, unpublishAt } = row
  const changed =
    had &&
    differences({ ...had.document, ...had.state }, { ...document, status, publishedAt, unpublishAt }).map(
      ({ path }) => path,
    )
  throw new AppError('VERSION_STALE', {
    detail: `The article is at version ${row.version}`,
    extra: { version: row.version, ...(changed && { changed }) },
  })
}
