import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderArticle } from '../../../src/lib/rich-text/article.ts'

const YOUTUBE = 'https://www.youtube.com/embed/dQw4w9WgXcQ'
const EMBEDDABLE = [
  YOUTUBE,
  'https://www.youtube.com/embed/videoseries?list=PLx0sYbCqOb8TBPRdmBHs5Iftvv9TPboYG',
  'https://youtube.com/embed/dQw4w9WgXcQ?start=3',
  'https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ',
  'https://player.vimeo.com/video/76979871?h=8272103f6e',
  'https://www.dailymotion.com/embed/video/x81y39i',
  'https://geo.dailymotion.com/player.html?video=x81y39i',
  'https://embed.ted.com/talks/lang/de/some_speaker_on_a_thing',
  'https://www.tiktok.com/embed/v2/6718335390845095173',
  'https://www.tiktok.com/player/v1/6718335390845095173?rel=0',
  'https://www.instagram.com/p/CUbHfhpswxt/embed/captioned/',
  'https://www.instagram.com/reel/CUbHfhpswxt/embed',
  'https://www.facebook.com/plugins/post.php?href=https%3A%2F%2Fwww.facebook.com%2Fx%2Fposts%2F1',
  'https://platform.twitter.com/embed/Tweet.html?id=20',
  'https://embed.bsky.app/embed/did:plc:z72i7hdynmk6r22z27h6tvur/app.bsky.feed.post/3l6oveex3ii2l',
  'https://open.spotify.com/embed/episode/7makk4oTQel546B0PZlDM5?utm_source=generator',
  'https://w.soundcloud.com/player/?url=https%3A//api.soundcloud.com/tracks/293',
  'https://bandcamp.com/EmbeddedPlayer/album=123/size=large/bgcol=ffffff/tracklist=false/',
  'https://embed.podcasts.apple.com/us/podcast/tcp-udp/id1120964487?i=1000518220597',
  'https://embed.music.apple.com/de/album/some-album/1440833098',
  'https://datawrapper.dwcdn.net/OvQv5/1/',
  'https://flo.uri.sh/visualisation/2546372/embed',
  'https://public.flourish.studio/story/325435/embed',
  'https://e.infogram.com/1pd0m6qrm2k3l5tmgnyx?src=embed',
  'https://www.google.com/maps/embed?pb=!1m18!1m12',
  'https://www.google.com/maps/d/u/0/embed?mid=1L6jFc5iUkzb9vk5QYm4zHKYaT7yxxZ39',
  'https://www.openstreetmap.org/export/embed.html?bbox=-0.1%2C51.5%2C0.1%2C51.6',
  'https://codepen.io/team/embed/preview/PNaGbb?default-tab=result',
  'https://archive.org/embed/some_item-1',
]
const REFUSED = [
  ['a suffix of the name', 'https://www.youtube.com.evil.example/embed/x'],
  ['a prefix of the name', 'https://evilyoutube.com/embed/x'],
  ['a name below', 'https://a.www.youtube.com/embed/x'],
  ['the root dot', 'https://www.youtube.com./embed/x'],
  ['credentials', 'https://www.youtube.com@evil.example/embed/x'],
  ['a user at the right host', 'https://a@www.youtube.com/embed/x'],
  ['a password', 'https://a:b@www.youtube.com/embed/x'],
  ['a port', 'https://www.youtube.com:8443/embed/x'],
  ['the port of http', 'https://www.youtube.com:80/embed/x'],
  ['a lookalike', 'https://www.youtubе.com/embed/x'],
  ['its Punycode', 'https://www.xn--youtub-6of.com/embed/x'],
  ['a slash that is none', 'https://www.youtube.com\\@evil.example/embed/x'],
  ['an encoded slash in the name', 'https://www.youtube.com%2F.evil.example/embed/x'],
  ['an encoded NUL in the name', 'https://www.youtube.com%00.evil.example/embed/x'],
  ['another path', 'https://www.youtube.com/redirect?q=https://evil.example/'],
  ['a path that climbs', 'https://www.youtube.com/embed/../redirect?q=https://evil.example/'],
  ['a path that climbs, encoded', 'https://www.youtube.com/embed/%2e%2E/redirect?q=https://evil.example/'],
  ['a path that goes on', 'https://www.youtube.com/embed/x/../../redirect'],
  ['an encoded slash in the path', 'https://www.youtube.com/embed/x%2f..%2f..%2fredirect'],
  ['a second line', 'https://www.youtube.com/embed/x%0a'],
  ['the page of a video', 'https://www.youtube.com/watch?v=dQw4w9WgXcQ'],
  ['the page of a host', 'https://www.google.com/url?q=https://evil.example/'],
  ['another scheme', 'ftp://www.youtube.com/embed/x'],
  ['data', 'data:text/html,https://www.youtube.com/embed/x'],
  ['a script', 'javascript://www.youtube.com/embed/x'],
  ['a relative address', '/embed/x'],
  ['nothing', ''],
  ['an instance of Mastodon', 'https://mastodon.social/@Gargron/1/embed'],
  ['a space within', 'https://www.youtube.com /embed/x'],
] as const

const framed = (src: string, attributes = '') =>
  renderArticle({
    format: 'html',
    source: `<iframe src="${src.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"${attributes}></iframe>`,
  }).html

describe('frames', () => {
  it.each(EMBEDDABLE)('%s stays', (src) => {
    expect(framed(src)).toContain(` src="${src.replaceAll('&', '&amp;')}" `)
  })

  it.each(REFUSED)('with %s go', (_, src) => {
    expect(framed(src)).toBe('')
  })

  it('come over https, whatever was written', () => {
    for (const src of [
      YOUTUBE.slice('https:'.length),
      YOUTUBE.replace('https', 'HTTP'),
      YOUTUBE.replace('www', 'ｗｗｗ'),
    ])
      expect(framed(src)).toContain(` src="${YOUTUBE}" `)
  })

  it('say how they are fenced in, whatever the author said', () => {
    const said =
      ' sandbox="allow-top-navigation" referrerpolicy=unsafe-url loading=eager srcdoc="<p>" allow="camera" name=x'
    expect(
      framed(YOUTUBE, said)
        .match(/[a-z]+="[^"]*"/g)
        ?.toSorted(),
    ).toEqual([
      'loading="lazy"',
      'referrerpolicy="strict-origin-when-cross-origin"',
      'sandbox="allow-scripts allow-same-origin allow-popups allow-presentation"',
      `src="${YOUTUBE}"`,
    ])
  })

  it('are empty', () => {
    const source = `<iframe src="${YOUTUBE}">a<b>b</b><iframe src="${YOUTUBE}">c</iframe><img src="/x"></iframe>d`
    expect(renderArticle({ format: 'html', source })).toMatchObject({
      html: expect.stringMatching(/^<iframe [^<>]*><\/iframe>d$/),
      text: 'd',
      images: [],
    })
  })

  it('never come from a host with anything before, behind or within its name', () => {
    const hosts = EMBEDDABLE.map((src) => new URL(src).hostname)
    const piece = fc.string({ unit: fc.constantFrom(...'.:@/\\?#%-_ a0é\t\n'), minLength: 1, maxLength: 3 })
    const address = fc
      .record({ src: fc.constantFrom(...EMBEDDABLE), at: fc.nat(60), piece })
      .map(({ src, at, piece: put }) => src.slice(0, at) + put + src.slice(at))
    fc.assert(
      fc.property(address, (src) => {
        const kept = /src="([^"]*)"/.exec(framed(src))?.[1]?.replaceAll('&amp;', '&')
        if (kept === undefined) return
        const url = new URL(kept)
        expect(hosts).toContain(url.host)
        expect([url.protocol, url.username, url.password, url.port]).toEqual(['https:', '', '', ''])
        expect(new URL(src.replace(/^http:/, 'https:'), 'https://page.example/').href).toBe(kept)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('an address of a video', () => {
  it('alone in a paragraph of Markdown stays a link', () => {
    const url = 'https://www.youtube.com/watch?v=dQw4w9WgXcQ'
    expect(renderArticle({ format: 'markdown', source: url }).html).toBe(
      `<p><a href="${url}" rel="noopener">${url}</a></p>`,
    )
  })
})
