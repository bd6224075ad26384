import { BLOCKS } from './plain-text.ts'
import { onOneLine, type Reader } from './walk.ts'

/** An image as a reference; `width` and `height` in CSS pixels, where the author gave them. */
export type BodyImage = {
  url: string
  alt: string
  width: number | null
  height: number | null
  caption: string
  credit: string
}

type Figure = { images: BodyImage[]; caption: string; credit: string; inCaption: number; inCredit: number }

/** In characters. One figure may hold thousands of images, and each gets a copy of what is below. */
const CAPTIONS_MAX = 524_288
const CREDITS = new Set(['cite', 'small'])

/**
 * Reads the images in their order. The figcaption of the innermost figure around an image is its caption, without what
 * stands in `<cite>` or `<small>`: that is the credit. Where it says nothing the title of the image is the caption.
 * Figcaptions are handed out up to 512 Ki characters in all.
 */
export class ImageReader implements Reader {
  readonly #images: BodyImage[] = []
  readonly #figures: Figure[] = []
  #room = CAPTIONS_MAX

  open(tag: string, attributes: Record<string, string>): void {
    if (tag === 'figure')
      this.#figures.push({ images: [], caption: '', credit: '', inCaption: 0, inCredit: 0 })
    if (tag === 'img') this.#add(attributes)
    this.#enter(tag, 1)
  }

  write(text: string): void {
    const figure = this.#figures.at(-1)
    if (!figure || figure.inCaption === 0) return
    if (figure.inCredit > 0) figure.credit += text
    else figure.caption += text
  }

  close(tag: string): void {
    this.#enter(tag, -1)
    const figure = tag === 'figure' ? this.#figures.pop() : undefined
    if (figure) this.#describe(figure)
  }

  finish(): BodyImage[] {
    return this.#images
  }

  #add({ src = '', alt = '', title = '', width, height }: Record<string, string>): void {
    const size = { width: pixels(width), height: pixels(height) }
    const image = { url: src, alt, ...size, caption: onOneLine(title), credit: '' }
    this.#images.push(image)
    this.#figures.at(-1)?.images.push(image)
  }

  #enter(tag: string, step: 1 | -1): void {
    const figure = this.#figures.at(-1)
    if (!figure) return
    if (tag === 'figcaption') figure.inCaption += step
    if (figure.inCaption > 0 && CREDITS.has(tag)) figure.inCredit += step
    // words on both sides of a line break, a paragraph or a credit are not one
    if (tag === 'br' || CREDITS.has(tag) || BLOCKS.has(tag)) this.write(' ')
  }

  #describe({ images, ...figure }: Figure): void {
    const caption = onOneLine(figure.caption)
    const credit = onOneLine(figure.credit)
    for (const image of images) {
      this.#room -= caption.length + credit.length
      if (this.#room < 0) return
      image.caption = caption || image.caption
      image.credit = credit
    }
  }
}

/** `640` and, as browsers read it, `640px`; a share of the page is no size of the image. */
function pixels(written: string | undefined): number | null {
  const digits = /^\s*(\d{1,5})(?:px)?\s*$/.exec(written ?? '')?.[1]
  return digits === undefined ? null : Number(digits) || null
}
