/** What may remain of a document, written independently of the rules under test. */
export type Allowlist = {
  tags: Set<string>
  attributes: Record<string, readonly string[]>
  /** Of the attributes that hold an address, those that each may have; relative ones count as https. */
  schemes: Record<string, readonly string[]>
  attributeRules: Record<string, (value: string, tag: string) => boolean>
}

/** What is wrong with an element, by its name and attributes as a parser gives them; empty when all is well. */
export function elementFaults(tag: string, attributes: [string, string][], allowed: Allowlist): string[] {
  const found = allowed.tags.has(tag) ? [] : [`<${tag}>`]
  for (const [name, value] of attributes) {
    const fault = attributeFault(tag, name, value, allowed)
    if (fault) found.push(`<${tag} ${name}="${value}">: ${fault}`)
  }
  return found
}

function attributeFault(tag: string, name: string, value: string, allowed: Allowlist): string | undefined {
  const names = [...(allowed.attributes['*'] ?? []), ...(allowed.attributes[tag] ?? [])]
  if (!names.includes(name)) return 'attribute'
  if (allowed.attributeRules[name]?.(value, tag) === false) return 'value'
  const schemes = allowed.schemes[name]
  const urls = name === 'srcset' ? value.split(',').map((part) => part.trim().split(' ')[0] ?? '') : [value]
  return schemes && !urls.every((url) => hasScheme(url, schemes)) ? 'address' : undefined
}

function hasScheme(url: string, schemes: readonly string[]): boolean {
  return (
    URL.canParse(url, 'https://page.example/') &&
    schemes.includes(new URL(url, 'https://page.example/').protocol)
  )
}

const WEB = ['http:', 'https:']
const words = (list: string): string[] => list.split(' ')
const language = (value: string): boolean => /^language-\S+( language-\S+)*$/.test(value)

export const COMMENT: Allowlist = {
  tags: new Set(words('p br em strong code pre blockquote ul ol li a')),
  attributes: { a: ['href', 'rel'], code: ['class'], ol: ['start'] },
  schemes: { href: WEB },
  attributeRules: {
    class: language,
    rel: (value) => value === 'nofollow ugc noopener',
    href: (value) => URL.canParse(value),
  },
}

/** What a search has found. */
export const MARKED: Allowlist = {
  tags: new Set(['mark']),
  attributes: {},
  schemes: {},
  attributeRules: {},
}

const EMBED = new RegExp(
  `^https://(${[
    '(www\\.)?youtube(-nocookie)?\\.com/embed',
    'player\\.vimeo\\.com/video',
    'www\\.dailymotion\\.com/embed',
    'geo\\.dailymotion\\.com/player',
    'embed\\.ted\\.com/talks',
    'www\\.tiktok\\.com/(embed|player)',
    'www\\.instagram\\.com/[^?]*/embed',
    'www\\.facebook\\.com/plugins',
    'platform\\.twitter\\.com/embed',
    'embed\\.bsky\\.app/embed',
    'open\\.spotify\\.com/embed',
    'w\\.soundcloud\\.com/player',
    'bandcamp\\.com/EmbeddedPlayer',
    'embed\\.(podcasts|music)\\.apple\\.com/',
    'datawrapper\\.dwcdn\\.net/',
    '(flo\\.uri\\.sh|public\\.flourish\\.studio)/[^?]*/embed',
    'e\\.infogram\\.com/',
    'www\\.google\\.com/maps/[^?]*embed',
    'www\\.openstreetmap\\.org/export/embed',
    'codepen\\.io/[^?]*/embed',
    'archive\\.org/embed',
  ].join('|')})`,
)

export const ARTICLE: Allowlist = {
  tags: new Set([
    ...words('h1 h2 h3 h4 h5 h6 p div ul ol li dl dt dd blockquote pre hr br wbr figure figcaption'),
    ...words('img picture source audio video iframe details summary'),
    ...words('table caption colgroup col thead tbody tfoot tr th td'),
    ...words('a em strong b i u s sub sup small mark abbr cite q del ins kbd samp var code time span'),
    ...words('ruby rb rt rtc rp'),
  ]),
  attributes: {
    '*': ['lang', 'dir'],
    ...Object.fromEntries(words('h1 h2 h3 h4 h5 h6').map((tag) => [tag, ['id']])),
    a: words('href title hreflang rel target'),
    abbr: ['title'],
    audio: words('src controls loop muted preload'),
    blockquote: ['cite'],
    code: ['class'],
    col: ['span'],
    colgroup: ['span'],
    del: ['cite', 'datetime'],
    details: ['open'],
    iframe: words('src width height title allowfullscreen loading referrerpolicy sandbox'),
    img: words('src srcset sizes alt title width height loading'),
    ins: ['cite', 'datetime'],
    li: ['value'],
    ol: words('start reversed type'),
    q: ['cite'],
    source: words('src srcset sizes media type'),
    td: words('colspan rowspan align'),
    th: words('colspan rowspan scope abbr align'),
    time: ['datetime'],
    video: words('src poster width height controls loop muted preload'),
  },
  schemes: { href: [...WEB, 'mailto:'], src: WEB, srcset: WEB, poster: WEB, cite: WEB },
  attributeRules: {
    class: language,
    align: (value) => words('left center right').includes(value),
    sandbox: (value) => value === 'allow-scripts allow-same-origin allow-popups allow-presentation',
    referrerpolicy: (value) => value === 'strict-origin-when-cross-origin',
    id: (value) => value.startsWith('h-'),
    rel: (value) => value.split(' ').includes('noopener'),
    target: (value) => value === '_blank',
    src: (value, tag) => (tag === 'iframe' ? EMBED.test(value) : true),
  },
}
