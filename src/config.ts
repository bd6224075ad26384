import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Static, Type } from '@sinclair/typebox'
import {
  COMMENT_POLICIES,
  type CommentSettings,
  FORM_TOKEN_RULES,
  PROOF_OF_WORK_RULES,
} from './domain/comment.ts'
import { DEFAULT_RETENTION, type Retention } from './domain/retention.ts'
import { SCOPES, type Scope } from './domain/viewer.ts'
import { AppError } from './lib/errors.ts'
import { textualValidator } from './lib/validate.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

const budget = (byDefault: number, description: string) =>
  Type.Integer({ minimum: 0, maximum: 1_000_000_000, default: byDefault, description })

/** A number of the rules for comments. */
const rule = (byDefault: number, maximum: number, description: string) =>
  Type.Integer({ minimum: 0, maximum, default: byDefault, description })

/** Days that something is kept. */
const days = (byDefault: number, description: string) =>
  Type.Integer({
    minimum: 0,
    maximum: 36_500,
    default: byDefault,
    description: `${description}; 0 for ever`,
  })

/**
 * Every environment variable, in the order of the documentation. `.env.example` and the table of the README are
 * made from it. `secret` marks what no log may show.
 */
export const ENVIRONMENT = Type.Object({
  PORT: Type.Integer({ minimum: 0, maximum: 65535, default: 3000, description: 'Port to listen on' }),
  HOST: Type.String({ default: '127.0.0.1', description: 'Address to listen on; `0.0.0.0` for all' }),
  DATABASE_URL: Type.Optional(
    Type.String({
      pattern: '^postgres(ql)?://',
      description: 'A Postgres of your own, 15 to 18. Left out, an embedded one is run',
      secret: true,
    }),
  ),
  DATA_DIR: Type.String({
    default: '.broadsheet',
    description: 'Where the embedded database lives; from the project folder unless absolute',
  }),
  SECRET: Type.Optional(
    Type.String({
      minLength: 32,
      description:
        'What receipts and keyed hashes are derived from, 32 characters or more. Left out, one is made and kept in the database',
      secret: true,
    }),
  ),
  SECRET_PREVIOUS: Type.Optional(
    Type.String({ minLength: 32, description: 'The secret before a rotation; still verifies', secret: true }),
  ),
  LOG_LEVEL: Type.String({
    enum: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    default: 'info',
    description: 'Least level that is logged',
  }),
  PUBLIC_URL: Type.Optional(
    Type.String({
      format: 'uri',
      pattern: '^https?://[^?#]+$',
      description: 'Address under which clients reach the API. Default: `http://HOST:PORT`',
    }),
  ),
  ARTICLE_URL: Type.Optional(
    Type.String({
      pattern: '^https?://',
      description:
        'Address of an article on your site, with `{slug}`, `{id}`, `{locale}`. Default: the article in this API',
    }),
  ),
  LOCALE: Type.String({
    pattern: '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$',
    default: 'en',
    description: 'Language of the site: where a slug is looked up when no `locale` is given',
  }),
  COMMENTS: Type.String({
    enum: [...COMMENT_POLICIES],
    default: 'open',
    description: 'Comment policy of the site: `open`, `known`, `held` or `closed`',
  }),
  COMMENTS_CLOSE_AFTER_DAYS: rule(
    0,
    36500,
    'Days after its publication in which an article takes comments; 0 for ever',
  ),
  COMMENTS_PAUSE: rule(15, 3600, 'Seconds between two comments of one author; 0 for none'),
  COMMENTS_PER_MINUTE: rule(2, 100000, 'Comments a minute from one network, /24 or /56; 0 for no limit'),
  COMMENTS_PER_HOUR: rule(20, 1000000, 'Comments an hour from one network; 0 for no limit'),
  COMMENTS_ARTICLE_PER_MINUTE: rule(60, 100000, 'Comments a minute under one article; 0 for no limit'),
  COMMENTS_SITE_PER_MINUTE: rule(
    300,
    100000,
    'Comments a minute on the whole site beyond which those of unknown authors are held; 0 for never',
  ),
  COMMENTS_TWIN_HOURS: rule(
    24,
    720,
    'Hours in which the same words of one author at the same place are taken for one comment; 0 for never',
  ),
  COMMENTS_LINKS: rule(2, 1000, 'Links that hold a comment of an unknown author; 0 for never'),
  COMMENTS_LINKS_KNOWN: rule(4, 1000, 'Links that hold a comment of a known author; 0 for never'),
  COMMENTS_KNOWN_AFTER: rule(
    2,
    1000,
    'Approved comments within twelve months that make a proven author known; 0 for never',
  ),
  COMMENTS_BAD_RECORD: rule(
    30,
    100,
    'Percentage of rejections within seven days, of three decisions or more, that holds an author; 0 for never',
  ),
  COMMENTS_EDIT_WINDOW: rule(300, 3600, 'Seconds in which authors may edit; 0 for never'),
  COMMENTS_DEPTH: rule(5, 5, 'Levels of replies below a first comment; deeper ones hang beside'),
  COMMENTS_UNIFORM: Type.Boolean({
    default: false,
    description:
      'Answer every new comment alike, as received, whatever becomes of it: for sites under attack',
  }),
  COMMENTS_FORM_TOKEN: Type.String({
    enum: [...FORM_TOKEN_RULES],
    default: 'optional',
    description: 'Token of the form, against scripts: `off`, `optional` or `required`',
  }),
  COMMENTS_PROOF_OF_WORK: Type.String({
    enum: [...PROOF_OF_WORK_RULES],
    default: 'off',
    description: 'Who has to solve an ALTCHA challenge: nobody (`off`), `unknown` authors, or `all`',
  }),
  COMMENTS_HOOK_URL: Type.Optional(
    Type.String({
      format: 'uri',
      pattern: '^https?://',
      description: 'Where each comment that would be live is checked first; needs the next one',
    }),
  ),
  COMMENTS_HOOK_SECRET: Type.Optional(
    Type.String({
      minLength: 16,
      description: 'What those requests are signed with, as Standard Webhooks: `whsec_…` or any text',
      secret: true,
    }),
  ),
  COMMENTS_KEEP_PENDING: days(
    DEFAULT_RETENTION.pending,
    'Days that a comment may wait for a moderator before it is rejected as expired',
  ),
  COMMENTS_KEEP_SPAM: days(DEFAULT_RETENTION.spam, 'Days that the words of spam are kept'),
  COMMENTS_KEEP_REJECTED: days(
    DEFAULT_RETENTION.rejected,
    'Days that the words of rejected comments are kept',
  ),
  COMMENTS_KEEP_DELETED: days(
    DEFAULT_RETENTION.deleted,
    'Days that the words of deleted comments are kept, and may be brought back',
  ),
  COMMENTS_KEEP_NETWORK: days(
    DEFAULT_RETENTION.network,
    'Days that the network of a comment is kept, and what was made of it',
  ),
  HOUSEKEEPING: Type.Boolean({
    default: true,
    description:
      '`false` where `broadsheet housekeeping` is run by a timer of your own instead of every minute by the server',
  }),
  COMMENTS_DEVICE_VOTES: Type.Boolean({
    default: true,
    description:
      'Whether devices may vote on comments; their votes are shown and have no weight in the order',
  }),
  COMMENTS_REPORTS: Type.Integer({
    minimum: 0,
    maximum: 1000,
    default: 5,
    description:
      'How many readers whom somebody vouches for must report a comment before it goes back to the moderators; 0 for never',
  }),
  JWT_JWKS_URL: Type.Optional(
    Type.String({
      format: 'uri',
      pattern: '^https?://',
      description:
        'Address of the public keys (JWKS) of an identity provider whose tokens are believed. Needs the next two',
    }),
  ),
  JWT_ISSUER: Type.Optional(
    Type.String({ description: 'What `iss` of a token must be, to the letter', maxLength: 2048 }),
  ),
  JWT_AUDIENCE: Type.Optional(
    Type.String({ description: 'What `aud` of a token must be, or hold', maxLength: 2048 }),
  ),
  JWT_SCOPE_CLAIM: Type.String({
    default: 'scope',
    description: 'The claim of a token that holds the scopes: text separated by blanks, or an array',
  }),
  JWT_SCOPES: Type.String({
    default: 'content:read,content:write,comments:moderate',
    description: 'Scopes that a token gives at most, separated by commas; others in it are ignored',
  }),
  CORS_ORIGINS: Type.String({
    default: '*',
    description:
      'Origins that browsers may call from, separated by commas; `*` for any. No cookies are ever used',
  }),
  TRUST_PROXY: Type.String({
    default: '',
    description:
      'Addresses or CIDR ranges of proxies whose `X-Forwarded-For` is believed, separated by commas',
  }),
  DATABASE_CONNECTIONS: Type.Integer({
    minimum: 1,
    maximum: 1000,
    default: 10,
    description: 'Connections to the database at most, beside one for `/readyz`',
  }),
  DATABASE_ACQUIRE_TIMEOUT: Type.Integer({
    minimum: 10,
    maximum: 600000,
    default: 900,
    description: 'Milliseconds that a request may wait for a connection before it is answered 503',
  }),
  DATABASE_STATEMENT_TIMEOUT: Type.Integer({
    minimum: 100,
    maximum: 600000,
    default: 1500,
    description: 'Milliseconds that one statement may take',
  }),
  DATABASE_PREPARE: Type.Boolean({
    default: true,
    description: '`false` behind a pooler in transaction mode',
  }),
  MAX_IN_FLIGHT: Type.Integer({
    minimum: 1,
    maximum: 100000,
    default: 100,
    description: 'Requests that are worked on at once; more are answered 503 with `Retry-After`',
  }),
  MAX_STREAMS: Type.Integer({
    minimum: 1,
    maximum: 100000,
    default: 1000,
    description:
      'Streams of events that are open at once on each instance; more are answered 503 with `Retry-After`',
  }),
  BUDGET_ANONYMOUS: budget(
    6000,
    'Requests a minute, on each instance, of all without credentials from one IPv4 address or one /56 of IPv6; as many failed authentications; 0 for no limit. Beyond it they are answered 429',
  ),
  BUDGET_USER: budget(
    6000,
    'Requests a minute, on each instance, of a reader or editor of the identity provider; 0 for no limit',
  ),
  BUDGET_KEY: budget(
    30000,
    'Requests a minute, on each instance, of an API key without a budget of its own; 0 for no limit',
  ),
  DRAIN_DELAY: Type.Integer({
    minimum: 0,
    maximum: 600000,
    default: 3000,
    description:
      'Milliseconds after SIGTERM in which requests are still answered while `/readyz` says 503; longer than the probe period of the balancer',
  }),
  GRAPHIQL: Type.Boolean({ default: true, description: 'Serve GraphiQL at /graphiql' }),
})

type Environment = Static<typeof ENVIRONMENT>

export interface Config {
  readonly port: number
  readonly host: string
  readonly databaseUrl: string | undefined
  readonly dataDir: string
  readonly secret: string | undefined
  readonly previousSecret: string | undefined
  readonly logLevel: string
  readonly publicUrl: string
  readonly articleUrl: string
  readonly locale: string
  readonly comments: CommentSettings
  /** The service that checks comments before they are live. */
  readonly commentHook: { readonly url: string; readonly secret: string } | undefined
  readonly retention: Retention
  /** The server does what time brings. */
  readonly housekeeping: boolean
  /** Whose tokens are believed. */
  readonly identity: IdentityConfig | undefined
  readonly corsOrigins: readonly string[]
  readonly trustProxy: readonly string[]
  readonly connections: number
  readonly acquireTimeout: number
  readonly statementTimeout: number
  readonly prepare: boolean
  readonly maxInFlight: number
  readonly maxStreams: number
  /** Points a minute; 0 for no limit. */
  readonly budgets: { readonly anonymous: number; readonly user: number; readonly key: number }
  readonly drainDelay: number
  readonly graphiql: boolean
}

interface IdentityConfig {
  readonly jwksUrl: string
  readonly issuer: string
  readonly audience: string
  readonly scopeClaim: string
  readonly scopes: readonly Scope[]
}

/** Every fault of an environment at once, as one text for the operator. */
export class ConfigError extends Error {}

const check = textualValidator(ENVIRONMENT)

/**
 * @param env as `process.env`; empty values count as not set.
 * @throws ConfigError that lists all faults, never a value.
 */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const read = checked(env)
  const host = publicHost(read.HOST)
  const publicUrl = (read.PUBLIC_URL ?? `http://${host}:${read.PORT}`).replace(/\/+$/, '')
  return Object.freeze({
    port: read.PORT,
    host: read.HOST,
    databaseUrl: read.DATABASE_URL,
    dataDir: resolve(ROOT, read.DATA_DIR),
    secret: read.SECRET,
    previousSecret: read.SECRET_PREVIOUS,
    logLevel: read.LOG_LEVEL,
    publicUrl,
    articleUrl: read.ARTICLE_URL ?? `${publicUrl}/v1/articles/{slug}?locale={locale}`,
    locale: read.LOCALE,
    comments: commentsOf(read),
    commentHook: hookOf(read),
    retention: {
      pending: read.COMMENTS_KEEP_PENDING,
      spam: read.COMMENTS_KEEP_SPAM,
      rejected: read.COMMENTS_KEEP_REJECTED,
      deleted: read.COMMENTS_KEEP_DELETED,
      network: read.COMMENTS_KEEP_NETWORK,
    },
    housekeeping: read.HOUSEKEEPING,
    identity: identityOf(read),
    corsOrigins: listOf(read.CORS_ORIGINS),
    trustProxy: listOf(read.TRUST_PROXY),
    connections: read.DATABASE_CONNECTIONS,
    acquireTimeout: read.DATABASE_ACQUIRE_TIMEOUT,
    statementTimeout: read.DATABASE_STATEMENT_TIMEOUT,
    prepare: read.DATABASE_PREPARE,
    maxInFlight: read.MAX_IN_FLIGHT,
    maxStreams: read.MAX_STREAMS,
    budgets: { anonymous: read.BUDGET_ANONYMOUS, user: read.BUDGET_USER, key: read.BUDGET_KEY },
    drainDelay: read.DRAIN_DELAY,
    graphiql: read.GRAPHIQL,
  })
}

function commentsOf(read: Environment): CommentSettings {
  return {
    policy: read.COMMENTS as CommentSettings['policy'],
    closeAfterDays: read.COMMENTS_CLOSE_AFTER_DAYS,
    pauseSeconds: read.COMMENTS_PAUSE,
    perMinute: read.COMMENTS_PER_MINUTE,
    perHour: read.COMMENTS_PER_HOUR,
    articlePerMinute: read.COMMENTS_ARTICLE_PER_MINUTE,
    sitePerMinute: read.COMMENTS_SITE_PER_MINUTE,
    twinHours: read.COMMENTS_TWIN_HOURS,
    links: read.COMMENTS_LINKS,
    linksOfKnown: read.COMMENTS_LINKS_KNOWN,
    knownAfter: read.COMMENTS_KNOWN_AFTER,
    badRecordPercent: read.COMMENTS_BAD_RECORD,
    editSeconds: read.COMMENTS_EDIT_WINDOW,
    depth: read.COMMENTS_DEPTH,
    uniform: read.COMMENTS_UNIFORM,
    formToken: read.COMMENTS_FORM_TOKEN as CommentSettings['formToken'],
    proofOfWork: read.COMMENTS_PROOF_OF_WORK as CommentSettings['proofOfWork'],
    deviceVotes: read.COMMENTS_DEVICE_VOTES,
    reportsToHold: read.COMMENTS_REPORTS,
  }
}

function hookOf({ COMMENTS_HOOK_URL: url, COMMENTS_HOOK_SECRET: secret }: Environment) {
  return url && secret ? { url, secret } : undefined
}

function identityOf(read: Environment): IdentityConfig | undefined {
  const { JWT_JWKS_URL: jwksUrl, JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = read
  if (!jwksUrl || !issuer || !audience) return undefined
  const named = listOf(read.JWT_SCOPES)
  const scopes = SCOPES.filter((scope) => named.includes(scope))
  return { jwksUrl, issuer, audience, scopeClaim: read.JWT_SCOPE_CLAIM, scopes }
}

/** The host to name in an address: "all interfaces" is none that a client could call. */
function publicHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

function checked(env: Record<string, string | undefined>): Environment {
  const known = Object.entries(ENVIRONMENT.properties).map(([name, { default: fallback }]) => [
    name,
    env[name] || fallback,
  ])
  const values = Object.fromEntries(known.filter(([, value]) => value !== undefined))
  try {
    const environment = check(values)
    const faults = [...proxyFaults(environment), ...identityFaults(environment), ...hookFaults(environment)]
    if (faults.length > 0) throw new ConfigError(faults.join('\n'))
    return environment
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const faults = (error.details.errors ?? []).map(({ path, message }) => `  ${path.slice(1)} ${message}`)
    throw new ConfigError(`The environment is not right:\n${faults.join('\n')}`)
  }
}

function proxyFaults({ TRUST_PROXY }: Environment): string[] {
  return listOf(TRUST_PROXY).some((range) => /\/0*[0-7]$/.test(range))
    ? ['TRUST_PROXY names too many addresses: a client among them could claim any address.']
    : []
}

function hookFaults({ COMMENTS_HOOK_URL: url, COMMENTS_HOOK_SECRET: secret }: Environment): string[] {
  return [
    ...(url && !isPlainUrl(url) ? ['COMMENTS_HOOK_URL has to be an address without credentials.'] : []),
    ...(url && !secret ? ['COMMENTS_HOOK_URL needs COMMENTS_HOOK_SECRET.'] : []),
    ...(!url && secret ? ['COMMENTS_HOOK_SECRET needs COMMENTS_HOOK_URL.'] : []),
  ]
}

const isPlainUrl = (text: string): boolean => {
  if (!URL.canParse(text)) return false
  const { username, password } = new URL(text)
  return username === '' && password === ''
}

/** A token that anybody could have got for something else is none: an address of keys comes with issuer and audience. */
function identityFaults(read: Environment): string[] {
  const { JWT_JWKS_URL: url, JWT_ISSUER, JWT_AUDIENCE, JWT_SCOPES } = read
  const together = { JWT_ISSUER, JWT_AUDIENCE }
  const lacking = Object.entries(together).flatMap(([name, value]) => (value ? [] : [name]))
  return [
    ...(url && !URL.canParse(url) ? ['JWT_JWKS_URL is no address.'] : []),
    ...(url ? lacking.map((name) => `JWT_JWKS_URL needs ${name}.`) : []),
    ...(!url && lacking.length < 2 ? ['JWT_ISSUER and JWT_AUDIENCE need JWT_JWKS_URL.'] : []),
    ...listOf(JWT_SCOPES)
      .filter((word) => !SCOPES.some((scope) => scope === word))
      .map((word) => `JWT_SCOPES: "${word}" is no scope; there are ${SCOPES.join(', ')}.`),
  ]
}

const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')

/** The environment of this process, as configuration. The only reader of `process.env`. */
export const loadProcessConfig = (): Config => loadConfig(process.env)

/** `{slug}`, `{id}` and `{locale}` of a template filled in, each escaped for a URL. */
export function articleUrl(template: string, article: { id: string; slug: string; locale: string }): string {
  return template.replace(/\{(id|slug|locale)\}/g, (_, name: 'id' | 'slug' | 'locale') =>
    encodeURIComponent(article[name]),
  )
}
