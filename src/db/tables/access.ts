import { boolean, index, integer, pgTable, primaryKey, smallint, text, uuid } from 'drizzle-orm/pg-core'
import type { Scope } from '../../domain/viewer.ts'
import { bytes, createdAt, moment } from './columns.ts'

export const apiKeys = pgTable('api_keys', {
  /** Part of the key itself, so that finding a key is a primary key lookup. */
  id: uuid().primaryKey(),
  name: text().notNull(),
  /** SHA-256 of the secret part; 256 random bits need no slow hash. */
  secretHash: bytes().notNull(),
  scopes: text().array().$type<Scope[]>().notNull(),
  sandbox: boolean().notNull().default(false),
  /** Points a minute; null is the default budget. */
  budget: integer(),
  createdAt: createdAt(),
  expiresAt: moment(),
  revokedAt: moment(),
  lastUsedAt: moment(),
})

/** What a repeated `Idempotency-Key` is answered from: a subject to present anew, never a stored body. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    /** Caller and route. */
    scope: text().notNull(),
    key: text().notNull(),
    /** SHA-256 of the canonical request. */
    fingerprint: bytes().notNull(),
    status: smallint().notNull(),
    subjectId: uuid().notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.scope, t.key] }),
    // what is older than 24 h, for the sweep
    index('idempotency_keys_created').on(t.createdAt),
    // what was done to a comment, when that is erased
    index('idempotency_keys_subject').on(t.subjectId),
  ],
)

/** Where an imported thing came from, and what it looked like: a second run finds it and sees no change. */
export const importSources = pgTable(
  'import_sources',
  {
    source: text().notNull(),
    kind: text().$type<'article' | 'comment' | 'image'>().notNull(),
    externalId: text().notNull(),
    /** The article or comment; null for an image, which is kept right here. */
    subjectId: uuid(),
    /** SHA-256 of what was read. */
    fingerprint: bytes().notNull(),
    /** The image that an article names as its cover. */
    coverExternalId: text(),
    imageUrl: text(),
    imageAlt: text(),
    imageCaption: text(),
    imageCredit: text(),
    imageWidth: integer(),
    imageHeight: integer(),
    importedAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.source, t.kind, t.externalId] }),
    // where a thing came from; its rows when it is purged
    index('import_sources_subject').on(t.subjectId),
  ],
)

/** The secret made on first start where `SECRET` is not set. One row: all instances share it. */
export const secrets = pgTable('secrets', {
  id: smallint().primaryKey(),
  value: bytes().notNull(),
  createdAt: createdAt(),
})
