import { describe, expect, test } from 'vitest'
import { startApp } from '../../setup/app.ts'
import { article } from '../../setup/data.ts'
import { newspaper, problemOf } from '../support.ts'

const { app, database } = await startApp()
const { sql } = database
const { categories, ids } = await newspaper(sql)
await article(sql, { slug: 'unseen', status: 'draft', categories: [categories.sport] })
await article(sql, { slug: 'coming', publishedAt: '2999-01-01T00:00:00Z', categories: [categories.sport] })

interface Node {
  slug: string
  articleCount: number
  articleCountWithSubtree: number
  children: Node[]
}

const read = async <T>(url: string): Promise<T> => {
  const response = await app.inject(url)
  expect(response.statusCode).toBe(200)
  return response.json<T>()
}

describe('the categories', () => {
  test('are a tree, each with the visible articles right in it and those below it as well', async () => {
    const { data } = await read<{ data: Node[] }>('/v1/categories')
    const brief = ({ slug, articleCount, articleCountWithSubtree, children }: Node): unknown => [
      slug,
      articleCount,
      articleCountWithSubtree,
      children.map(brief),
    ]
    expect(data.map(brief)).toEqual([
      ['city', 2, 4, [['harbour', 2, 3, [['docks', 1, 1, []]]]]],
      ['sport', 0, 0, []],
    ])
    expect(await read('/v1/categories?shape=tree')).toEqual({ data })
  })

  test('are flat with shape=flat, parents before children', async () => {
    const { data } = await read<{ data: (Node & { parentId: string | null })[] }>('/v1/categories?shape=flat')
    expect(data.map(({ slug }) => slug)).toEqual(['city', 'harbour', 'docks', 'sport'])
    expect(data[1]?.parentId).toBe(categories.city)
    expect(data[0]).not.toHaveProperty('children')
    expect(data[0]).not.toHaveProperty('path')
  })

  test('leave out what holds nothing visible with hideEmpty', async () => {
    const { data } = await read<{ data: Node[] }>('/v1/categories?hideEmpty=true&shape=flat')
    expect(data.map(({ slug }) => slug)).toEqual(['city', 'harbour', 'docks'])
    expect((await read<{ data: Node[] }>('/v1/categories?hideEmpty=true')).data).toHaveLength(1)
  })

  test('count an article from its moment on and no longer than it is there', async () => {
    await sql`update articles set published_at = now() - interval '1 second' where slug = 'coming'`
    expect(await read('/v1/categories/sport')).toMatchObject({ articleCount: 1, articleCountWithSubtree: 1 })
    await sql`update articles set unpublish_at = now() where slug = 'coming'`
    expect(await read('/v1/categories/sport')).toMatchObject({ articleCount: 0, articleCountWithSubtree: 0 })
  })
})

describe('one category', () => {
  test('comes with its ancestors from the root down and its children', async () => {
    const docks = await read<{ ancestors: Node[]; children: Node[] }>('/v1/categories/docks')
    expect(docks).toMatchObject({ id: categories.docks, slug: 'docks', parentId: categories.harbour })
    expect(docks.ancestors.map(({ slug }) => slug)).toEqual(['city', 'harbour'])
    expect(docks.children).toEqual([])
    const city = await read<{ ancestors: Node[]; children: Node[] }>('/v1/categories/city')
    expect(city.ancestors).toEqual([])
    expect(city.children.map(({ slug }) => slug)).toEqual(['harbour'])
  })

  test('that does not exist is CATEGORY_NOT_FOUND, and so are its articles', async () => {
    problemOf(await app.inject('/v1/categories/nowhere'), 404, 'CATEGORY_NOT_FOUND')
    problemOf(await app.inject('/v1/categories/nowhere/articles'), 404, 'CATEGORY_NOT_FOUND')
  })

  test('lists its articles with what stands below it, unless subtree=false', async () => {
    const slugs = async (url: string) =>
      (await read<{ data: { slug: string }[] }>(url)).data.map(({ slug }) => slug)
    expect(await slugs('/v1/categories/city/articles')).toEqual([
      'thursday',
      'wednesday',
      'tuesday',
      'monday',
    ])
    expect(await slugs('/v1/categories/city/articles?subtree=false')).toEqual(['tuesday', 'monday'])
    expect(await slugs('/v1/categories/city/articles?sort=publishedAt&tag=boats')).toEqual([
      'monday',
      'wednesday',
    ])
    expect(await slugs('/v1/categories/sport/articles')).toEqual([])
    problemOf(await app.inject('/v1/categories/city/articles?category=sport'), 400, 'VALIDATION_FAILED')
  })

  test('gives its articles the cursors of the filtered list', async () => {
    const { page } = await read<{ page: { next: string } }>('/v1/categories/city/articles?limit=2')
    const rest = await read<{ data: { id: string }[] }>(`/v1/articles?category=city&after=${page.next}`)
    expect(rest.data.map(({ id }) => id)).toEqual([ids.tuesday, ids.monday])
  })
})
