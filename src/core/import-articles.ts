import {
  type ArticleInsert,
  findSources,
  insertArticles,
  type SourceInsert,
  slugOwners,
  updateArticle,
  upsertSources,
  writeLinks,
} from '../db/imports.ts'
import type { ImportedArticle } from '../domain/interchange.ts'
import { newId } from '../lib/ids.ts'
import { renderArticle } from '../lib/rich-text/article.ts'
import { sha256 } from '../lib/secrets.ts'
import { cleanHttpUrl, slugify } from '../lib/text.ts'
import type { ImportBatch } from './import.ts'
import { ensureTerms } from './import-terms.ts'
import { fingerprintOf, storable } from './import-values.ts'

const MAX_TITLE = 500

/** Writes articles: new ones together, changed ones one by one; what is the same is only counted. */
export async function importArticles(records: ImportedArticle[], batch: ImportBatch): Promise<void> {
  const { tx, options } = batch
  const known = await findSources(
    tx,
    options.source,
    'article',
    records.map(({ externalId }) => externalId),
  )
  const fresh: ImportedArticle[] = []
  const changed: { record: ImportedArticle; id: string }[] = []
  for (const record of records) {
    const source = known.get(record.externalId)
    if (!source?.subjectId) fresh.push(record)
    else if (source.fingerprint.equals(fingerprintOf(record))) batch.count('article', 'unchanged')
    else changed.push({ record, id: source.subjectId })
  }
  if (options.dryRun) await look([...fresh, ...changed.map(({ record }) => record)], batch)
  else await create(fresh, batch)
  for (const _ of fresh) batch.count('article', 'created')
  for (const { record, id } of changed) {
    if (options.dryRun || (await change(record, id, batch))) batch.count('article', 'updated')
    else batch.fault(record.where, 'the article was deleted here: left alone', true)
  }
}

/** What a dry run does in place of writing: faults are told and terms are counted as if it wrote. */
async function look(records: ImportedArticle[], batch: ImportBatch): Promise<void> {
  for (const record of records) articleRow(record, '', '', batch)
  await linksOf(records, [], batch)
}

async function create(records: ImportedArticle[], batch: ImportBatch): Promise<void> {
  if (records.length === 0) return
  const slugs = await chooseSlugs(records, batch)
  const articles = records.map((record) =>
    articleRow(record, newId(), slugs.get(record.externalId) as string, batch),
  )
  await insertArticles(batch.tx, articles)
  await writeLinks(
    batch.tx,
    await linksOf(
      records,
      articles.map(({ id }) => id),
      batch,
    ),
    false,
  )
  await upsertSources(
    batch.tx,
    records.map((record, i) => sourceRow(record, articles[i]?.id as string, batch)),
  )
}

/** @returns false where the article is not there any more. */
async function change(record: ImportedArticle, id: string, batch: ImportBatch): Promise<boolean> {
  const locale = record.locale ?? batch.options.locale
  const wanted = wantedSlug(record)
  const owner = (await slugOwners(batch.tx, 'article', [wanted], locale)).get(wanted)
  const { slug: _, ...row } = articleRow(record, id, wanted, batch)
  // a slug of somebody else's is not taken away; the article keeps the one that it has
  const found = await updateArticle(batch.tx, {
    ...row,
    ...((!owner || owner === id) && record.slug && { slug: wanted }),
  } as ArticleInsert)
  if (!found) return false
  await writeLinks(batch.tx, await linksOf([record], [id], batch), true)
  await upsertSources(batch.tx, [sourceRow(record, id, batch)])
  return true
}

const wantedSlug = (record: ImportedArticle): string =>
  slugify(record.slug ?? record.title) || slugify(`article ${record.externalId}`)

/**
 * A slug for each new article: the wanted one where it is free, else with the external id behind it, else, where
 * that is cut off or taken, with a hash of source and id: a second try gives the same again.
 */
async function chooseSlugs(records: ImportedArticle[], batch: ImportBatch): Promise<Map<string, string>> {
  const chosen = new Map<string, string>()
  const localeOf = (record: ImportedArticle) => record.locale ?? batch.options.locale
  const hashOf = ({ externalId }: ImportedArticle) =>
    sha256(`${batch.options.source}\n${externalId}`).toString('hex').slice(0, 16)
  for (const locale of new Set(records.map(localeOf))) {
    const here = records.filter((record) => localeOf(record) === locale)
    const candidates = (record: ImportedArticle) => [
      wantedSlug(record),
      slugify(`${wantedSlug(record).slice(0, 60)} ${record.externalId}`),
      slugify(`${wantedSlug(record).slice(0, 60)} ${hashOf(record)}`),
    ]
    const offered = new Map(here.map((record) => [record, candidates(record)]))
    const taken = new Set(
      (await slugOwners(batch.tx, 'article', [...offered.values()].flat(), locale)).keys(),
    )
    for (const [record, slugs] of offered) {
      const slug = slugs.find((candidate) => !taken.has(candidate)) as string
      taken.add(slug)
      chosen.set(record.externalId, slug)
    }
  }
  return chosen
}

function articleRow(record: ImportedArticle, id: string, slug: string, batch: ImportBatch): ArticleInsert {
  const source = storable(record.body.source)
  const rendered = renderArticle({ format: record.body.format, source })
  const custom = record.excerpt === undefined ? null : storable(record.excerpt).trim() || null
  const publishedAt = record.publishedAt ?? (record.status === 'published' ? new Date().toISOString() : null)
  const unpublishAt = readUnpublish(record, publishedAt, batch)
  const updatedAt = record.updatedAt ?? publishedAt ?? undefined
  return {
    id,
    locale: record.locale ?? batch.options.locale,
    slug,
    status: record.status,
    title: storable(record.title).slice(0, MAX_TITLE),
    subtitle: record.subtitle ? storable(record.subtitle) : null,
    customExcerpt: custom,
    excerpt: custom ?? rendered.excerpt,
    bodyFormat: record.body.format,
    bodySource: source,
    bodyHtml: rendered.html,
    bodyText: rendered.text,
    wordCount: rendered.wordCount,
    readingMinutes: rendered.readingMinutes,
    headings: rendered.headings,
    images: rendered.images,
    cover: readCover(record, batch),
    featured: record.featured ?? false,
    commentPolicy: record.commentPolicy ?? null,
    publishedAt,
    unpublishAt,
    firstPublishedAt:
      record.status === 'published' && publishedAt && new Date(publishedAt) <= new Date()
        ? publishedAt
        : null,
    ...(updatedAt && { updatedAt }),
  }
}

function readUnpublish(
  { unpublishAt, where }: ImportedArticle,
  publishedAt: string | null,
  batch: ImportBatch,
): string | null {
  if (!unpublishAt) return null
  if (publishedAt === null || new Date(unpublishAt) > new Date(publishedAt)) return unpublishAt
  batch.fault(where, 'ends before it begins: the end is left out', false)
  return null
}

function readCover(
  { coverUrl, coverAlt = '', where }: ImportedArticle,
  batch: ImportBatch,
): ArticleInsert['cover'] {
  if (!coverUrl) return null
  const url = cleanHttpUrl(coverUrl)
  if (url) return { url, alt: storable(coverAlt), width: null, height: null, caption: '', credit: '' }
  batch.fault(where, 'the cover is no http or https address: left out', false)
  return null
}

async function linksOf(records: ImportedArticle[], ids: string[], batch: ImportBatch) {
  const links = []
  for (const [i, record] of records.entries()) {
    links.push({
      articleId: ids[i] as string,
      authors: await ensureTerms('author', record.authors, batch),
      categories: await ensureTerms('category', record.categories, batch),
      tags: await ensureTerms('tag', record.tags, batch),
    })
  }
  return links
}

const sourceRow = (record: ImportedArticle, subjectId: string, batch: ImportBatch): SourceInsert => ({
  source: batch.options.source,
  kind: 'article',
  externalId: record.externalId,
  subjectId,
  fingerprint: fingerprintOf(record),
  coverExternalId: record.coverExternalId ?? null,
})
