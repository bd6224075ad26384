import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { json, post, run, sentenceOf, startServer, temporaryDirectory } from './support.ts'

// beside a server: every command uses its database
const server = await startServer({}, [], afterAll)
const env = { DATA_DIR: server.dir }
const dir = temporaryDirectory(afterAll)

function file(name: string, content: string | Buffer): string {
  writeFileSync(join(dir, name), content)
  return join(dir, name)
}

const rows = (prefix: string, count = 3): string =>
  Array.from(
    { length: count },
    (_, i) =>
      `${JSON.stringify({ key: `${prefix}${i}`, title: `${prefix} ${i}`, date: '2024-01-01', text: 'Words.' })}\n`,
  ).join('')
const MAP = ['--map', 'id=key,publishedAt=date,body=text']

const titled = async (title: string): Promise<number> =>
  (await fetch(`${server.url}/v1/articles/${title.toLowerCase().replaceAll(' ', '-')}`)).status

const queue = (key: string) =>
  fetch(`${server.url}/v1/moderation/comments`, { headers: { authorization: `Bearer ${key}` } })

describe('key', () => {
  test('create makes a key that works at once, list shows it, revoke ends it at once', async () => {
    const made = await run(['key', 'create', 'desk', '--scopes', 'comments:moderate'], env)
    expect(made.code).toBe(0)
    const key = made.stdout.trim()
    expect(made.stdout).toMatch(/^\S+\n$/)
    expect((await queue(key)).status).toBe(200)
    expect((await queue(`${key}x`)).status).toBe(401)

    const id = /id (\S+);/.exec(made.stderr)?.[1] as string
    const listed = await run(['key', 'list'], env)
    expect(listed.stdout).toContain(`${id}\tdesk\tcomments:moderate\tno end\tused `)
    expect(listed.stdout).not.toContain(key)

    expect(await run(['key', 'revoke', id], env)).toMatchObject({ code: 0, stdout: 'revoked\n' })
    expect((await queue(key)).status).toBe(401)
    expect((await run(['key', 'list'], env)).stdout).toContain(`${id}\tdesk\tcomments:moderate\trevoked `)
  })

  test.each([
    [[], 'no end\tnever used\tdefault budget'],
    [['--expires', '2999-01-01T00:00:00Z'], 'until 2999-01-01 00:00:00+00\tnever used\tdefault budget'],
    [['--budget', '600'], 'no end\tnever used\t600 a minute'],
    [['--budget', '0'], 'no end\tnever used\tno budget'],
  ])('create with %j lists as %j', async (options, listed) => {
    const made = await run(['key', 'create', 'ends', '--scopes', 'content:read', ...options], env)
    const id = /id (\S+);/.exec(made.stderr)?.[1] as string
    expect((await run(['key', 'list'], env)).stdout).toContain(`${id}\tends\tcontent:read\t${listed}\n`)
  })

  test('a key without the scope is turned away', async () => {
    const made = await run(['key', 'create', 'reader', '--scopes', 'content:read'], env)
    expect((await queue(made.stdout.trim())).status).toBe(403)
  })

  test.each([
    [['key', 'create', 'x'], '--scopes'],
    [['key', 'create', 'x', '--scopes', 'everything'], '"everything" is no scope'],
    [['key', 'create', 'x', '--scopes', 'admin', '--expires', 'soon'], 'That is no time'],
    [['key', 'create', 'x', '--scopes', 'admin', '--expires', '2026-01-01'], 'That is over'],
    [['key', 'create', 'x', '--scopes', 'admin', '--budget', '-1'], 'That is no number of points'],
    [['key', 'create', 'x', '--scopes', 'admin', '--budget', '1e3'], 'That is no number of points'],
    [['key', 'create', 'x', '--scopes', 'admin', '--budget', '10000000000'], 'That is no number of points'],
    [['key', 'revoke', 'nothing'], 'There is no key nothing'],
    [['key', 'revoke', '00000000-0000-7000-8000-000000000000'], 'There is no key'],
  ])('%j is refused in a sentence', async (args, said) => {
    expect(sentenceOf(await run(args, env))).toContain(said)
  })
})

describe('import', () => {
  test('ndjson beside a running server is served at once, and again changes nothing', async () => {
    const path = file('plain.ndjson', rows('Plain'))
    const first = await run(['import', 'ndjson', path, ...MAP], env)
    expect(first).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('article   3 created, 0 updated, 0 unchanged'),
    })
    expect(await titled('Plain 2')).toBe(200)
    const second = await run(['import', 'ndjson', path, ...MAP], env)
    expect(second.stdout).toContain('article   0 created, 0 updated, 3 unchanged')
  })

  test('a dry run counts and writes nothing', async () => {
    const { stdout, code } = await run(
      ['import', 'ndjson', file('dry.ndjson', rows('Dry')), ...MAP, '--dry-run'],
      env,
    )
    expect(code).toBe(0)
    expect(stdout).toContain('article   3 created')
    expect(stdout).toContain('nothing was written')
    expect(await titled('Dry 0')).toBe(404)
  })

  test('gzip is unpacked, from a file and from standard input', async () => {
    await run(['import', 'ndjson', file('packed.ndjson.gz', gzipSync(rows('Packed'))), ...MAP], env)
    expect(await titled('Packed 2')).toBe(200)
    await run(['import', 'ndjson', '-', ...MAP], env, gzipSync(rows('Piped packed')))
    expect(await titled('Piped packed 2')).toBe(200)
  })

  test('standard input is read as it is, too', async () => {
    const { code } = await run(['import', 'ndjson', '-', ...MAP], env, rows('Piped'))
    expect(code).toBe(0)
    expect(await titled('Piped 0')).toBe(200)
  })

  test('page brings in a page, and its own links come out of the API', async () => {
    const path = file(
      'page.txt',
      'A Page\n\nOne.\n\nTwo.\n\nPrevious Article\n\nThe Page Before\n\nNext Article\n\nThe Page After\n\nLeave a Comment\n',
    )
    expect((await run(['import', 'page', path], env)).code).toBe(0)
    expect(await json(`${server.url}/v1/articles/a-page?include=adjacent&body=text`)).toMatchObject({
      title: 'A Page',
      body: 'One.\n\nTwo.',
      commentsOpen: true,
      adjacent: { previous: { title: 'The Page Before' }, next: { title: 'The Page After' } },
    })
  })

  test('a file that breaks off keeps what came before, is told in a sentence, and goes on when it is whole', async () => {
    const whole = rows('Torn', 400)
    const packed = gzipSync(whole)
    const cut = await run(
      ['import', 'ndjson', file('torn.ndjson.gz', packed.subarray(0, packed.length - 40)), ...MAP],
      env,
    )
    expect(sentenceOf(cut)).toMatch(
      /^The gzip data ends too early: the file is cut off\. What came before it is imported/m,
    )
    const kept = Number(/article +(\d+) created/.exec(cut.stdout)?.[1])
    expect(kept).toBeGreaterThan(0)
    const again = await run(['import', 'ndjson', file('torn.ndjson.gz', packed), ...MAP], env)
    expect(again.stdout).toContain(`article   ${400 - kept} created, 0 updated, ${kept} unchanged`)
  })

  test.each([
    [
      'an export that breaks off',
      'wxr',
      '<rss><channel><wp:wxr_version>1.2</wp:wxr_version><item><title>x</title>',
      /^Line 1: not well-formed XML/,
    ],
    ['what is no export', 'wxr', '<html></html>', /^The input is not a WordPress export/],
    [
      'what is not UTF-8',
      'ndjson',
      Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]),
      /^The input is not UTF-8 text \(byte 3, line 1\)/,
    ],
  ])('%s is told in a sentence', async (name, format, content, said) => {
    expect(sentenceOf(await run(['import', format, file(`${name}.in`, content)], env))).toMatch(said)
  })

  test('a file that is not there, or is a directory, fails at once', async () => {
    const untouched = { DATA_DIR: join(dir, 'never-made') }
    expect(sentenceOf(await run(['import', 'ndjson', join(dir, 'none')], untouched))).toContain(
      'does not exist',
    )
    expect(sentenceOf(await run(['import', 'wxr', dir], untouched))).toContain('is a directory')
    expect(sentenceOf(await run(['import', 'ndjson', '-', '--map', 'titel=x'], untouched))).toContain(
      'did you mean "title"?',
    )
    expect(sentenceOf(await run(['import', 'page', join(dir, 'none')], env))).toContain('does not exist')
  })

  test('lines that are none are told by their number, with success for the rest', async () => {
    const { code, stdout } = await run(
      ['import', 'ndjson', file('some.ndjson', `${rows('Some', 1)}{"broken\n`), ...MAP],
      env,
    )
    expect(code).toBe(0)
    expect(stdout).toContain('line 2: skipped: not well-formed JSON')
    expect(stdout).toContain('1 skipped')
  })
})

test('demo beside a server that has it already changes nothing', async () => {
  expect((await run(['demo'], env)).stdout).toMatch(/^articles: 0 created, 0 updated, \d+ unchanged\n$/)
})

test('housekeeping beside a server says what was done, and again that there is nothing', async () => {
  expect((await run(['housekeeping'], env)).code).toBe(0)
  expect(await run(['housekeeping'], env)).toMatchObject({ code: 0, stdout: 'nothing to do\n' })
})

test('export and erase beside a server print what is known of a person, and the receipt', async () => {
  const [{ id } = { id: '' }] = (await json<{ data: { id: string }[] }>(`${server.url}/v1/articles?limit=1`))
    .data
  const author = { name: 'Tamsin', email: 'Tamsin@leaves.example' }
  await json(`${server.url}/v1/articles/${id}/comments`, post({ body: 'Words to go', author }))
  const who = ['--email', 'tamsin@leaves.example']
  const known = await run(['export', ...who], env)
  expect(JSON.parse(known.stdout)).toMatchObject({
    person: { foundBy: 'email' },
    comments: [{ source: 'Words to go', author }],
  })
  expect(JSON.parse((await run(['erase', ...who], env)).stdout)).toMatchObject({
    complete: true,
    comments: 1,
  })
  expect(JSON.parse((await run(['export', ...who], env)).stdout).comments).toEqual([])
})

test.each([
  ['nobody', []],
  ['a person in two ways', ['--email', 'a@b.example', '--subject', 'a']],
  ['what is no id', ['--comment', 'first']],
])('erase of %s is refused in a sentence', async (_, args) => {
  expect(sentenceOf(await run(['erase', ...args], { DATA_DIR: '/nowhere' }))).toMatch(/one way|no id/)
})

test('doctor looks at the database of a running server', async () => {
  expect(await run(['doctor'], env)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('ok    schema: current'),
  })
})

const helped = [
  '',
  'serve',
  'migrate',
  'import',
  'import wxr',
  'import ndjson',
  'import page',
  'key',
  'key create',
  'key list',
  'key revoke',
  'housekeeping',
  'export',
  'erase',
  'doctor',
  'demo',
]

test.each(helped)('"%s --help" explains itself and does nothing', async (command) => {
  const { code, stdout, stderr } = await run([...command.split(' ').filter(Boolean), '--help'], {
    DATA_DIR: '/nowhere',
  })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain(`Usage: broadsheet ${command}`.trimEnd())
})

test.each([
  ['an unknown command', ['srve'], "unknown command 'srve'\n(Did you mean serve?)"],
  ['an unknown option', ['serve', '--prot', '3000'], '--prot'],
  ['an unknown kind of import', ['import', 'wxx', 'file'], 'wxx'],
  ['a missing file', ['import', 'wxr'], 'file'],
  ['a word too many', ['migrate', 'now'], 'too many arguments'],
])('%s is refused with a hint, and starts nothing', async (_, args, named) => {
  const said = sentenceOf(await run(args, { DATA_DIR: '/nowhere' }))
  expect(said).toContain(named)
  expect(said).toContain('--help')
})
