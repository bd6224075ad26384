import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ImportedComment } from '../../../src/domain/interchange.ts'
import { parentsFirst } from '../../../src/interchange/comment-order.ts'
import { readWxr } from '../../../src/interchange/wxr.ts'
import { chunked, collect, comment, faults, item, wxr } from './support.ts'

async function read(comments: Record<string, string>[], fields: Record<string, string> = {}) {
  const inner = comments.map((each, at) => comment({ 'wp:comment_id': String(at + 1), ...each })).join('')
  const records = await collect(readWxr(chunked([wxr(item(fields, inner))])))
  return { comments: records.filter((record) => record.kind === 'comment'), faults: faults(records) }
}

describe('the comments of a post', () => {
  test('are read whole', async () => {
    const { comments, faults } = await read([
      {
        'wp:comment_author': 'Ann &amp; Bo',
        'wp:comment_author_email': 'ann@example.test',
        'wp:comment_author_url': 'https://ann.test/',
        'wp:comment_content': 'One [gallery]\n\n<b>Two</b>',
      },
    ])
    expect(faults).toEqual([])
    expect(comments).toEqual([
      {
        kind: 'comment',
        where: expect.stringMatching(/^item 1, comment 1, line \d+$/),
        externalId: '1',
        articleExternalId: '7',
        parentExternalId: null,
        status: 'approved',
        authorName: 'Ann & Bo',
        authorEmail: 'ann@example.test',
        authorUrl: 'https://ann.test/',
        createdAt: '2020-02-02T02:02:02Z',
        body: { format: 'html', source: '<p>One [gallery]</p>\n<p><b>Two</b></p>' },
      },
    ])
  })

  test('keep their status, and an unknown one waits', async () => {
    const approvals = ['1', '0', 'spam', 'trash', 'post-trashed', 'odd']
    const { comments, faults } = await read(approvals.map((each) => ({ 'wp:comment_approved': each })))
    expect(comments.map(({ status }) => status)).toEqual([
      'approved',
      'pending',
      'spam',
      'deleted',
      'deleted',
      'pending',
    ])
    expect(faults).toMatchObject([{ skipped: false, reason: 'approval not understood: held as pending' }])
  })

  test('are left out when they are none, and a reply to such stands alone', async () => {
    const { comments, faults } = await read([
      { 'wp:comment_type': 'pingback' },
      { 'wp:comment_type': 'trackback' },
      { 'wp:comment_id': '' },
      { 'wp:comment_parent': '1', 'wp:comment_type': 'comment' },
    ])
    expect(comments).toMatchObject([{ externalId: '4', parentExternalId: null }])
    expect(faults.map(({ reason, skipped }) => [reason, skipped])).toEqual([
      ['comment type pingback is not imported', true],
      ['comment type trackback is not imported', true],
      ['no wp:comment_id', true],
      ['comment 1, its parent, is not there: taken as no reply', false],
    ])
  })

  test('without a name, an address or a date are taken without', async () => {
    const none = { 'wp:comment_date_gmt': '0000-00-00 00:00:00' }
    const bare = { ...none, 'wp:comment_author_url': 'javascript:alert(1)', 'wp:comment_author_email': 'me' }
    const { comments, faults } = await read([bare])
    expect(comments).toMatchObject([
      { authorName: 'Anonymous', authorEmail: null, authorUrl: null, createdAt: '2020-01-02T03:04:05Z' },
    ])
    expect(faults).toMatchObject([{ reason: 'no date: dated like its article', skipped: false }])
    const undated = await read([bare], { 'wp:post_date_gmt': '', 'wp:status': 'draft' })
    expect(undated.faults).toMatchObject([{ reason: 'comment without a date', skipped: true }])
  })
})

describe('parentsFirst', () => {
  function reply(externalId: string, parentExternalId: string | null): ImportedComment {
    return {
      kind: 'comment',
      where: externalId,
      externalId,
      articleExternalId: '7',
      parentExternalId,
      status: 'approved',
      authorName: 'A',
      authorEmail: null,
      authorUrl: null,
      createdAt: '2020-01-01T00:00:00Z',
      body: { format: 'html', source: '' },
    }
  }
  const ids = (records: ReturnType<typeof parentsFirst>) =>
    records.flatMap((record) => (record.kind === 'comment' ? [record.externalId] : []))

  test('puts parents first and cuts circles', () => {
    const records = parentsFirst([
      reply('c', 'b'),
      reply('b', 'a'),
      reply('a', null),
      reply('x', 'y'),
      reply('y', 'x'),
    ])
    expect(ids(records)).toEqual(['a', 'b', 'c', 'x', 'y'])
    expect(records.filter(({ kind }) => kind === 'fault')).toMatchObject([{ where: 'x', skipped: false }])
  })

  test('leaves out a second comment of the same id', () => {
    const records = parentsFirst([reply('a', null), reply('a', null)])
    expect(records).toMatchObject([{ kind: 'fault', skipped: true }, { externalId: 'a' }])
  })

  test('takes chains longer than the call stack and very many replies', () => {
    const chain = Array.from({ length: 50_000 }, (_, at) => reply(`${at}`, at === 0 ? null : `${at - 1}`))
    expect(ids(parentsFirst(chain.toReversed()))).toEqual(chain.map(({ externalId }) => externalId))
    const fan = Array.from({ length: 200_000 }, (_, at) => reply(`${at}`, at === 0 ? null : '0'))
    expect(parentsFirst(fan)).toHaveLength(200_000)
  })

  test('keeps every comment once, each after its parent, whatever the replies', () => {
    const id = fc.integer({ min: 0, max: 9 }).map(String)
    const comments = fc.uniqueArray(fc.tuple(id, fc.option(id)), { selector: ([own]) => own })
    fc.assert(
      fc.property(comments, (pairs) => {
        const records = parentsFirst(pairs.map(([own, parent]) => reply(own, parent)))
        expect(ids(records).toSorted()).toEqual(pairs.map(([own]) => own).toSorted())
        const seen = new Set<string | null>([null])
        for (const record of records) {
          if (record.kind !== 'comment') continue
          expect(seen).toContain(record.parentExternalId)
          seen.add(record.externalId)
        }
      }),
    )
  })
})
