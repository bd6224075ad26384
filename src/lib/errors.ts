/**
 * Every error that a client can meet: one row a code. REST sends it as problem+json, GraphQL as
 * `extensions.code`; docs/errors.md is made from it. Codes are a promise: they may be added, never renamed.
 */
export const ERRORS = {
  BODY_MALFORMED: [400, 'info', 'The body is not well-formed JSON in UTF-8'],
  VALIDATION_FAILED: [400, 'info', 'The request does not have the documented shape'],
  CURSOR_INVALID: [400, 'info', 'The cursor is not one of this list'],
  SORT_UNSUPPORTED: [400, 'info', 'This list cannot be sorted that way'],
  URL_MALFORMED: [400, 'info', 'The address is not well-formed'],
  REQUEST_MALFORMED: [400, 'info', 'The request is not well-formed'],
  IDEMPOTENCY_KEY_INVALID: [400, 'info', 'The Idempotency-Key is not one'],
  GRAPHQL_PARSE_FAILED: [400, 'info', 'The GraphQL document has a syntax error'],
  GRAPHQL_VALIDATION_FAILED: [400, 'info', 'The GraphQL document does not fit the schema'],
  GRAPHQL_TOO_EXPENSIVE: [400, 'info', 'The GraphQL document asks for more than one request may'],
  AUTHENTICATION_FAILED: [401, 'info', 'The credentials are not valid'],
  FORBIDDEN: [403, 'info', 'The credentials do not allow this'],
  COMMENTS_CLOSED: [403, 'info', 'Comments are closed here'],
  COMMENTER_BANNED: [403, 'info', 'The author may not write here for now'],
  EDIT_WINDOW_CLOSED: [403, 'info', 'The time for edits is over'],
  UNDO_WINDOW_CLOSED: [403, 'info', 'The time for undoing is over'],
  ROUTE_NOT_FOUND: [404, 'info', 'There is nothing at this address'],
  ARTICLE_NOT_FOUND: [404, 'info', 'There is no such article'],
  CATEGORY_NOT_FOUND: [404, 'info', 'There is no such category'],
  TAG_NOT_FOUND: [404, 'info', 'There is no such tag'],
  AUTHOR_NOT_FOUND: [404, 'info', 'There is no such author'],
  SERIES_NOT_FOUND: [404, 'info', 'There is no such series'],
  COMMENT_NOT_FOUND: [404, 'info', 'There is no such comment'],
  BATCH_NOT_FOUND: [404, 'info', 'There is no such batch of decisions, or not any more'],
  BAN_NOT_FOUND: [404, 'info', 'There is no such ban'],
  REVISION_NOT_FOUND: [404, 'info', 'The article has no such revision'],
  PREVIEW_NOT_FOUND: [404, 'info', 'There is no such preview link, or not any more'],
  ERASURE_NOT_FOUND: [404, 'info', 'There is no such erasure'],
  NOT_IN_SERIES: [404, 'info', 'The article does not stand in this series'],
  METHOD_NOT_ALLOWED: [405, 'info', 'The method does not apply here'],
  NOT_ACCEPTABLE: [406, 'info', 'None of the accepted media types can be served'],
  REQUEST_TIMEOUT: [408, 'info', 'The request took too long to arrive'],
  INVALID_TRANSITION: [409, 'info', 'What is asked does not fit the present state'],
  REVISION_STALE: [409, 'info', 'The comment has changed since it was read'],
  COMMENT_DUPLICATE: [409, 'info', 'The author has written these words here before'],
  BATCH_UNDONE: [409, 'info', 'The decisions have been undone already'],
  IDEMPOTENCY_IN_FLIGHT: [409, 'info', 'A request with this Idempotency-Key is still being worked on'],
  CONFLICT: [409, 'info', 'The change conflicts with another one'],
  SLUG_TAKEN: [409, 'info', 'The slug belongs to something else'],
  TRANSLATION_EXISTS: [409, 'info', 'The article is translated into this language already'],
  CATEGORY_CYCLE: [409, 'info', 'A category cannot stand below itself'],
  CATEGORY_TOO_DEEP: [409, 'info', 'The tree of categories would have too many levels'],
  CATEGORY_NOT_EMPTY: [409, 'info', 'Articles or categories stand in the category'],
  TERM_NOT_EMPTY: [409, 'info', 'Articles stand in it'],
  SERIES_FULL: [409, 'info', 'The series holds as many articles as it may'],
  CATEGORY_LIMIT: [409, 'info', 'There are as many categories as there may be'],
  VERSION_STALE: [412, 'info', 'The article has changed since it was read'],
  ORDER_STALE: [412, 'info', 'The order has changed since it was read'],
  WORDS_STALE: [412, 'info', 'The word lists have changed since they were read'],
  BODY_TOO_LARGE: [413, 'info', 'The body is too large'],
  URI_TOO_LONG: [414, 'info', 'The address is too long'],
  MEDIA_TYPE_UNSUPPORTED: [415, 'info', 'The body is not in a media type that is taken here'],
  PARENT_NOT_FOUND: [422, 'info', 'There is no such comment to reply to'],
  CHALLENGE_FAILED: [422, 'info', 'The form does not prove what it has to prove'],
  PARENT_NOT_REPLYABLE: [422, 'info', 'The comment takes no replies any more'],
  REFERENCE_NOT_FOUND: [422, 'info', 'Something that is referred to does not exist'],
  BAN_TOO_WIDE: [422, 'info', 'The ban would shut out too many people'],
  TOO_MANY_ARTICLES: [422, 'info', 'More articles would change than one request may change'],
  PUBLISH_IN_FUTURE: [422, 'info', 'What is published is public at once: schedule it instead'],
  SCHEDULE_IN_PAST: [422, 'info', 'The moment lies in the past'],
  SCHEDULE_ENDS_BEFORE_START: [422, 'info', 'The end does not come after the beginning'],
  IDEMPOTENCY_KEY_REUSED: [422, 'info', 'The Idempotency-Key was used for another request'],
  PRECONDITION_REQUIRED: [428, 'info', 'The change has to name the version that it is made on'],
  COMMENTS_TOO_FAST: [429, 'info', 'Comments come faster than they may'],
  RATE_LIMITED: [429, 'info', 'The budget of the caller is used up for now'],
  HEADERS_TOO_LARGE: [431, 'info', 'The headers are too large'],
  INTERNAL: [500, 'error', 'Something went wrong on our side'],
  OVERLOADED: [503, 'info', 'More is asked at once than this server does'],
  NOT_DONE: [503, 'info', 'The time of the request was over before this was begun'],
  UNAVAILABLE: [503, 'warn', 'The service cannot answer just now'],
  TIMEOUT: [504, 'warn', 'The database took too long'],
} as const satisfies Record<
  string,
  readonly [status: number, level: 'info' | 'warn' | 'error', title: string]
>

export type ErrorCode = keyof typeof ERRORS

/** What is wrong at one place of the input; `path` is a JSON Pointer into it. */
export interface FieldError {
  path: string
  message: string
}

interface ErrorDetails {
  /** For people; may name what they sent, never what is inside. */
  detail?: string
  errors?: FieldError[]
  headers?: Record<string, string>
  /** Members beside the standard ones, such as `allowed` of INVALID_TRANSITION. */
  extra?: Record<string, unknown>
  cause?: unknown
}

/** An error with a code of the table. The only kind whose text may reach a client. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    super(details.detail ?? ERRORS[code][2], { cause: details.cause })
    this.name = 'AppError'
    this.code = code
    this.details = details
  }

  get status(): number {
    return ERRORS[this.code][0]
  }

  /** Headers that the answer carries. Whoever is told "not now" is told when. */
  get headers(): Record<string, string> {
    const notNow = this.status === 503 || this.status === 429
    return { ...(notNow && { 'retry-after': '1' }), ...this.details.headers }
  }

  get level(): 'info' | 'warn' | 'error' {
    return ERRORS[this.code][1]
  }

  get title(): string {
    return ERRORS[this.code][2]
  }
}

/** @returns the error of ours in an error or in what it wraps; libraries put errors of their own around them. */
export function findAppError(error: unknown): AppError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof AppError) return cause
  }
  return undefined
}

/** @returns an error that lies at these places of the input, and says so. */
export function atFault(
  code: ErrorCode,
  errors: FieldError[],
  more: Omit<ErrorDetails, 'detail' | 'errors'> = {},
): AppError {
  const detail = errors.map(({ path, message }) => `${path || '/'}: ${message}`).join('; ')
  return new AppError(code, { ...more, detail, errors })
}

/** @returns a VALIDATION_FAILED for one place of the input. */
export const invalid = (path: string, message: string): AppError =>
  atFault('VALIDATION_FAILED', [{ path, message }])
