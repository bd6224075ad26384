import postgres from 'postgres'
import { AppError, type ErrorCode, findAppError } from '../lib/errors.ts'

const BY_CONSTRAINT: Record<string, ErrorCode> = {
  slugs_taken: 'SLUG_TAKEN',
  articles_translation: 'TRANSLATION_EXISTS',
  categories_no_cycle: 'CATEGORY_CYCLE',
  categories_depth: 'CATEGORY_TOO_DEEP',
  categories_bounded: 'CATEGORY_LIMIT',
  comments_parent_in_article: 'PARENT_NOT_FOUND',
}

const BY_STATE: Record<string, ErrorCode> = {
  '22P02': 'VALIDATION_FAILED', // invalid_text_representation
  '22003': 'VALIDATION_FAILED', // numeric_value_out_of_range
  '22008': 'VALIDATION_FAILED', // datetime_field_overflow
  '22021': 'VALIDATION_FAILED', // character_not_in_repertoire
  '23505': 'CONFLICT', // unique_violation
  '23001': 'CONFLICT', // restrict_violation, which foreign keys raise since Postgres 18
  '23503': 'CONFLICT', // foreign_key_violation
  '23514': 'CONFLICT', // check_violation
  '25006': 'UNAVAILABLE', // read_only_sql_transaction: a standby, or a server that has been told to write no more
  '25P03': 'UNAVAILABLE', // idle_in_transaction_session_timeout
  '25P04': 'TIMEOUT', // transaction_timeout
  '40001': 'UNAVAILABLE', // serialization_failure
  '40P01': 'UNAVAILABLE', // deadlock_detected
  '54000': 'VALIDATION_FAILED', // program_limit_exceeded: more than Postgres can hold
  '55P03': 'UNAVAILABLE', // lock_not_available
  '57014': 'TIMEOUT', // query_canceled, by statement_timeout
}

/**
 * The classes of SQLSTATE that mean "not now": connection, login, no such database, resources, operator intervention. A
 * request can do nothing about any of them.
 */
const UNAVAILABLE_CLASSES = ['08', '28', '3D', '53', '57']
/** Codes of connections on which no word came back. */
const SILENT = ['CONNECT_TIMEOUT', 'CONNECTION_CLOSED', 'CONNECTION_DESTROYED', 'STATEMENT_UNANSWERED']
const CONNECTION_CODES = new Set([
  ...SILENT,
  'CONNECTION_ENDED',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
])

/**
 * The one place where a database error becomes one of ours. The original stays as `cause` for the log; neither
 * its text nor SQL nor parameters go further. Anything unknown comes back as it is and ends as INTERNAL.
 */
export function toAppError(error: unknown): unknown {
  const known = findAppError(error)
  if (known) return known
  const cause = databaseCause(error)
  if (!cause) return error
  const code = codeOf(cause)
  if (!code) return error
  return new AppError(code, { cause })
}

function codeOf(cause: Error): ErrorCode | undefined {
  if (cause instanceof postgres.PostgresError) {
    const named = cause.constraint_name ? BY_CONSTRAINT[cause.constraint_name] : undefined
    if (named) return named
    if (BY_STATE[cause.code]) return BY_STATE[cause.code]
    return UNAVAILABLE_CLASSES.includes(cause.code.slice(0, 2)) ? 'UNAVAILABLE' : undefined
  }
  return CONNECTION_CODES.has(String((cause as { code?: unknown }).code)) ? 'UNAVAILABLE' : undefined
}

function databaseCause(error: unknown): Error | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof postgres.PostgresError) return cause
    if (CONNECTION_CODES.has(String((cause as { code?: unknown }).code))) return cause
  }
  return undefined
}

/** Whether the innermost reason of a failed connection is that nobody said anything in time. */
export function isSilence(cause: Error): boolean {
  // an error of ours without a cause is the gate's, whose connections were not there in time
  return cause instanceof AppError || SILENT.includes(String((cause as { code?: unknown }).code))
}
