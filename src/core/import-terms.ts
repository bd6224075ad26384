import {
  findSources,
  insertTerm,
  slugOwners,
  type TermKind,
  termDiffers,
  updateTerm,
  upsertSources,
} from '../db/imports.ts'
import type {
  ImportedAuthor,
  ImportedCategory,
  ImportedImage,
  ImportedTag,
  TermReference,
} from '../domain/interchange.ts'
import { newId } from '../lib/ids.ts'
import { slugify } from '../lib/text.ts'
import type { ImportBatch } from './import.ts'
import { fingerprintOf, storable } from './import-values.ts'

/** More terms than this are looked up again rather than remembered: memory must not grow with the input. */
const CACHED = 20_000

/** Ids of terms by kind and slug. What a transaction adds counts only when it is through. */
export class TermCache {
  private readonly known = new Map<string, string>()
  private added: string[] = []

  /** Begins a transaction, also once more: the database may ask for a second try, and what the first one made is gone. */
  begin(): void {
    this.rollback()
    if (this.known.size > CACHED) this.known.clear()
  }

  commit(): void {
    this.added = []
  }

  rollback(): void {
    for (const key of this.added) this.known.delete(key)
    this.added = []
  }

  get(kind: TermKind, slug: string): string | undefined {
    return this.known.get(`${kind}:${slug}`)
  }

  set(kind: TermKind, slug: string, id: string): void {
    this.known.set(`${kind}:${slug}`, id)
    this.added.push(`${kind}:${slug}`)
  }
}

/** @returns the ids of terms, in their order, each once; terms that are not there yet are made. */
export async function ensureTerms(
  kind: TermKind,
  references: TermReference[],
  batch: ImportBatch,
): Promise<string[]> {
  const wanted = new Map<string, string>()
  for (const { slug, name } of references) {
    const term = storable(slug ?? '') || slugify(name)
    if (term !== '' && !wanted.has(term)) wanted.set(term, storable(name) || term)
  }
  const unknown = [...wanted.keys()].filter((slug) => !batch.terms.get(kind, slug))
  for (const [slug, id] of await slugOwners(batch.tx, kind, unknown)) batch.terms.set(kind, slug, id)
  const ids: string[] = []
  for (const [slug, name] of wanted) {
    const id = batch.terms.get(kind, slug) ?? (await makeTerm(kind, slug, name, batch))
    if (!ids.includes(id)) ids.push(id)
  }
  return ids
}

async function makeTerm(kind: TermKind, slug: string, name: string, batch: ImportBatch): Promise<string> {
  const id = newId()
  if (!batch.options.dryRun) await insertTerm(batch.tx, kind, { id, slug, name })
  batch.terms.set(kind, slug, id)
  batch.count(kind, 'created')
  return id
}

/** A term with all that the source says of it. A parent that was not read yet is made, and gets its name later. */
export async function importTerm(
  record: ImportedCategory | ImportedTag | ImportedAuthor,
  batch: ImportBatch,
): Promise<void> {
  const { kind } = record
  const slug = storable(record.slug)
  const name = storable(record.name) || slug
  const text = storable(record.kind === 'author' ? record.bio : record.description)
  const parentSlug = record.kind === 'category' ? record.parentSlug : null
  const [parentId = null] = parentSlug
    ? await ensureTerms('category', [{ slug: parentSlug, name: parentSlug }], batch)
    : []
  const id = batch.terms.get(kind, slug) ?? (await slugOwners(batch.tx, kind, [slug])).get(slug)
  if (id) {
    const write = batch.options.dryRun ? termDiffers : updateTerm
    const changed = await write(batch.tx, kind, id, { name, text, parentId })
    return batch.count(kind, changed ? 'updated' : 'unchanged')
  }
  const made = newId()
  if (!batch.options.dryRun) await insertTerm(batch.tx, kind, { id: made, slug, name, text, parentId })
  batch.terms.set(kind, slug, made)
  batch.count(kind, 'created')
}

/** An image is kept as a reference, until an article names it as its cover. */
export async function importImage(record: ImportedImage, batch: ImportBatch): Promise<void> {
  const { source, dryRun } = batch.options
  const fingerprint = fingerprintOf(record)
  const known = (await findSources(batch.tx, source, 'image', [record.externalId])).get(record.externalId)
  const outcome = !known ? 'created' : known.fingerprint.equals(fingerprint) ? 'unchanged' : 'updated'
  if (outcome !== 'unchanged' && !dryRun) {
    const { externalId, url, alt, caption, credit, width, height } = record
    await upsertSources(batch.tx, [
      {
        source,
        kind: 'image',
        externalId,
        fingerprint,
        imageUrl: url,
        imageAlt: alt,
        imageCaption: caption,
        imageCredit: credit,
        imageWidth: width,
        imageHeight: height,
      },
    ])
  }
  batch.count('image', outcome)
}
