import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Static, Type } from '@sinclair/typebox'
import { COMMENT_POLICIES } from './domain/comment.ts'
import { AppError } from './lib/errors.ts'
import { textualValidator } from './lib/validate.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

const budget = (byDefault: number, description: string) =>
  Type.Integer({ minimum: 0, maximum: 1_000_000_000, default: byDefault, description })

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
  BUDGET_ANONYMOUS: budget(
    6000,
    'Requests a minute, on each instance, of all without credentials from one IPv4 address or one /56 of IPv6; as many failed authentications; 0 for no limit. Beyond it they are answered 429',
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
  readonly comments: (typeof COMMENT_POLICIES)[number]
  readonly corsOrigins: readonly string[]
  readonly trustProxy: readonly string[]
  readonly connections: number
  readonly acquireTimeout: number
  readonly statementTimeout: number
  readonly prepare: boolean
  readonly maxInFlight: number
  /** Points a minute; 0 for no limit. */
  readonly budgets: { readonly anonymous: number; readonly key: number }
  readonly drainDelay: number
  readonly graphiql: boolean
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
    comments: read.COMMENTS as Config['comments'],
    corsOrigins: listOf(read.CORS_ORIGINS),
    trustProxy: listOf(read.TRUST_PROXY),
    connections: read.DATABASE_CONNECTIONS,
    acquireTimeout: read.DATABASE_ACQUIRE_TIMEOUT,
    statementTimeout: read.DATABASE_STATEMENT_TIMEOUT,
    prepare: read.DATABASE_PREPARE,
    maxInFlight: read.MAX_IN_FLIGHT,
    budgets: { anonymous: read.BUDGET_ANONYMOUS, key: read.BUDGET_KEY },
    drainDelay: read.DRAIN_DELAY,
    graphiql: read.GRAPHIQL,
  })
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
    if (listOf(environment.TRUST_PROXY).some((range) => /\/0*[0-7]$/.test(range))) {
      throw new ConfigError(
        'TRUST_PROXY names too many addresses: a client among them could claim any address.',
      )
    }
    return environment
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const faults = (error.details.errors ?? []).map(({ path, message }) => `  ${path.slice(1)} ${message}`)
    throw new ConfigError(`The environment is not right:\n${faults.join('\n')}`)
  }
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
