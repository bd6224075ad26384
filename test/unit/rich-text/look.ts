/** What can be said of sanitised HTML by a look at it that shares no parser with the code: by one pattern. */
export type Look = {
  /** `words` and the like are texts without any white space. */
  headings: { level: number; id: string; words: string }[]
  images: {
    url: string
    alt: string
    size: string[]
    title: string
    captionWords: string
    creditWords: string
  }[]
}

type Element = {
  tag: string
  attributes: Map<string, string>
  children: (Element | string)[]
  parent: Element | undefined
}

const PIECE = /<(\/?)([a-z]+[1-6]?)((?: [a-z]+(?:="[^"]*")?)*)( \/)?>|([^<]+)/y
const ATTRIBUTE = / ([a-z]+)(?:="([^"]*)")?/g
const UNSEEN = /^(audio|video|iframe)$/
const HEADING = /^h[1-6]$/
const CREDIT = /^(cite|small)$/

export function lookAt(html: string): Look {
  const all = [...descendants(treeOf(html))]
  return {
    headings: all.filter(({ tag, attributes }) => HEADING.test(tag) && attributes.has('id')).map(headingOf),
    images: all.filter(({ tag }) => tag === 'img').map(imageOf),
  }
}

/** How many elements there are, and how deep they go. */
export function shapeOf(html: string): { elements: number; depth: number } {
  const shape = { elements: 0, depth: 0 }
  let open = 0
  for (const [tag] of html.matchAll(/<[^>]*>/g)) {
    if (tag.startsWith('</')) open--
    else {
      shape.elements++
      shape.depth = Math.max(shape.depth, open + 1)
      if (!tag.endsWith('/>')) open++
    }
  }
  return shape
}

export const withoutSpace = (text: string): string => text.replace(/\s/g, '')

function treeOf(html: string): Element {
  const root: Element = { tag: '', attributes: new Map(), children: [], parent: undefined }
  let inside = root
  PIECE.lastIndex = 0
  while (PIECE.lastIndex < html.length) {
    const at = PIECE.lastIndex
    const [, closes, tag, attributes, isVoid, text] = PIECE.exec(html) ?? []
    if (text !== undefined) inside.children.push(decoded(text))
    else if (tag === undefined) throw new Error(`no HTML at ${html.slice(at, at + 40)}`)
    else if (closes) {
      if (inside.tag !== tag || !inside.parent) throw new Error(`</${tag}> closes <${inside.tag}>`)
      inside = inside.parent
    } else {
      const element: Element = { tag, attributes: attributesOf(attributes), children: [], parent: inside }
      inside.children.push(element)
      if (!isVoid) inside = element
    }
  }
  if (inside !== root) throw new Error(`<${inside.tag}> is not closed`)
  return root
}

const attributesOf = (written = ''): Map<string, string> =>
  new Map([...written.matchAll(ATTRIBUTE)].map(([, name = '', value = '']) => [name, decoded(value)]))

const decoded = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&')

function* descendants(element: Element): Generator<Element> {
  for (const child of element.children) {
    if (typeof child === 'string') continue
    yield child
    yield* descendants(child)
  }
}

/** `element` and what it stands in, outwards. */
function chain(element: Element): Element[] {
  return element.parent ? [element, ...chain(element.parent)] : []
}

/** The words in `element` that are seen and stand in elements, innermost first, that are `isWanted`. */
function words(element: Element, isWanted: (tags: string[]) => boolean, inside: string[] = []): string {
  if (chain(element).some(({ tag }) => UNSEEN.test(tag))) return ''
  const said = element.children.map((child) => {
    if (typeof child !== 'string') return words(child, isWanted, [child.tag, ...inside])
    return isWanted(inside) ? child : ''
  })
  return withoutSpace(said.join(''))
}

function headingOf(element: Element): Look['headings'][number] {
  const isOwn = (tags: string[]) => !tags.some((tag) => HEADING.test(tag))
  return {
    level: Number(element.tag.slice(1)),
    id: element.attributes.get('id') ?? '',
    words: words(element, isOwn),
  }
}

function imageOf(image: Element): Look['images'][number] {
  const figure = chain(image).find(({ tag }) => tag === 'figure')
  const isCaption = (tags: string[]) => tags.includes('figcaption') && !tags.includes('figure')
  const isCredit = (tags: string[]) =>
    isCaption(tags) && tags.slice(0, tags.lastIndexOf('figcaption')).some((tag) => CREDIT.test(tag))
  const attribute = (name: string) => image.attributes.get(name) ?? ''
  return {
    url: attribute('src'),
    alt: attribute('alt'),
    size: [attribute('width'), attribute('height')],
    title: attribute('title'),
    captionWords: figure ? words(figure, (tags) => isCaption(tags) && !isCredit(tags)) : '',
    creditWords: figure ? words(figure, isCredit) : '',
  }
}
