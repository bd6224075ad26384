import { JSDOM, VirtualConsole } from 'jsdom'
import { type Allowlist, elementFaults } from '../unit/rich-text/allowlist.ts'
import { provoke } from './provoke.ts'

/** What a page puts where, of one payload. */
export interface Shown {
  /** Put into the page as it is. */
  html: string[]
  /** Escaped by the page, into elements and attributes. */
  texts: string[]
  /** Escaped by the page, into `href`. */
  addresses: string[]
}

export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')

/** A page in a DOM that runs scripts. It is one for all payloads, for each says by its number that it ran. */
export class Judge {
  readonly #window = new JSDOM('<!doctype html><title>x</title><body>', {
    url: 'https://page.example/',
    runScripts: 'dangerously',
    pretendToBeVisual: true,
    // whatever it says of navigation that it does not do
    virtualConsole: new VirtualConsole(),
  }).window
  readonly #called = new Set<number>()
  /** Verdicts by what was judged: doors have much in common. */
  readonly #known = new Map<string, string[]>()

  constructor() {
    this.#window['pwned'] = (number: number) => void this.#called.add(number)
  }

  /** Numbers of the payloads that ran so far. Addresses run a moment after the click. */
  async called(): Promise<number[]> {
    await new Promise((resolve) => setImmediate(() => setTimeout(resolve, 20)))
    return [...this.#called]
  }

  /** What is wrong with that which an honest page shows; whether it ran tells `called`. */
  faults({ html, texts, addresses }: Shown, allowed: Allowlist): string[] {
    return [
      ...html.flatMap((piece) => this.#once(`html ${piece}`, () => this.#htmlFaults(piece, allowed))),
      ...texts.flatMap((text) => this.#once(`text ${text}`, () => this.#textFaults(text))),
      ...addresses.flatMap((url) => this.#once(`address ${url}`, () => this.#addressFaults(url))),
    ]
  }

  /** Puts `html` into the page, and touches everything. @returns the place where it stands. */
  perform(html: string): Element {
    const { document } = this.#window
    document.body.innerHTML = '<div></div>'
    const place = document.body.firstElementChild as HTMLElement
    place.innerHTML = html
    const copy = place.cloneNode(true) as Element
    provoke(document.body, this.#window as unknown as Window & typeof globalThis)
    return copy
  }

  /** Reads the pieces as a page that a server writes, where scripts run as they are met, and touches everything. */
  write(pieces: readonly string[]): void {
    const { window } = new JSDOM(
      `<!doctype html><body>${pieces.map((html) => `<div>${html}</div>`).join('\n')}`,
      {
        url: 'https://page.example/',
        runScripts: 'dangerously',
        virtualConsole: new VirtualConsole(),
        beforeParse: (page) => {
          page['pwned'] = (number: number) => void this.#called.add(number)
        },
      },
    )
    provoke(window.document, window as unknown as Window & typeof globalThis)
  }

  #once(what: string, judge: () => string[]): string[] {
    const found = this.#known.get(what) ?? judge()
    this.#known.set(what, found)
    return found
  }

  /** Parsed, and what it serialises to parsed again: mutations show in the second round. */
  #htmlFaults(html: string, allowed: Allowlist): string[] {
    const first = this.perform(html)
    const again = first.cloneNode() as Element
    again.innerHTML = first.innerHTML
    const template = this.#window.document.createElement('template')
    template.innerHTML = html
    const isStable = sameLines(again.innerHTML) === sameLines(first.innerHTML)
    return [
      ...[first, template.content].flatMap((root) => nodeFaults(root, allowed)),
      ...(isStable ? [] : [`changes when it is parsed again: ${html}`]),
    ]
  }

  #textFaults(text: string): string[] {
    const place = this.perform(`<p title="${escaped(text)}">${escaped(text)}</p>`)
    const [shown] = place.children
    // a parser of HTML knows one end of a line
    const lines = text.replace(/\r\n?/g, '\n')
    const isWhole = shown?.textContent === lines && shown.getAttribute('title') === lines
    return isWhole && place.childNodes.length === 1 && shown.children.length === 0 ? [] : [`text: ${text}`]
  }

  #addressFaults(address: string): string[] {
    const [link] = this.perform(`<a href="${escaped(address)}">x</a>`).children
    const { protocol, username, password, attributes } = link as HTMLAnchorElement
    const isPlain = /^https?:$/.test(protocol) && username === '' && password === ''
    return isPlain && attributes.length === 1 ? [] : [`address: ${address}`]
  }
}

/** The first line of a `pre` is lost where it is empty, each time that it is written and read: so is HTML. */
const sameLines = (html: string): string => html.replace(/(<pre>)\n+/g, '$1')

const XHTML = 'http://www.w3.org/1999/xhtml'

function nodeFaults(root: ParentNode & Node, allowed: Allowlist): string[] {
  const found: string[] = []
  for (const node of root.childNodes) {
    if (node.nodeType === node.TEXT_NODE) continue
    if (node.nodeType !== node.ELEMENT_NODE) {
      found.push(`${node.nodeName}: ${node.nodeValue}`)
      continue
    }
    const element = node as Element
    if (element.namespaceURI !== XHTML) found.push(`<${element.localName}> of ${element.namespaceURI}`)
    const attributes = [...element.attributes].map(({ name, value }): [string, string] => [name, value])
    found.push(...elementFaults(element.localName, attributes, allowed), ...nodeFaults(element, allowed))
    if (element.localName === 'template') {
      found.push(...nodeFaults((element as HTMLTemplateElement).content, allowed))
    }
  }
  return found
}
