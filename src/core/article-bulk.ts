import type { Viewer } from '../domain/viewer.ts'
import { AppError, atFault, findAppError, invalid } from '../lib/errors.ts'
import { isObject, pointer } from '../lib/json.ts'
import { nearest } from '../lib/text.ts'
import { validator } from '../lib/validate.ts'
import {
  type ArticleOperation,
  type BulkResult,
  MAX_OPERATIONS,
  OPERATIONS,
} from '../shapes/article-writing.ts'
import type { ArticleView } from './article-views.ts'
import type { ArticleWriting, Target } from './article-writing.ts'
import { readIdempotencyHeader } from './idempotency.ts'
import { requireScope } from './viewer.ts'

/** Milliseconds after which nothing more is begun: well before the request is answered without its handler. */
export const BULK_TIME = 8000

export interface BulkDone {
  /** One for each operation, in their order. */
  results: BulkResult[]
  /** Those that are no fault of the caller, for the log. */
  failures: AppError[]
}

type Op = keyof typeof OPERATIONS
const OPS = Object.keys(OPERATIONS) as Op[]
const CHECKS = Object.fromEntries(OPS.map((op) => [op, validator(OPERATIONS[op])])) as Record<
  Op,
  (value: unknown) => ArticleOperation
>

/** @param clock milliseconds. */
export function articleBulk(writing: ArticleWriting, clock: () => number = () => performance.now()) {
  /**
   * Does up to 100 operations in their order, each in a transaction of its own: one that fails changes nothing and stops
   * no other. What is not begun in time is NOT_DONE; nothing is said to be done that is not.
   * @param body as it came: each operation is checked by itself.
   * @throws AUTHENTICATION_FAILED, FORBIDDEN, VALIDATION_FAILED for what is no list of operations.
   */
  async function run(body: unknown, viewer: Viewer): Promise<BulkDone> {
    requireScope(viewer, 'content:write')
    const operations = readOperations(body)
    const until = clock() + BULK_TIME
    const results: BulkResult[] = []
    const failures: AppError[] = []
    for (const [index, operation] of operations.entries()) {
      try {
        if (clock() > until) throw new AppError('NOT_DONE')
        results.push({ index, ok: true, problem: null, ...(await runOne(operation, viewer)) })
      } catch (error) {
        const failure = findAppError(error) ?? new AppError('INTERNAL', { cause: error })
        if (failure.level !== 'info') failures.push(failure)
        results.push(refused(index, failure))
      }
    }
    return { results, failures }
  }

  async function runOne(operation: unknown, viewer: Viewer): Promise<Done> {
    const checked = readOperation(operation)
    if (checked.op === 'create') {
      const idempotencyKey = readIdempotencyHeader(checked.idempotencyKey)
      const created = writing.create(checked.document, { viewer, idempotencyKey })
      const { article, replayed } = await under('document', created)
      return { ...done(article, 201), replayed }
    }
    const target = targetOf(checked, viewer)
    if (checked.op === 'purge') {
      await writing.purge(target)
      return { status: 204, article: null, replayed: false }
    }
    if (checked.op === 'update')
      return done((await under('patch', writing.patch(target, checked.patch))).article, 200)
    const { op, ref: _ref, locale: _locale, ifMatch: _ifMatch, ...dates } = checked
    return done((await writing.transition(target, op, dates)).article, 200)
  }

  return { run }
}

type Done = Pick<BulkResult, 'status' | 'article' | 'replayed'>

const done = (
  { id, slug, locale, title, status, publishedAt, version }: ArticleView,
  httpStatus: number,
): Done => ({
  status: httpStatus,
  article: { id, slug, locale, title, status, publishedAt, version },
  replayed: false,
})

function refused(index: number, error: AppError): BulkResult {
  const { errors, extra } = error.details
  const problem = { ...extra, code: error.code, detail: error.message, ...(errors && { errors }) }
  return { index, ok: false, status: error.status, article: null, replayed: false, problem }
}

const targetOf = (
  { ref, locale, ifMatch }: Exclude<ArticleOperation, { op: 'create' }>,
  viewer: Viewer,
): Target => ({
  ref,
  locale,
  wanted: typeof ifMatch === 'number' ? [ifMatch] : ifMatch && 'any',
  viewer,
})

/** The envelope by hand: a check of the whole would let one operation spoil all others. */
function readOperations(body: unknown): readonly unknown[] {
  const { operations, ...others } = isObject(body) ? body : {}
  const [unknown] = Object.keys(others)
  if (unknown !== undefined)
    throw invalid(pointer(unknown.slice(0, 64)), 'is not known here; known are: operations')
  if (!Array.isArray(operations)) throw invalid('/operations', 'must be a list of operations')
  if (operations.length === 0 || operations.length > MAX_OPERATIONS)
    throw invalid('/operations', `must have 1 to ${MAX_OPERATIONS} operations`)
  return operations
}

function readOperation(operation: unknown): ArticleOperation {
  if (!isObject(operation)) throw invalid('', 'must be an operation')
  const { op } = operation
  const known = OPS.find((name) => name === op)
  if (known) return CHECKS[known](operation)
  const near = typeof op === 'string' ? nearest(op, OPS) : undefined
  throw invalid('/op', near ? `is not known; did you mean "${near}"?` : `takes one of: ${OPS.join(', ')}`)
}

/** The places that are at fault, as seen from the operation. */
async function under<T>(member: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const { code, details } = findAppError(error) ?? {}
    if (!code || !details?.errors) throw error
    const errors = details.errors.map(({ path, message }) => ({ path: pointer(member) + path, message }))
    throw atFault(code, errors, details)
  }
}
