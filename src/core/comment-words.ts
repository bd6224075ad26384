import { invalid } from '../lib/errors.ts'
import { cleanBody, cleanName } from '../lib/rich-text/clean-text.ts'
import { type RenderedComment, renderComment } from '../lib/rich-text/comment.ts'
import { sha256 } from '../lib/secrets.ts'
import { cleanHttpUrl } from '../lib/text.ts'

/** comments.md, rule 5. */
export const LIMITS = {
  bodyLength: 5000,
  bodyBytes: 20 * 1024,
  nameLength: 80,
  /** Of replies, in the table; a site may take fewer. */
  depth: 5,
} as const

export interface CommentText extends RenderedComment {
  source: string
}

/** @throws VALIDATION_FAILED. @returns the text to store and its rendering. */
export function readBody(body: string): CommentText {
  const source = cleanBody(body)
  if (source === '') throw invalid('/body', 'must not be empty')
  // before the parser sees it: its worst cases are bounded by size
  if (Buffer.byteLength(source) > LIMITS.bodyBytes)
    throw invalid('/body', `must not exceed ${LIMITS.bodyBytes} bytes in UTF-8`)
  return { source, ...renderComment(source) }
}

/** What stays the same where somebody sends the same words again: blanks do not count, capitals do. */
export const hashOfWords = (source: string): Buffer =>
  sha256(source.normalize('NFC').replace(/\s+/gu, ' ').trim())

const NAME_FAULTS = {
  bidi_control: 'must not turn the direction of the text',
  control: 'must not contain control characters',
  tag: 'must not contain tag characters',
  invisible: 'must contain something visible',
}

/** @throws VALIDATION_FAILED. One rule for names, wherever they come in. */
export function readName(name: string, path = '/author/name'): string {
  const cleaned = cleanName(name)
  if ('reason' in cleaned) throw invalid(path, NAME_FAULTS[cleaned.reason])
  return cleaned.value
}

/** @throws VALIDATION_FAILED. */
export function readUrl(url: string | null | undefined): string | null {
  if (url === null || url === undefined || url.trim() === '') return null
  const cleaned = cleanHttpUrl(url)
  if (!cleaned) throw invalid('/author/url', 'must be an http or https address without credentials')
  return cleaned
}
