import { randomBytes } from 'node:crypto'
import { insertComment, lockThread, readFullComment, updateText } from '../db/comment-writes.ts'
import type { FullCommentRow } from '../db/comments.ts'
import { type CommentPlace, commentPlaces, findSources, upsertSources } from '../db/imports.ts'
import type { ImportedComment } from '../domain/interchange.ts'
import { AppError } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import { cleanBody, cleanName } from '../lib/rich-text/clean-text.ts'
import { type RenderedComment, renderComment, renderImportedComment } from '../lib/rich-text/comment.ts'
import { cleanHttpUrl } from '../lib/text.ts'
import { placeBelow } from './comment-places.ts'
import { transition } from './comment-states.ts'
import { hidesReplies } from './comment-transitions.ts'
import { LIMITS } from './comment-words.ts'
import type { ImportBatch } from './import.ts'
import { fingerprintOf } from './import-values.ts'

/** Writes comments, parents before replies. Names, addresses and words meet the rules of posted ones. */
export async function importComments(records: ImportedComment[], batch: ImportBatch): Promise<void> {
  if (records.length === 0) return
  const { tx, options } = batch
  const known = await findSources(
    tx,
    options.source,
    'comment',
    records.map(({ externalId }) => externalId),
  )
  const articles = await findSources(
    tx,
    options.source,
    'article',
    records.map(({ articleExternalId }) => articleExternalId),
  )
  const parents = records.flatMap(({ parentExternalId }) => parentExternalId ?? [])
  const places = await commentPlaces(tx, options.source, parents)
  for (const record of records) {
    const source = known.get(record.externalId)
    if (source?.fingerprint.equals(fingerprintOf(record))) {
      batch.count('comment', 'unchanged')
      continue
    }
    if (source?.fingerprint.length === 0) {
      batch.fault(record.where, ERASED, true)
      continue
    }
    const text = readText(record, batch)
    if (!text) continue
    if (options.dryRun) {
      batch.count('comment', source ? 'updated' : 'created')
      continue
    }
    if (source?.subjectId) {
      await change(record, source.subjectId, text, batch)
      continue
    }
    const articleId = articles.get(record.articleExternalId)?.subjectId
    if (!articleId) {
      batch.fault(record.where, `the article ${record.articleExternalId} is not there`, true)
      continue
    }
    places.set(record.externalId, await create(record, articleId, text, places, batch))
  }
}

const ERASED = 'the comment was erased here: left alone'

type Text = RenderedComment & { source: string }

function readText({ body, where }: ImportedComment, batch: ImportBatch): Text | undefined {
  const source = cleanBody(body.source)
  if (source === '') {
    batch.fault(where, 'the comment is empty', true)
    return undefined
  }
  if (Buffer.byteLength(source) > LIMITS.bodyBytes) {
    batch.fault(where, `the comment is longer than ${LIMITS.bodyBytes} bytes`, true)
    return undefined
  }
  return { source, ...(body.format === 'html' ? renderImportedComment(source) : renderComment(source)) }
}

async function create(
  record: ImportedComment,
  articleId: string,
  text: Text,
  places: Map<string, CommentPlace>,
  batch: ImportBatch,
): Promise<CommentPlace> {
  const id = newId()
  const parent = record.parentExternalId === null ? undefined : places.get(record.parentExternalId)
  if (record.parentExternalId !== null && parent?.articleId !== articleId) {
    batch.fault(
      record.where,
      `the comment ${record.parentExternalId} that it answers is not there: it begins a thread`,
      false,
    )
  }
  const place = placeBelow(id, parent?.articleId === articleId ? parent : undefined, LIMITS.depth)
  // beside the one that it answers, past the depth limit, it shares what hides that one
  const isBelow = parent !== undefined && place.parentId === parent.id
  const hiddenBy =
    isBelow && hidesReplies(parent.status) ? parent.id : place.parentId ? (parent?.hiddenBy ?? null) : null
  if (parent) await lockThread(batch.tx, parent.id)
  await insertComment(
    batch.tx,
    {
      id,
      articleId,
      ...place,
      status: record.status,
      statusReason: 'imported',
      decidedBy: 'import',
      hiddenBy,
      authorName: readName(record, batch),
      authorUrl: readUrl(record, batch),
      body: text.source,
      bodyHtml: text.html,
      bodyText: text.text,
      sandbox: false,
      createdAt: record.createdAt,
    },
    {
      email: record.authorEmail?.slice(0, 254) || null,
      ipPrefix: null,
      ipHmac: null,
      authorKey: null,
      receiptNonce: randomBytes(16),
    },
  )
  await remember(record, id, batch)
  batch.count('comment', 'created')
  const { parentId, rootId, depth } = place
  return {
    externalId: record.externalId,
    id,
    articleId,
    parentId,
    rootId,
    depth,
    status: record.status,
    hiddenBy,
  }
}

/**
 * What the source changed since the last run: words and state, through the same doors as anybody. What somebody here took out
 * of sight, or still holds, the source does not make public.
 */
async function change(record: ImportedComment, id: string, text: Text, batch: ImportBatch): Promise<void> {
  await lockThread(batch.tx, id)
  const row = await readFullComment(batch.tx, id)
  if (!row || row.status === 'erased') return batch.fault(record.where, ERASED, true)
  if (row.source === '')
    return batch.fault(record.where, 'the words of the comment were taken away here: left alone', true)
  if (row.source !== text.source) {
    await updateText(batch.tx, id, row.revision, {
      body: text.source,
      bodyHtml: text.html,
      bodyText: text.text,
    })
    row.revision++
  }
  if (record.status === 'approved' && row.status !== 'approved' && row.decidedBy !== 'import') {
    batch.fault(record.where, `stays ${row.status}: it was decided here`, false)
  } else await move(record, row, batch)
  await remember(record, id, batch)
  batch.count('comment', 'updated')
}

/** The state that it has at the source, where it may go there. */
async function move(record: ImportedComment, row: FullCommentRow, batch: ImportBatch): Promise<void> {
  try {
    await transition(
      batch.tx,
      row,
      { status: record.status, reason: 'imported', decidedBy: 'import' },
      'moderator',
    )
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    batch.fault(record.where, `stays ${row.status}: ${error.message}`, false)
  }
}

async function remember(record: ImportedComment, subjectId: string, batch: ImportBatch): Promise<void> {
  const { source } = batch.options
  await upsertSources(batch.tx, [
    { source, kind: 'comment', externalId: record.externalId, subjectId, fingerprint: fingerprintOf(record) },
  ])
}

function readName({ authorName, where }: ImportedComment, batch: ImportBatch): string {
  const cleaned = cleanName(authorName)
  if ('value' in cleaned && cleaned.value !== '')
    return [...cleaned.value].slice(0, LIMITS.nameLength).join('')
  batch.fault(where, 'the name of the author cannot be shown: Anonymous is put in its place', false)
  return 'Anonymous'
}

function readUrl({ authorUrl, where }: ImportedComment, batch: ImportBatch): string | null {
  if (!authorUrl) return null
  const url = cleanHttpUrl(authorUrl)
  if (!url) batch.fault(where, 'the address of the author is not http or https: left out', false)
  return url ?? null
}
