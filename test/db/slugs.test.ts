import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { ANYBODY } from '../../src/core/viewer.ts'
import { inTransaction } from '../../src/db/client.ts'
import { startApp } from '../setup/app.ts'
import { article, author, category, tag } from '../setup/data.ts'
import { overlap, run } from './concurrent.ts'

const { deps, database } = await startApp()
const { sql } = database
const { articles } = deps.core

const write = (text: string) => inTransaction(deps.database.db, 'test', (tx) => run(tx, text))
const rename = (id: string, slug: string) => write(`update articles set slug = '${slug}' where id = '${id}'`)
const SLUG_TAKEN = { code: 'SLUG_TAKEN' }

async function find(slug: string, locale?: string): Promise<{ id: string; slug: string; moved: boolean }> {
  const { article: found, moved } = await articles.find(slug, locale, {}, ANYBODY)
  return { id: found.id, slug: found.slug, moved: moved !== null }
}

test('a renamed article is found by every slug that it ever had, and says which is the current one', async () => {
  const id = await article(sql, { slug: 'one' })
  await rename(id, 'two')
  await rename(id, 'three')
  expect(await find('three')).toEqual({ id, slug: 'three', moved: false })
  expect(await find('two')).toEqual({ id, slug: 'three', moved: true })
  expect(await find('one')).toEqual({ id, slug: 'three', moved: true })
})

test('an article takes an old slug of its own back', async () => {
  const id = await article(sql, { slug: 'there' })
  await rename(id, 'elsewhere')
  await rename(id, 'there')
  expect(await find('there')).toEqual({ id, slug: 'there', moved: false })
  expect(await find('elsewhere')).toEqual({ id, slug: 'there', moved: true })
})

test('neither the current nor an old slug of an article can be taken by another, new or renamed', async () => {
  const owner = await article(sql, { slug: 'former' })
  await rename(owner, 'current')
  const other = await article(sql, { slug: 'other' })
  for (const slug of ['former', 'current']) {
    await expect(rename(other, slug)).rejects.toMatchObject(SLUG_TAKEN)
    const insert = `insert into articles (id, locale, slug, title, excerpt, body_format, body_source, body_html, body_text,
      word_count, reading_minutes) values ('${randomUUID()}', 'en', '${slug}', '', '', 'text', '', '', '', 0, 0)`
    await expect(write(insert)).rejects.toMatchObject(SLUG_TAKEN)
    expect((await find(slug)).id).toBe(owner)
  }
  expect(await find('other')).toEqual({ id: other, slug: 'other', moved: false })
})

test('two articles cannot exchange their slugs, even in one statement', async () => {
  const [one, two] = [await article(sql, { slug: 'left' }), await article(sql, { slug: 'right' })]
  const swap = `update articles set slug = case slug when 'left' then 'right' else 'left' end where id in ('${one}', '${two}')`
  await expect(write(swap)).rejects.toMatchObject(SLUG_TAKEN)
})

test('each locale has slugs of its own; moving to another locale keeps the old address', async () => {
  const english = await article(sql, { slug: 'gezeiten', locale: 'en' })
  const german = await article(sql, { slug: 'gezeiten', locale: 'de' })
  expect((await find('gezeiten')).id).toBe(english)
  expect((await find('gezeiten', 'de')).id).toBe(german)
  await expect(write(`update articles set locale = 'de' where id = '${english}'`)).rejects.toMatchObject(
    SLUG_TAKEN,
  )
  await write(`update articles set locale = 'fr' where id = '${english}'`)
  expect((await find('gezeiten', 'fr')).id).toBe(english)
  expect((await find('gezeiten', 'en')).id).toBe(english)
})

test('an article, a category, a tag and an author may share a slug; two of one kind may not', async () => {
  await article(sql, { slug: 'shared' })
  await category(sql, 'shared')
  await tag(sql, 'shared')
  await author(sql, 'shared')
  for (const table of ['categories', 'tags', 'authors']) {
    const again = `insert into ${table} (id, slug, name) values ('${randomUUID()}', 'shared', '')`
    await expect(write(again)).rejects.toMatchObject(SLUG_TAKEN)
  }
})

test('lists and neighbours go by old slugs of categories, tags and authors', async () => {
  const terms = {
    category: await category(sql, 'old-port'),
    tag: await tag(sql, 'old-ships'),
    author: await author(sql, 'old-ann'),
  }
  const id = await article(sql, { categories: [terms.category], tags: [terms.tag], authors: [terms.author] })
  await write(`update categories set slug = 'port' where id = '${terms.category}'`)
  await write(`update tags set slug = 'ships' where id = '${terms.tag}'`)
  await write(`update authors set slug = 'ann' where id = '${terms.author}'`)
  for (const prefix of ['', 'old-']) {
    const filters = { category: `${prefix}port`, tag: `${prefix}ships`, author: `${prefix}ann` }
    expect((await articles.list(filters, {}, ANYBODY)).nodes.map((node) => node.id)).toEqual([id])
    const adjacent = Object.entries(filters).map(([kind, key]) => ({
      within: { kind: kind as 'tag', key },
      count: 1,
    }))
    const { article: found } = await articles.find(id, undefined, { adjacent }, ANYBODY)
    expect(found.adjacents).toMatchObject([{ next: null }, { next: null }, { next: null }])
  }
})

test('a hidden article is not found by any slug, and nobody else gets its slugs until it is gone', async () => {
  const id = await article(sql, { slug: 'seen' })
  await rename(id, 'seen-later')
  for (const status of ['draft', 'archived', 'trashed']) {
    await write(`update articles set status = '${status}' where id = '${id}'`)
    for (const slug of ['seen', 'seen-later']) {
      await expect(find(slug)).rejects.toMatchObject({ code: 'ARTICLE_NOT_FOUND' })
    }
    await expect(rename(await article(sql), 'seen')).rejects.toMatchObject(SLUG_TAKEN)
  }
  await write(`delete from articles where id = '${id}'`)
  expect(await sql`select from slugs where subject_id = ${id}`).toHaveLength(0)
  for (const slug of ['seen', 'seen-later']) {
    const next = await article(sql)
    await rename(next, slug)
    expect((await find(slug)).id).toBe(next)
  }
})

test('of two writers who want one slug at once one gets it and the other is told', async () => {
  const [one, two] = [await article(sql), await article(sql)]
  const claims = (written: () => Promise<void>) =>
    inTransaction(deps.database.db, 'test', async (tx) => {
      await run(tx, `update articles set slug = 'wanted' where id = '${one}'`)
      await written()
    })
  await expect(overlap(sql, claims, () => rename(two, 'wanted'))).rejects.toMatchObject(SLUG_TAKEN)
  expect((await find('wanted')).id).toBe(one)
})

test('a slug that was claimed in vain is free again', async () => {
  const [one, two] = [await article(sql), await article(sql)]
  const claimsInVain = (written: () => Promise<void>) =>
    inTransaction(deps.database.db, 'test', async (tx) => {
      await run(tx, `update articles set slug = 'in-vain' where id = '${one}'`)
      await written()
      throw new Error('no')
    }).catch(() => {})
  await overlap(sql, claimsInVain, () => rename(two, 'in-vain'))
  expect((await find('in-vain')).id).toBe(two)
})
